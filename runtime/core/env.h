// Environment variables: the one table of them, and the only place that reads any.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keratin::env {

struct Row {
  const char* name;
  const char* meaning;
};
std::span<const Row> table();

// "" when unset. Throws Error{internal} for a name that isn't in the table.
std::string get(std::string_view name);
// The entries of the comma-separated list in the variable.
std::vector<std::string> items(std::string_view name);
// Whether the comma-separated list in the variable holds item (or "all").
bool lists(std::string_view name, std::string_view item);

}  // namespace keratin::env
