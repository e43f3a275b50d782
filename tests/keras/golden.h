// The answers of real Keras to one layer's cases: tests/golden/layers/<Layer>.npz.
#pragma once

#include <map>
#include <string>

#include "keratin/data.h"
#include "runtime/core/error.h"
#include "serialization/json/json.h"

namespace keratin::tests {

using serialization::Json;

class Golden {
 public:
  // Throws Error{io} when there is none.
  explicit Golden(const std::string& path) : path_(path) {
    for (auto& [name, tensor] : read_npz(path)) tensors_.emplace(name, std::move(tensor));
  }

  const Tensor* find(std::size_t index, const std::string& name) const {
    auto found = tensors_.find(std::to_string(index) + "/" + name);
    return found == tensors_.end() ? nullptr : &found->second;
  }
  const Tensor& at(std::size_t index, const std::string& name) const {
    const Tensor* found = find(index, name);
    check(found != nullptr, ErrorCode::internal, path_, " has no ", index, "/", name,
          "; run: build/…/dump_cases | tools/python_env tools/goldens/layers.py --stale");
    return *found;
  }
  // {"case", "weights", "saved_config"}
  Json meta(std::size_t index) const {
    const Tensor& bytes = at(index, "meta");
    return serialization::parse_json(
        {reinterpret_cast<const char*>(bytes.data<std::uint8_t>()), bytes.elements()}, path_);
  }

 private:
  std::string path_;
  std::map<std::string, Tensor> tensors_;
};

// Objects with their keys in order, so that == doesn't ask for the order of keys.
inline Json sorted(const Json& value) {
  if (value.is_array()) {
    Json::Array items;
    for (const Json& item : value.as_array()) items.push_back(sorted(item));
    return items;
  }
  if (!value.is_object()) return value;
  std::map<std::string, Json> keys;
  for (const auto& [key, item] : value.as_object()) keys.emplace(key, sorted(item));
  return Json::Object(keys.begin(), keys.end());
}

}  // namespace keratin::tests
