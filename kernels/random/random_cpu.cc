// Fills tensors on all threads: the counter says where each part of the stream begins.
#include "kernels/random/random.h"
#include "runtime/dispatch/kernel.h"

namespace keratin {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;
using random::Kind;

constexpr std::int64_t grain = 1024;  // groups that are worth a thread

const char* never(const PrepareContext&) { return nullptr; }

template <Kind kind>
std::unique_ptr<dispatch::Step> prepare(PrepareContext& context) {
  const std::int64_t count = ir::product(context.node.results[0].shape).value();
  std::unique_ptr<dispatch::Step> step;
  random::visit_distribution(kind, context.node.results[0].dtype, [&]<class D, class T>() {
    step = dispatch::make_step([count](const Args& args) {
      const random::Stream stream = random::stream_of(args.in[0], args.in[1]);
      T* y = args.output<T>(0);
      args.team->parallel_for(
          (count + D::size - 1) / D::size, grain,
          [&](std::int64_t begin, std::int64_t end) { random::fill<D>(stream, begin, end, count, y); });
    });
  });
  return step;
}

constexpr dispatch::KernelDef bits[] = {{"philox", never, prepare<Kind::bits>}};
constexpr dispatch::KernelDef uniform[] = {{"philox", never, prepare<Kind::uniform>}};
constexpr dispatch::KernelDef normal[] = {{"philox", never, prepare<Kind::normal>}};
constexpr dispatch::KernelRow rows[] = {
    {"random_bits", bits}, {"random_uniform", uniform}, {"random_normal", normal}};

}  // namespace
extern const dispatch::KernelList kernels_random_cpu{rows};
}  // namespace keratin
