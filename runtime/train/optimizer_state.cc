#include "runtime/train/optimizer_state.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "runtime/core/cast.h"
#include "runtime/core/shape.h"
#include "runtime/keras/save.h"
#include "runtime/keras/weights.h"

namespace keratin::train {
namespace {

using serialization::ModelDocument;
using serialization::TensorEntry;
using serialization::WeightsLayout;

const char* name_in(const SlotSpec& spec, Dialect dialect) {
  return is_keras_3(dialect) ? spec.name : dialect == Dialect::tf_keras ? spec.tf_keras : spec.legacy;
}

std::string flattened(std::string path) {
  std::replace(path.begin(), path.end(), '/', '_');
  return path;
}

std::string slot_name(const Optimizer& o, const SlotSpec& spec, const Variable& of, Dialect dialect) {
  const std::string slot = name_in(spec, dialect);
  if (is_legacy(dialect)) return o.name + "/" + of.path + "/" + slot + ":0";
  if (dialect == Dialect::tf_keras) return o.name + "/" + slot + "/" + of.path + ":0";
  return o.name + "/" + (spec.options.nameless ? of.name : flattened(of.path) + "_" + slot);
}

std::string scalar_name(const Optimizer& o, const char* name, Dialect dialect) {
  if (is_legacy(dialect))
    return o.name + "/" + (std::string_view(name) == "iteration" ? "iter" : name) + ":0";
  return dialect == Dialect::tf_keras ? std::string(name) + ":0" : o.name + "/" + name;
}

class Lister {
 public:
  Lister(const Optimizer& optimizer, Dialect dialect) : o_(optimizer), dialect_(dialect) {}

  std::vector<ListedVariable> list() {
    if (o_.def->wrap && !is_keras_3(dialect_)) return list_state(*o_.inner[0], dialect_);
    if (dialect_ != Dialect::keras_1 || o_.def->counts_in_keras_1) scalar("iteration", o_.iteration);
    if (is_keras_3(dialect_) && o_.learning_rate) scalar("learning_rate", o_.learning_rate);
    if (is_legacy(dialect_)) shared();
    base();
    if (dialect_ == Dialect::keras_3_0) shared();
    slots();
    if (dialect_ >= Dialect::tf_keras && dialect_ != Dialect::keras_3_0) shared();
    for (const OptimizerPtr& inner : o_.inner)
      for (ListedVariable& row : list_state(*inner, dialect_)) rows_.push_back(std::move(row));
    return std::move(rows_);
  }

 private:
  void scalar(const char* name, const VariablePtr& variable) {
    rows_.push_back({scalar_name(o_, name, dialect_), variable});
  }
  void shared() {
    if (dialect_ == Dialect::keras_1) return;
    for (const Slot& slot : o_.shared)
      if (const char* name = name_in(slot.spec, dialect_)) scalar(name, slot.variable);
  }
  void base() {
    const SlotSpec average{"average", "average", nullptr}, sum{"gradient_accumulator", nullptr, nullptr};
    const bool has_averages = !o_.averages.empty(), has_sums = !o_.accumulators.empty();
    auto add = [&](const SlotSpec& spec, const std::vector<VariablePtr>& variables, std::size_t i) {
      if (name_in(spec, dialect_))
        rows_.push_back({slot_name(o_, spec, *o_.trained[i], dialect_), variables[i]});
    };
    const std::size_t count = o_.trained.size();
    const bool interleaved = dialect_ == Dialect::keras_3_0;
    for (std::size_t i = 0; i < count; ++i) {
      if (has_averages) add(average, o_.averages, i);
      if (has_sums && interleaved) add(sum, o_.accumulators, i);
    }
    for (std::size_t i = 0; has_sums && !interleaved && i < count; ++i) add(sum, o_.accumulators, i);
  }
  void slots() {
    std::size_t rounds = 0;
    for (const std::vector<Slot>& own : o_.slots)
      for (std::size_t k = 0; k < own.size(); ++k) rounds = std::max(rounds, round_of(own, k) + 1);
    for (std::size_t round = 0; round < rounds; ++round)
      for (std::size_t i = 0; i < o_.slots.size(); ++i)
        for (std::size_t k = 0; k < o_.slots[i].size(); ++k) {
          const Slot& slot = o_.slots[i][k];
          const bool listed =
              name_in(slot.spec, dialect_) && (is_keras_3(dialect_) || !slot.spec.options.dummy);
          if (listed && round_of(o_.slots[i], k) == round)
            rows_.push_back({slot_name(o_, slot.spec, *o_.trained[i], dialect_), slot.variable});
        }
  }
  // Legacy optimizers list slot by slot.
  std::size_t round_of(const std::vector<Slot>& own, std::size_t k) const {
    const bool by_slot = is_legacy(dialect_) && !o_.def->legacy_interleaves;
    return by_slot ? k : static_cast<std::size_t>(own[k].spec.options.round);
  }

  const Optimizer& o_;
  Dialect dialect_;
  std::vector<ListedVariable> rows_;
};

// What a file lists, in its order.
struct Entry {
  std::string where;
  const TensorEntry* tensor;
};

std::vector<Entry> entries_of(const ModelDocument& document) {
  std::vector<Entry> entries;
  const auto add = [&](const std::string& path) {
    const auto found = document.weights.tensors.find(path);
    if (found == document.weights.tensors.end()) return false;
    entries.push_back({document.file + ":" + path, &found->second});
    return true;
  };
  const std::string legacy = "/optimizer_weights";
  const auto group = document.weights.names.find(legacy);
  if (group != document.weights.names.end()) {
    const auto names = group->second.find("weight_names");
    if (names == group->second.end()) return entries;
    for (const std::string& name : names->second)
      check(add(legacy + "/" + name), ErrorCode::corrupt_file, document.file, ":", legacy, ": the array ",
            name, " is missing");
    return entries;
  }
  const std::string vars = document.weights_root + "/optimizer/vars/";
  while (add(vars + std::to_string(entries.size()))) {
  }
  return entries;
}

// Entries without meaning at the end of the list: Keras 2.1.3 to 2.3 write a dummy of one element per
// variable for Adam without amsgrad.
void drop_dummies(std::vector<Entry>& entries, std::size_t wanted, std::size_t dummies) {
  if (entries.size() != wanted + dummies) return;
  for (std::size_t i = wanted; i < entries.size(); ++i)
    if (entries[i].tensor->shape != Shape{1}) return;
  entries.resize(wanted);
}

std::int64_t iteration_in(const Entry& entry) {
  const Tensor value = serialization::read_tensor(entry.where, *entry.tensor);
  const Tensor number = cast_tensor(value, DType::int64);
  return *number.data<std::int64_t>();
}

// How many variables an optimizer lists before its first step, in which Keras makes the slots.
std::size_t count_unbuilt(const Optimizer& o) {
  if (o.def->wrap && !is_keras_3(o.dialect)) return count_unbuilt(*o.inner[0]);
  std::size_t count = 1 + (is_keras_3(o.dialect) && o.learning_rate);
  for (const OptimizerPtr& inner : o.inner) count += count_unbuilt(*inner);
  return count;
}

bool never_ran(const Optimizer& o, const std::vector<Entry>& entries) {
  if (entries.size() != count_unbuilt(o)) return false;
  const std::int64_t iteration = iteration_in(entries[0]);
  check(iteration == 0, ErrorCode::corrupt_file, entries[0].where, ": ", o.def->class_name, " ran ",
        iteration, " steps, but its state isn't in the file");
  return true;
}

// The variable that takes an entry: a learning rate keeps the dtype that it has in the file, Keras' floatx.
VariablePtr taker_of(Optimizer& o, const VariablePtr& listed, const TensorEntry& entry) {
  if (listed != o.learning_rate || entry.dtype == o.floatx || !is_floating(entry.dtype)) return listed;
  o.floatx = entry.dtype;
  return o.learning_rate =
             std::make_shared<Variable>(listed->name, o.floatx, Shape{}, false, VariableKind::training_state);
}

// State that the list of the file's family leaves out.
void note_what_is_lost(Optimizer& o, const std::set<const Variable*>& restored, keras::LoadReport& report) {
  const auto note = [&](const std::string& what) {
    report.notes.push_back(std::string("optimizer ") + o.def->class_name + ": " + what);
  };
  if (!restored.count(o.iteration.get()) && !o.def->wrap)
    note("files of this Keras don't hold the iteration; it starts at 0");
  bool missing = false;
  for (const Slot& slot : o.shared) missing |= !restored.count(slot.variable.get());
  if (missing && o.def->recover) {
    o.def->recover(o.config.get(), o);
    note("the product of its momenta isn't in the file; it follows from the iteration");
  } else if (missing) {
    note("the loss scale isn't in the file; it starts at \"initial_scale\", as in Keras");
  }
  for (const OptimizerPtr& inner : o.inner) note_what_is_lost(*inner, restored, report);
}

const Json* compiled_optimizer(const ModelDocument& document) {
  for (const char* key : {"optimizer", "optimizer_config"})
    if (const Json* found = document.training_config.find(key); found && !found->is_null()) return found;
  return nullptr;
}

}  // namespace

std::vector<ListedVariable> list_state(const Optimizer& optimizer, Dialect dialect) {
  return Lister(optimizer, dialect).list();
}

Dialect dialect_of(const ModelDocument& document) {
  const std::string& version = document.writer_version;
  int major = 3, minor = 99;
  const char* end = version.data() + version.size();
  const auto first = std::from_chars(version.data(), end, major);
  if (first.ec == std::errc() && first.ptr != end) std::from_chars(first.ptr + 1, end, minor);
  if (document.writer == "tf_keras") return Dialect::tf_keras;
  if (document.writer == "tf.keras") return minor >= 11 ? Dialect::tf_keras : Dialect::legacy;
  if (major >= 3) return minor >= 10 ? Dialect::keras_3 : Dialect::keras_3_0;
  return major == 2 && minor >= 3 ? Dialect::keras_2_3 : Dialect::keras_1;
}

OptimizerPtr read_optimizer(const ModelDocument& document) {
  const Json* found = compiled_optimizer(document);
  return found ? within(document.file, [&] { return make_optimizer(*found, dialect_of(document)); })
               : nullptr;
}

void restore_state(Optimizer& o, const ModelDocument& document, keras::LoadReport& report) {
  std::vector<Entry> entries = entries_of(document);
  const std::string who = std::string("optimizer ") + o.def->class_name;
  const std::vector<ListedVariable> listed = list_state(o, o.dialect);
  drop_dummies(entries, listed.size(), o.trained.size());
  if (entries.empty() && !listed.empty()) {
    report.notes.push_back(who + ": the file holds no state; it starts anew");
    return;
  }
  if (entries.size() != listed.size() && never_ran(o, entries)) return;
  check(entries.size() == listed.size(), ErrorCode::corrupt_file, document.file, ": ", who, " has ",
        listed.size(), " variables, the file lists ", entries.size(),
        "; it is another optimizer's or another model's state");
  for (std::size_t i = 0; i < listed.size(); ++i)
    check(entries[i].tensor->shape == listed[i].variable->shape(), ErrorCode::corrupt_file, entries[i].where,
          ": shape ", to_string(entries[i].tensor->shape), ", ", who, " wants ",
          to_string(listed[i].variable->shape()), " for ", listed[i].name);
  std::set<const Variable*> restored;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    taker_of(o, listed[i].variable, *entries[i].tensor)->assign_from(entries[i].where, *entries[i].tensor);
    restored.insert(listed[i].variable.get());
  }
  note_what_is_lost(o, restored, report);
}

void store_optimizer(const Optimizer& o, ModelDocument& document) {
  const bool legacy = document.layout == WeightsLayout::legacy;
  Json form = optimizer_json(o);
  if (legacy) {
    Json plain;
    plain["class_name"] = o.dialect == Dialect::tf_keras ? Json("Custom>" + form.at("class_name").as_string())
                                                         : form.at("class_name");
    plain["config"] = form.at("config");
    document.training_config["optimizer_config"] = std::move(plain);
  } else {
    document.training_config["optimizer"] = std::move(form);
  }
  const std::function<void(const Optimizer&, const std::string&)> store = [&](const Optimizer& optimizer,
                                                                              const std::string& root) {
    const std::vector<ListedVariable> listed = list_state(optimizer, optimizer.dialect);
    for (std::size_t i = 0; i < listed.size(); ++i)
      document.weights.tensors[root + "/vars/" + std::to_string(i)] =
          keras::entry_of(listed[i].variable->value());
    std::map<std::string, int> numbers;
    for (const OptimizerPtr& inner : optimizer.inner) {
      const std::string kind = keras::snake_case(inner->def->class_name);
      const int number = numbers[kind]++;
      const bool alone = !optimizer.def->holds_several;
      store(*inner, root + (alone ? "/inner_optimizer"
                                  : "/optimizers/" + kind + (number ? "_" + std::to_string(number) : "")));
    }
  };
  if (!legacy) return store(o, "/optimizer");
  std::set<std::string> taken;
  std::vector<std::string>& names = document.weights.names["/optimizer_weights"]["weight_names"];
  for (const ListedVariable& row : list_state(o, o.dialect)) {
    std::string name = row.name;  // Keras 3 gives two variables of Adafactor one name
    for (int i = 1; !taken.insert(name).second; ++i) name = row.name + "_" + std::to_string(i);
    names.push_back(name);
    document.weights.tensors["/optimizer_weights/" + name] = keras::entry_of(row.variable->value());
  }
}

}  // namespace keratin::train
