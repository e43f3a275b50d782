#include <algorithm>
#include <unordered_map>
#include <vector>

#include "runtime/core/error.h"
#include "runtime/ir/op.h"

namespace keratin::ir {
namespace {

using Table = std::unordered_map<std::string_view, const OpDef*>;

const Table& table() {
  static const Table ops = [] {
    Table made;
    for (const OpFamily* family : registry_ops())
      for (const OpDef& def : family->ops)
        assume(made.emplace(def.name, &def).second, "two ops have the same name");
    return made;
  }();
  return ops;
}

}  // namespace

const OpDef& find_op(std::string_view name) {
  auto found = table().find(name);
  if (found == table().end()) fail(ErrorCode::internal, "op ", name, " doesn't exist");
  return *found->second;
}

bool has_op(std::string_view name) { return table().count(name) != 0; }

std::span<const OpDef* const> all_ops() {
  static const std::vector<const OpDef*> sorted = [] {
    std::vector<const OpDef*> ops;
    for (const auto& [name, def] : table()) ops.push_back(def);
    std::sort(ops.begin(), ops.end(), [](auto* a, auto* b) { return std::string_view(a->name) < b->name; });
    return ops;
  }();
  return sorted;
}

}  // namespace keratin::ir
