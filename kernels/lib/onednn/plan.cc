// Problems in our words as oneDNN's descriptors.
#include "kernels/lib/onednn/compat.h"
#include "kernels/lib/onednn/primitive.h"

namespace keratin::onednn {
namespace {

using dims = memory::dims;

const void* pointer_x(const Arguments& a) { return a.x; }
const void* pointer_w(const Arguments& a) { return a.w; }
const void* pointer_y(const Arguments& a) { return a.y; }
const void* pointer_shift(const Arguments& a) { return a.shift; }

dims listed(const std::array<std::int64_t, 3>& values, std::size_t rank) {
  return dims(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank));
}

// (batch, channels, spatial…) of a tensor that lies channels last.
memory::desc channels_last(memory::data_type type, std::int64_t batch, std::int64_t channels,
                           const dims& spatial) {
  dims shape = {batch, channels}, strides = {0, 1};
  shape.insert(shape.end(), spatial.begin(), spatial.end());
  strides.resize(shape.size());
  std::int64_t step = channels;
  for (std::size_t i = shape.size(); i-- > 2; step *= shape[i]) strides[i] = step;
  strides[0] = step;
  return {shape, type, strides};
}

// ([groups,] filters, channels, window…), as it lies and in the layout that oneDNN likes best.
struct Filter {
  memory::desc raw, any;
};
Filter filter_of(const Convolution& p, memory::data_type type) {
  dims shape = {p.filters / p.groups, p.channels / p.groups}, strides = {p.filter_step, p.channel_step};
  if (p.groups > 1) {
    shape.insert(shape.begin(), p.groups);
    strides.insert(strides.begin(), p.group_step);
  }
  std::int64_t step = p.filters * (p.channels / p.groups);
  const std::size_t first = shape.size();
  for (std::size_t i = 0; i < p.rank; ++i) shape.push_back(p.window[i]);
  strides.resize(shape.size());
  for (std::size_t i = shape.size(); i-- > first; step *= shape[i]) strides[i] = step;
  return {{shape, type, strides}, {shape, type, memory::format_tag::any}};
}

template <class P>
dnnl::primitive make(const dnnl::primitive_desc_base& desc) {
  // The typed descriptor is only a handle: the library knows what it holds.
  dnnl_primitive_desc_t copy = nullptr;
  dnnl::error::wrap_c_api(dnnl_primitive_desc_clone(&copy, desc.get()), "no memory for a descriptor");
  return P(typename P::primitive_desc(copy));
}

// Room for scratch memory is the caller's.
dnnl::primitive_attr gradient_attributes() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

memory::desc per_channel(memory::data_type type, std::size_t rank, std::size_t axis, std::int64_t channels) {
  dims shape(rank, 1), strides(rank, 1);
  shape[axis] = channels;
  for (std::size_t i = 0; i < axis; ++i) strides[i] = channels;
  return {shape, type, strides};
}

}  // namespace

Plan plan(const Convolution& p) {
  const memory::data_type type = data_type_of(p.dtype);
  const Filter filter = filter_of(p, type);
  ConvolutionDescs c{channels_last(type, p.batch, p.channels, listed(p.in, p.rank)),
                     filter.any,
                     {},
                     channels_last(type, p.batch, p.filters, listed(p.out, p.rank)),
                     listed(p.strides, p.rank),
                     listed(p.dilation, p.rank),
                     listed(p.low, p.rank),
                     listed(p.high, p.rank)};
  for (auto& dilate : c.dilates) --dilate;  // oneDNN counts the elements left out
  Plan plan;
  plan.threads = p.threads;
  plan.raw = filter.raw;
  if (p.pass == Pass::forward) {
    if (p.epilogue.shift && !p.epilogue.scale) {
      c.bias = memory::desc({p.filters}, memory::data_type::f32, memory::format_tag::a);
      plan.bindings.push_back({DNNL_ARG_BIAS, pointer_shift, c.bias});
    }
    const memory::desc channels = per_channel(memory::data_type::f32, p.rank + 2, 1, p.filters);
    const auto desc = forward_desc(c, attributes_of(p.epilogue, channels, c.y, plan.bindings), engine());
    plan.packed = desc.weights_desc();
    plan.bindings.push_back({DNNL_ARG_SRC, pointer_x, c.x});
    plan.bindings.push_back({DNNL_ARG_WEIGHTS, pointer_w, plan.packed});
    plan.bindings.push_back({DNNL_ARG_DST, pointer_y, c.y});
    plan.desc = desc;
    plan.make = make<dnnl::convolution_forward>;
  } else if (p.pass == Pass::input_gradient) {
    const auto desc = input_gradient_desc(c, gradient_attributes(), engine());
    plan.packed = desc.weights_desc();
    plan.bindings = {{DNNL_ARG_DIFF_SRC, pointer_x, c.x},
                     {DNNL_ARG_WEIGHTS, pointer_w, plan.packed},
                     {DNNL_ARG_DIFF_DST, pointer_y, c.y}};
    plan.desc = desc;
    plan.make = make<dnnl::convolution_backward_data>;
  } else {
    const auto desc = filter_gradient_desc(c, gradient_attributes(), engine());
    plan.packed = desc.diff_weights_desc();
    plan.bindings = {{DNNL_ARG_SRC, pointer_x, c.x},
                     {DNNL_ARG_DIFF_WEIGHTS, pointer_w, plan.packed},
                     {DNNL_ARG_DIFF_DST, pointer_y, c.y}};
    plan.desc = desc;
    plan.writes_w = true;
    plan.make = make<dnnl::convolution_backward_weights>;
  }
  return plan;
}

Plan plan(const Dot& p) {
  const memory::data_type type = data_type_of(p.dtype);
  const std::size_t drop = p.batch == 1 ? 1 : 0;  // a plain product is a matrix to oneDNN
  auto desc = [&](std::int64_t rows, std::int64_t columns, const std::array<std::int64_t, 3>& steps) {
    const dims shape = {p.batch, rows, columns}, strides(steps.begin(), steps.end());
    const auto from = static_cast<std::ptrdiff_t>(drop);
    return memory::desc(dims(shape.begin() + from, shape.end()), type,
                        dims(strides.begin() + from, strides.end()));
  };
  const memory::desc x = desc(p.rows, p.depth, p.x_steps), raw = desc(p.depth, p.columns, p.w_steps),
                     y = desc(p.rows, p.columns, {p.rows * p.columns, p.columns, 1});
  const dims shape = drop ? dims{p.depth, p.columns} : dims{p.batch, p.depth, p.columns};
  const memory::desc w = p.reorders ? memory::desc(shape, type, memory::format_tag::any) : raw;
  Plan plan;
  plan.threads = p.threads;
  plan.raw = raw;
  const memory::desc channels = per_channel(memory::data_type::f32, 3 - drop, 2 - drop, p.columns);
  memory::desc bias;
  if (p.epilogue.shift && !p.epilogue.scale) {
    bias = channels;
    plan.bindings.push_back({DNNL_ARG_BIAS, pointer_shift, bias});
  }
  const auto matmul =
      matmul_desc(x, w, bias, y, attributes_of(p.epilogue, channels, y, plan.bindings), engine());
  plan.packed = matmul.weights_desc();
  plan.bindings.push_back({DNNL_ARG_SRC, pointer_x, x});
  plan.bindings.push_back({DNNL_ARG_WEIGHTS, pointer_w, plan.packed});
  plan.bindings.push_back({DNNL_ARG_DST, pointer_y, y});
  plan.desc = matmul;
  plan.make = make<dnnl::matmul>;
  return plan;
}

}  // namespace keratin::onednn
