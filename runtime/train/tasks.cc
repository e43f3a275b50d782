#include "runtime/train/tasks.h"

#include <algorithm>

#include "runtime/core/error.h"

namespace keratin::train {
namespace {

using Names = std::vector<std::string>;

std::string joined(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
  return text;
}

// Lists as Python's tuples and lists are both written.
Json untupled(const Json& value) {
  if (value.is_object() && value.find("class_name") && value.at("class_name") == Json("__tuple__"))
    return untupled(value.at("config").at("value"));
  return value;
}
bool is_by_name(const Json& value) { return value.is_object() && !value.find("class_name"); }

void flatten(const Json& value, std::vector<Json>& found) {
  const Json plain = untupled(value);
  if (plain.is_array()) {
    for (const Json& item : plain.as_array()) flatten(item, found);
  } else if (is_by_name(plain)) {
    for (const auto& [name, item] : plain.as_object()) flatten(item, found);
  } else if (!plain.is_null()) {
    found.push_back(plain);
  }
}
std::vector<Json> flattened(const Json& value) {
  std::vector<Json> found;
  flatten(value, found);
  return found;
}

// One entry per output of a dict by their names; null where it has none.
std::vector<Json> by_name(const Json& dict, const Names& outputs, const char* what) {
  for (const auto& [name, value] : dict.as_object())
    check(std::find(outputs.begin(), outputs.end(), name) != outputs.end(), ErrorCode::invalid_argument, what,
          ": \"", name, "\" is no output of the model; it has ", joined(outputs));
  std::vector<Json> found;
  for (const std::string& output : outputs) {
    const Json* value = dict.find(output);
    found.push_back(value ? untupled(*value) : Json());
  }
  return found;
}

[[noreturn]] void refuse_count(const char* what, std::size_t given, const Names& outputs) {
  fail(ErrorCode::invalid_argument, what, ": a list of ", given, " for ", outputs.size(),
       " outputs; expected one entry for each of ", joined(outputs));
}

// Losses or loss weights: one for all, or one per output.
std::vector<Json> one_each(const Json& given, const Names& outputs, const char* what, bool spread) {
  const Json value = untupled(given);
  if (is_by_name(value)) return by_name(value, outputs, what);
  if (!value.is_array()) {
    check(spread || outputs.size() == 1 || value.is_null(), ErrorCode::invalid_argument, what,
          ": one value for ", outputs.size(), " outputs; give one for each of ", joined(outputs));
    return std::vector<Json>(outputs.size(), value);
  }
  if (value.as_array().size() != outputs.size()) refuse_count(what, value.as_array().size(), outputs);
  return value.as_array();
}

std::vector<std::vector<Json>> several_each(const Json& given, const Names& outputs, const char* what,
                                            Flavour flavour) {
  const Json value = untupled(given);
  if (outputs.size() == 1) return {flattened(value)};
  std::vector<std::vector<Json>> found(outputs.size());
  if (value.is_null()) return found;
  if (is_by_name(value)) {
    const std::vector<Json> entries = by_name(value, outputs, what);
    for (std::size_t i = 0; i < entries.size(); ++i) found[i] = flattened(entries[i]);
    return found;
  }
  const Json::Array list = value.is_array() ? value.as_array() : Json::Array{value};
  const auto nested = [](const Json& item) { return item.is_array() || is_by_name(item); };
  // tf_keras takes a plain list for every output, Keras 3 an entry of it for each
  if (flavour == Flavour::tf_keras && std::none_of(list.begin(), list.end(), nested)) {
    std::fill(found.begin(), found.end(), flattened(value));
    return found;
  }
  if (list.empty()) return found;
  if (list.size() != outputs.size()) refuse_count(what, list.size(), outputs);
  for (std::size_t i = 0; i < list.size(); ++i) found[i] = flattened(list[i]);
  return found;
}

}  // namespace

std::vector<OutputTask> tasks_of(const CompileArguments& arguments, const Names& outputs, Flavour flavour) {
  const std::vector<Json> losses = one_each(arguments.loss, outputs, "loss", true);
  const std::vector<Json> weights =
      one_each(arguments.loss_weights, outputs, "loss_weights", flavour == Flavour::tf_keras);
  const auto metrics = several_each(arguments.metrics, outputs, "metrics", flavour);
  const auto weighted = several_each(arguments.weighted_metrics, outputs, "weighted_metrics", flavour);
  std::vector<OutputTask> tasks;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    OutputTask& task = tasks.emplace_back(OutputTask{outputs[i], losses[i], {}, metrics[i], weighted[i]});
    if (!weights[i].is_null()) task.loss_weight = weights[i].as_number();
  }
  return tasks;
}

}  // namespace keratin::train
