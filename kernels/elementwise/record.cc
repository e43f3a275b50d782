#include "kernels/elementwise/record.h"

#include <algorithm>
#include <cmath>

#include "runtime/core/error.h"

namespace keratin::elementwise {

int operands_of(Code code) {
  switch (code) {
    case Code::add:
    case Code::subtract:
    case Code::multiply:
    case Code::divide:
    case Code::maximum:
    case Code::minimum:
    case Code::equal:
    case Code::not_equal:
    case Code::less:
    case Code::less_equal:
    case Code::greater:
    case Code::greater_equal:
    case Code::logical_and:
    case Code::logical_or:
    case Code::power:
    case Code::floor_mod:
    case Code::atan2:
      return 2;
    case Code::select:
      return 3;
    default:
      return 1;
  }
}

Operand Recorder::constant(double value) {
  const auto number = static_cast<float>(value);
  std::vector<float>& all = program_.constants;
  const auto found = std::find_if(all.begin(), all.end(), [&](float other) {
    return other == number && std::signbit(other) == std::signbit(number);
  });
  if (found != all.end()) return {Operand::Kind::constant, static_cast<std::uint16_t>(found - all.begin())};
  all.push_back(number);
  return {Operand::Kind::constant, static_cast<std::uint16_t>(all.size() - 1)};
}

// Until finish, results are numbered by their instructions.
Operand Recorder::append(Code code, Operand a, Operand b, Operand c) {
  program_.instructions.push_back({code, {a, b, c}});
  return {Operand::Kind::result, static_cast<std::uint16_t>(program_.instructions.size() - 1)};
}

Program Recorder::finish(std::vector<Operand> outputs) {
  std::vector<Instruction>& list = program_.instructions;
  std::vector<std::size_t> last(list.size(), 0);  // the instruction that reads a result last
  for (std::size_t i = 0; i < list.size(); ++i) {
    last[i] = i;
    for (int k = 0; k < operands_of(list[i].code); ++k) {
      const Operand& operand = list[i].operands[static_cast<std::size_t>(k)];
      if (operand.kind == Operand::Kind::result) last[operand.index] = i;
    }
  }
  for (const Operand& output : outputs)
    if (output.kind == Operand::Kind::result) last[output.index] = list.size();
  std::vector<std::size_t> busy_until;  // per tile
  std::vector<std::uint16_t> tile(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (Operand& operand : list[i].operands)
      if (operand.kind == Operand::Kind::result) operand.index = tile[operand.index];
    // an operand's tile may be written in place by its last reader
    std::size_t t = 0;
    while (t < busy_until.size() && busy_until[t] > i) ++t;
    if (t == busy_until.size()) busy_until.push_back(0);
    busy_until[t] = last[i];
    tile[i] = list[i].target = static_cast<std::uint16_t>(t);
  }
  for (Operand& output : outputs)
    if (output.kind == Operand::Kind::result) output.index = tile[output.index];
  program_.outputs = std::move(outputs);
  program_.tiles = static_cast<std::uint16_t>(busy_until.size());
  return std::move(program_);
}

}  // namespace keratin::elementwise
