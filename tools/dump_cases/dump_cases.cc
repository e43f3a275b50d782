// Prints the case tables as JSON, for the scripts that ask real Keras for the answers:
//     dump_cases [LAYER…]     | tools/python_env tools/goldens/layers.py [--stale]
//     dump_cases --operations | tools/python_env tools/goldens/ops.py [--stale]
//     dump_cases --losses     | tools/python_env tools/goldens/losses.py [--stale]
//     dump_cases --metrics    | tools/python_env tools/goldens/metrics.py [--stale]
//     dump_cases --optimizers | tools/python_env tools/goldens/optimizers.py [--stale]
#include <cstdio>
#include <map>
#include <sstream>

#include "keratin/error.h"
#include "runtime/keras/layer.h"
#include "runtime/keras/operation.h"
#include "runtime/train/constraint.h"
#include "runtime/train/loss.h"
#include "runtime/train/metric.h"
#include "runtime/train/optimizer.h"
#include "runtime/train/regularizer.h"

namespace {

using keratin::serialization::Json;

Json object(const char* text, const char* where) {
  return *text ? keratin::serialization::parse_json(text, where) : Json(Json::Object{});
}

Json words(const char* text) {
  Json::Array found;
  std::istringstream in(text);
  for (std::string word; in >> word;) found.push_back(Json(word));
  return found;
}

Json one_case(const keratin::keras::LayerDef& def, std::size_t index) {
  const keratin::keras::LayerCase& row = def.cases[index];
  Json made;
  made["layer"] = def.class_name;
  made["index"] = static_cast<std::int64_t>(index);
  made["config"] = object(row.config, def.class_name);
  made["inputs"] = words(row.inputs);
  if (*row.arguments) made["call"] = object(row.arguments, def.class_name);
  return made;
}

Json operation_cases() {
  Json::Array cases;
  std::map<std::string, std::int64_t> counts;
  for (const keratin::keras::OperationFamily* family : keratin::registry_operations())
    for (const keratin::keras::OperationCase& row : family->cases) {
      Json made;
      made["op"] = row.class_name;
      made["module"] = std::string("keras.src.ops.") + row.module;
      made["index"] = counts[row.class_name]++;
      made["config"] = object(row.config, row.class_name);
      made["inputs"] = keratin::serialization::parse_json(row.inputs, row.class_name);
      cases.push_back(std::move(made));
    }
  return cases;
}

// Of losses and metrics, whose cases are alike.
template <class Def>
Json train_cases(const char* key, std::span<const Def* const> defs) {
  Json::Array cases;
  for (const Def* def : defs)
    for (std::size_t i = 0; i < def->cases.size(); ++i) {
      Json made;
      made[key] = def->class_name;
      made["index"] = static_cast<std::int64_t>(i);
      made["config"] = object(def->cases[i].config, def->class_name);
      made["data"] = words(def->cases[i].data);
      cases.push_back(std::move(made));
    }
  return cases;
}

template <class Row>
Json train_case(const char* kind, const char* class_name, std::size_t index, const Row& row) {
  Json made;
  made["kind"] = kind;
  made["class"] = class_name;
  made["index"] = static_cast<std::int64_t>(index);
  made["config"] = object(row.config, class_name);
  return made;
}

Json integers(const std::vector<std::int64_t>& values) { return Json::Array(values.begin(), values.end()); }

// One case per dialect; the tests count them the same way.
void add_optimizer_cases(Json::Array& cases) {
  for (const keratin::train::OptimizerDef* def : keratin::registry_optimizers()) {
    std::size_t index = 0;
    for (const keratin::train::OptimizerCase& row : def->cases) {
      std::istringstream dialects(row.dialects);
      for (std::string dialect; dialects >> dialect;) {
        Json made = train_case("optimizer", def->class_name, index++, row);
        made["dialect"] = dialect;
        made["overflows"] = row.overflows;
        cases.push_back(std::move(made));
      }
    }
  }
}

Json optimizer_cases() {
  Json::Array cases;
  add_optimizer_cases(cases);
  for (const keratin::train::ScheduleDef* def : keratin::registry_schedules())
    for (std::size_t i = 0; i < def->cases.size(); ++i) {
      cases.push_back(train_case("schedule", def->class_name, i, def->cases[i]));
      cases.back()["iterations"] = integers(def->cases[i].iterations);
    }
  for (const keratin::train::RegularizerDef* def : keratin::registry_regularizers())
    for (std::size_t i = 0; i < def->cases.size(); ++i) {
      cases.push_back(train_case("regularizer", def->class_name, i, def->cases[i]));
      cases.back()["shape"] = integers(def->cases[i].shape);
    }
  for (const keratin::train::ConstraintDef* def : keratin::registry_constraints())
    for (std::size_t i = 0; i < def->cases.size(); ++i) {
      cases.push_back(train_case("constraint", def->class_name, i, def->cases[i]));
      cases.back()["shape"] = integers(def->cases[i].shape);
    }
  return cases;
}

Json cases_of(std::string_view asked) {
  if (asked == "--losses") return train_cases("loss", keratin::registry_losses());
  if (asked == "--metrics") return train_cases("metric", keratin::registry_metrics());
  if (asked == "--optimizers") return optimizer_cases();
  return operation_cases();
}

bool is_wanted(const char* class_name, int count, char** names) {
  for (int i = 1; i < count; ++i)
    if (std::string_view(names[i]) == class_name) return true;
  return count == 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string_view asked = argc == 2 ? argv[1] : "";
    if (asked.starts_with("--")) {
      std::puts(keratin::serialization::print_json(cases_of(asked), 1).c_str());
      return 0;
    }
    Json::Array cases;
    for (const keratin::keras::LayerDef* def : keratin::registry_layers())
      if (is_wanted(def->class_name, argc, argv))
        for (std::size_t i = 0; i < def->cases.size(); ++i) cases.push_back(one_case(*def, i));
    std::puts(keratin::serialization::print_json(Json(std::move(cases)), 1).c_str());
    return 0;
  } catch (const keratin::Error& error) {
    std::fprintf(stderr, "dump_cases: %s\n", error.what());
    return 1;
  }
}
