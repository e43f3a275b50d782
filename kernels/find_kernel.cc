#include <unordered_map>

#include "runtime/dispatch/kernel.h"

namespace keratin::dispatch {
namespace {

using Table = std::unordered_map<std::string_view, std::vector<const KernelDef*>>;

Table collect(std::span<const KernelList* const> lists) {
  Table table;
  for (const KernelList* list : lists)
    for (const KernelRow& row : list->rows)
      for (const KernelDef& kernel : row.kernels) table[row.op].push_back(&kernel);
  return table;
}

}  // namespace

std::vector<const KernelDef*> candidates(Device device, std::string_view op) {
  static const Table cpu = collect(registry_cpu()), cuda = collect(registry_cuda());
  const Table& table = device == Device::cpu ? cpu : cuda;
  auto found = table.find(op);
  return found == table.end() ? std::vector<const KernelDef*>{} : found->second;
}

}  // namespace keratin::dispatch
