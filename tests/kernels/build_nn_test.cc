// Our words for neural networks against the answers of real Keras (tools/goldens/nn.py).
#include "runtime/ir/build_nn.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "keratin/data.h"
#include "runtime/core/cast.h"
#include "runtime/ir/evaluate.h"
#include "runtime/ir/rewrite.h"

namespace keratin::test {
namespace {

using namespace ir;

struct Row {
  const char* name;
  Values (*build)(const Values& x);
};

std::pair<Dims, Dims> same(Value x, const Ints& window, const Ints& strides) {
  std::pair<Dims, Dims> padding;
  for (std::size_t i = 0; i < window.size(); ++i) {
    const auto [low, high] = same_padding(x.shape()[i + 1], window[i], strides[i]);
    padding.first.push_back(low);
    padding.second.push_back(high);
  }
  return padding;
}
Value same_convolution(Value x, Value w, Ints strides) {
  Ints window;
  for (std::size_t i = 0; i < strides.size(); ++i) window.push_back(w.shape()[i].value());
  const auto [low, high] = same(x, window, strides);
  return convolution(x, w, {.strides = strides, .low = low, .high = high});
}
// Keras' kernel is (k…, O, C): reversed, and its last axes swapped.
Value transposed_convolution(Value x, Value w, Ints strides, Dims low, Dims high) {
  return convolution(x, transpose(reverse(w, {0, 1}), {0, 1, 3, 2}),
                     {.low = low, .high = high, .input_dilation = strides});
}
WindowAxes same_window(Value x, Ints window, Ints strides) {
  const auto [low, high] = same(x, window, strides);
  return {window, strides, low, high};
}
// d sum(y · cos(number of the element)) / d x
Values weighted_gradients(Value y, const Values& x) {
  Tensor weights(y.dtype(), to_shape(y.shape()));
  for (std::size_t i = 0; i < weights.elements(); ++i)
    weights.data<float>()[i] = std::cos(static_cast<float>(i));
  return gradients({y}, {constant(y.graph(), weights)}, x);
}
// Keras' attention is (batch, time, heads, size).
Value attention_of_heads(const Values& x, Value mask, AttentionAxes axes) {
  auto heads = [](Value v) { return transpose(v, {0, 2, 1, 3}); };
  return heads(attention(heads(x[0]), heads(x[1]), heads(x[2]), mask, axes));
}

const Row rows[] = {
    {"conv_same",
     [](const Values& x) -> Values {
       return {same_convolution(x[0], x[1], {2, 3})};
     }},
    {"conv_groups",
     [](const Values& x) -> Values {
       return {convolution(x[0], x[1], {.dilation = {2, 2}, .groups = 2})};
     }},
    {"conv_1d", [](const Values& x) -> Values { return {same_convolution(x[0], x[1], {3})}; }},
    {"conv_3d",
     [](const Values& x) -> Values {
       return {same_convolution(x[0], x[1], {2, 2, 2})};
     }},
    {"conv_depthwise",
     [](const Values& x) -> Values {
       const auto [low, high] = same(x[0], {3, 3}, {2, 2});
       return {convolution(x[0], reshape(x[1], {3, 3, 1, 6}),
                           {.strides = {2, 2}, .low = low, .high = high, .groups = 3})};
     }},
    {"conv_transpose_valid",
     [](const Values& x) -> Values {
       return {transposed_convolution(x[0], x[1], {2, 3}, {2, 3}, {2, 3})};
     }},
    {"conv_transpose_same",  // the result is stride times as large; what is too much is cut
     [](const Values& x) -> Values {
       return {transposed_convolution(x[0], x[1], {2, 3}, {2, 3}, {1, 2})};
     }},
    {"conv_gradients",
     [](const Values& x) {
       return weighted_gradients(same_convolution(x[0], x[1], {2, 3}), x);
     }},
    {"max_pool_same",
     [](const Values& x) -> Values {
       return {reduce_window("max", x[0], same_window(x[0], {3, 3}, {2, 2}))};
     }},
    {"max_pool_1d",
     [](const Values& x) -> Values { return {reduce_window("max", x[0], {.window = {3}, .strides = {2}})}; }},
    {"average_pool_same",
     [](const Values& x) -> Values {
       return {average_pool(x[0], same_window(x[0], {3, 2}, {2, 2}))};
     }},
    {"average_pool_3d",
     [](const Values& x) -> Values {
       return {average_pool(x[0], same_window(x[0], {2, 2, 2}, {1, 1, 1}))};
     }},
    {"max_pool_gradient",
     [](const Values& x) {
       return weighted_gradients(reduce_window("max", x[0], same_window(x[0], {3, 3}, {2, 2})), x);
     }},
    {"average_pool_gradient",
     [](const Values& x) {
       return weighted_gradients(average_pool(x[0], same_window(x[0], {3, 3}, {2, 2})), x);
     }},
    {"softmax",
     [](const Values& x) -> Values {
       return {softmax(x[0], {1, 2})};
     }},
    {"log_softmax", [](const Values& x) -> Values { return {log_softmax(x[0], {1})}; }},
    {"logsumexp",
     [](const Values& x) -> Values {
       return {logsumexp(x[0], {0, 2})};
     }},
    {"layer_norm", [](const Values& x) -> Values { return {layer_norm(x[0], x[1], x[2], {-1}, 1e-3)}; }},
    {"rms_norm", [](const Values& x) -> Values { return {rms_norm(x[0], x[1], {-1}, 1e-3)}; }},
    {"batch_norm",
     [](const Values& x) -> Values { return {batch_norm(x[0], x[1], square(x[2]), x[4], x[3], 1, 1e-2)}; }},
    {"attention", [](const Values& x) -> Values { return {attention_of_heads(x, {}, {.scale = 0.3})}; }},
    {"attention_masked",
     [](const Values& x) -> Values { return {attention_of_heads(x, x[3], {.scale = std::sqrt(0.2)})}; }},
    {"attention_causal",
     [](const Values& x) -> Values {
       return {attention_of_heads(x, {}, {.scale = std::sqrt(0.2), .causal = true})};
     }},
    {"take", [](const Values& x) -> Values { return {gather(x[0], x[1], 1)}; }},
    {"take_along_axis", [](const Values& x) -> Values { return {gather_along(x[0], x[1], 1)}; }},
    {"one_hot", [](const Values& x) -> Values { return {one_hot(x[0], 3, DType::float32, 1)}; }},
    {"sort",
     [](const Values& x) -> Values {
       return {sort(x[0], 1), argsort(x[0], 1)};
     }},
    {"top_k", [](const Values& x) -> Values { return top_k(x[0], 4); }},
    {"argmax",
     [](const Values& x) -> Values {
       return {argmax(x[0], 0), argmin(x[0], 1)};
     }},
    {"searchsorted",
     [](const Values& x) -> Values {
       return {searchsorted(x[0], x[1]), searchsorted(x[0], x[1], true)};
     }},
    {"cumsum",
     [](const Values& x) -> Values {
       return {cumsum(x[0], 1), cumsum(x[0], 0, {.exclusive = true, .reverse = true})};
     }},
    {"cumprod",
     [](const Values& x) -> Values {
       return {cumprod(x[0], 1), cumprod(x[0], 0, {.exclusive = true})};
     }},
    {"roll",
     [](const Values& x) -> Values {
       return {roll(x[0], 2, 1), roll(x[0], -5, 0)};
     }},
    {"triangle",
     [](const Values& x) -> Values {
       return {tril(x[0], 1), triu(x[0], -1)};
     }},
    {"patches",
     [](const Values& x) -> Values {
       const auto [low, high] = same(x[0], {3, 2}, {2, 2});
       return {extract_patches(x[0], {.strides = {2, 2}, .low = low, .high = high}, {3, 2})};
     }},
};

const NamedTensors& goldens() {
  static const NamedTensors all = read_npz(KERATIN_TEST_DATA "/golden/nn/nn.npz");
  return all;
}
// "<name>/<kind>0", "<name>/<kind>1" …
std::vector<Tensor> golden(const std::string& name, const char* kind) {
  std::vector<Tensor> found;
  for (const auto& [key, tensor] : goldens())
    if (key == name + "/" + kind + std::to_string(found.size())) found.push_back(tensor);
  return found;
}

void expect_golden(const std::string& name, const std::function<Values(const Values&)>& build) {
  SCOPED_TRACE(name);
  Graph graph;
  Values inputs;
  const std::vector<Tensor> operands = golden(name, "x"), expected = golden(name, "y");
  ASSERT_FALSE(expected.empty()) << "no golden";
  for (const Tensor& x : operands) inputs.push_back(graph.input("x", {x.dtype(), to_dims(x.shape())}));
  for (const Value& y : build(inputs)) graph.output("y", y);
  const std::vector<Tensor> found = evaluate_graph(graph, operands);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].shape(), expected[i].shape());
    const Tensor a = cast_tensor(found[i], DType::float64), b = cast_tensor(expected[i], DType::float64);
    double largest = 0;
    for (double value : b.values<double>()) largest = std::max(largest, std::abs(value));
    for (std::size_t k = 0; k < a.elements(); ++k)
      ASSERT_NEAR(a.data<double>()[k], b.data<double>()[k], 2e-6 * largest)
          << "result " << i << " element " << k;
  }
}

TEST(Words, EqualKeras) {
  for (const Row& row : rows) expect_golden(row.name, row.build);
}

TEST(Words, ResizeAsKeras) {
  for (const char* method : {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area"})
    for (bool antialias : {false, true})
      expect_golden(cat("resize_", method, antialias ? "_antialias" : ""), [&](const Values& x) -> Values {
        return {resize(x[0], {13, 4}, method, antialias), resize(x[0], {3, 9}, method, antialias)};
      });
}

// The symbolic padding of "same" agrees with the numbers for every size.
TEST(Words, SamePaddingOfSymbols) {
  const Dim n = Dim::symbol("N");
  for (std::int64_t window = 1; window <= 5; ++window)
    for (std::int64_t stride = 1; stride <= 7; ++stride)
      for (std::int64_t dilation = 1; dilation <= 2; ++dilation) {
        const auto [low, high] = same_padding(n, window, stride, dilation);
        for (std::int64_t size = 1; size <= 30; ++size) {
          const std::int64_t extent = (window - 1) * dilation + 1, out = (size + stride - 1) / stride;
          const std::int64_t total = std::max<std::int64_t>((out - 1) * stride + extent - size, 0);
          EXPECT_EQ(low.substitute({{"N", size}}), Dim(total / 2));
          EXPECT_EQ(high.substitute({{"N", size}}), Dim(total - total / 2));
        }
      }
}

// Types of convolutions, pools and their gradients follow for symbolic sizes.
TEST(Words, SymbolicImages) {
  Graph graph;
  const Dim b = Dim::symbol("B"), h = Dim::symbol("H"), w = Dim::symbol("W");
  const Value x = graph.input("x", {DType::float32, {b, h, w, 3}});
  const Value filter = graph.input("w", {DType::float32, {3, 3, 3, 4}});
  const Value conv = same_convolution(x, filter, {2, 2});
  EXPECT_EQ(conv.shape()[1].substitute({{"H", 7}}), Dim(4));
  const Value pooled = average_pool(reduce_window("max", conv, {.window = {2, 2}, .strides = {1, 1}}),
                                    {.window = {2, 2}, .strides = {2, 2}});
  const Values flow = gradients(resize(pooled, {h, w}, "bilinear"), {x, filter});
  ASSERT_TRUE(flow[0] && flow[1]);
  EXPECT_EQ(flow[0].type(), x.type());
  EXPECT_EQ(flow[1].type(), filter.type());
}

TEST(Words, RollOfSymbols) {
  Graph graph;
  const Value x = graph.input("x", {DType::float32, {Dim::symbol("T")}});
  graph.output("y", roll(x, 5, 0));
  const Graph fixed = specialise(graph, {{"T", 3}});
  const std::vector<Tensor> y = evaluate_graph(fixed, std::vector{Tensor::of<float>({3}, {1, 2, 3})});
  EXPECT_EQ(std::vector<float>(y[0].values<float>().begin(), y[0].values<float>().end()),
            (std::vector<float>{2, 3, 1}));
}

TEST(Words, IndicesOutsideAreRefused) {
  Graph graph;
  const Value x = graph.input("x", {DType::float32, {3}}), i = graph.input("i", {DType::int32, {1}});
  graph.output("y", gather(x, i, 0));
  const Tensor values = Tensor::of<float>({3}, {1, 2, 3});
  EXPECT_THROW(evaluate_graph(graph, std::vector{values, Tensor::of<std::int32_t>({1}, {3})}), Error);
  EXPECT_THROW(evaluate_graph(graph, std::vector{values, Tensor::of<std::int32_t>({1}, {-4})}), Error);
  EXPECT_EQ(
      evaluate_graph(graph, std::vector{values, Tensor::of<std::int32_t>({1}, {-3})})[0].data<float>()[0],
      1.0f);
}

}  // namespace
}  // namespace keratin::test
