#include "kernels/elementwise/ending.h"

#include <limits>

namespace keratin::elementwise {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

// A program of maximum and minimum with constants is a clamp; low <= high afterwards.
bool is_clamp(const Program& program, float& low, float& high) {
  low = -infinity;
  high = infinity;
  for (const Instruction& step : program.instructions) {
    const bool raises = step.code == Code::maximum, lowers = step.code == Code::minimum;
    const bool first = step.operands[0].kind == Operand::Kind::constant;
    const Operand& limit = step.operands[first ? 0 : 1];
    if (!(raises || lowers) || limit.kind != Operand::Kind::constant ||
        step.operands[first ? 1 : 0].kind == Operand::Kind::constant)
      return false;
    const float value = program.constants[limit.index];
    if (raises && high == infinity)
      low = std::max(low, value);
    else if (lowers && value >= low)
      high = std::min(high, value);
    else
      return false;
  }
  return program.outputs[0].kind == Operand::Kind::result;
}

}  // namespace

const char* why_no_ending(const ir::Node& node) {
  if (node.regions.empty()) return nullptr;
  return why_not_program(node);
}

Ending::Ending(const ir::Node& node) {
  if (node.op->attributes.back().name != std::string_view("add")) return;  // the base op
  places_ = epilogue::places_of(node);
  if (node.regions.empty()) return;
  Program program = make_program(node);
  clamp_ = is_clamp(program, low_, high_);
  if (!clamp_) finish_.emplace(std::move(program));
}

gemm::Epilogue Ending::epilogue(const dispatch::Args& args) const {
  auto at = [&](int i) { return i < 0 ? nullptr : args.input<float>(static_cast<std::size_t>(i)); };
  return {at(places_.scale), at(places_.shift), at(places_.add), clamp_, low_, high_};
}

}  // namespace keratin::elementwise
