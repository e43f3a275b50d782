// keras.ops: slices, gathers, sorts and indices.
#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/ir/build_nn.h"
#include "runtime/keras/operands.h"

namespace keratin {
namespace {

using namespace keras;
using ir::Value;
using ir::Values;

Values take(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  Value x = in.tensor("x", 0);
  if (!in.find("axis", 2)) x = ir::reshape(x, {ir::product(x.shape())});
  Value indices = in.tensor("indices", 1);
  if (indices.dtype() != DType::int64) indices = ir::cast(indices, DType::int32);
  return {ir::gather(x, indices, in.integer("axis", 0, 2))};
}
Values take_along_axis(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  Value x = in.tensor("x", 0), indices = in.tensor("indices", 1);
  if (indices.dtype() != DType::int64) indices = ir::cast(indices, DType::int32);
  if (!in.find("axis", 2)) {
    x = ir::reshape(x, {ir::product(x.shape())});
    indices = ir::reshape(indices, {ir::product(indices.shape())});
  }
  const std::int64_t axis = normalize_axis(in.integer("axis", 0, 2), x.rank());
  ir::Dims shape = x.shape(), index_shape = indices.shape();
  check(index_shape.size() == shape.size(), ErrorCode::corrupt_file, "indices want the rank of x");
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (std::int64_t(i) != axis) shape[i] = index_shape[i] = ir::broadcast({shape[i]}, {index_shape[i]})[0];
  return {ir::gather_along(ir::broadcast_to(x, shape), ir::broadcast_to(indices, index_shape), axis)};
}

std::optional<std::int64_t> bound(const Json& slice, const char* key) {
  const Json* found = slice.find(key);
  if (!found || found->is_null()) return std::nullopt;
  return found->as_integer();
}
// Python's slice of one axis.
Value sliced(Value x, std::size_t axis, const Json& slice) {
  const ir::Dim size = x.shape()[axis];
  const std::int64_t step = bound(slice, "step").value_or(1);
  check(step != 0, ErrorCode::corrupt_file, "a slice's step is 0");
  const auto start = bound(slice, "start"), stop = bound(slice, "stop");
  if (step < 0) {
    check(!start && !stop, ErrorCode::unsupported, "a slice that runs backwards between bounds");
    x = ir::reverse(x, {static_cast<std::int64_t>(axis)});
  }
  auto place = [&](std::optional<std::int64_t> at, const ir::Dim& fallback) {
    if (!at) return fallback;
    if (!size.is_constant()) return *at < 0 ? size + ir::Dim(*at) : ir::Dim(*at);
    const std::int64_t n = size.value();
    return ir::Dim(std::clamp(*at < 0 ? *at + n : *at, std::int64_t(0), n));
  };
  ir::Dims from(x.rank(), ir::Dim(0)), to = x.shape();
  ir::Ints stride(x.rank(), 1);
  from[axis] = place(start, ir::Dim(0));
  to[axis] = place(stop, size);
  stride[axis] = step < 0 ? -step : step;
  if (from[axis].is_constant() && to[axis].is_constant() && to[axis].value() < from[axis].value())
    to[axis] = from[axis];
  return ir::slice(x, from, to, stride);
}
bool is_class(const Json& json, const char* name) {
  const Json* found = json.find("class_name");
  return found && found->is_string() && found->as_string() == name;
}

// numpy's basic indexing: integers, slices, None, one ellipsis; and one tensor or list of indices.
Values get_item(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  Value x = in.tensor("x", 0);
  Argument::List items;
  if (const Argument* key = cx.argument("key", 1)) {
    if (const auto* list = std::get_if<Argument::List>(&key->content)) {
      items = *list;
    } else if (const Json* json = std::get_if<Json>(&key->content); json && json->is_array()) {
      for (const Json& item : json->as_array()) items.push_back({item});
    } else if (json && is_class(*json, "__tuple__")) {
      for (const Json& item : json->at("items").as_array()) items.push_back({item});
    } else {
      items.push_back(*key);
    }
  } else {
    items.push_back({Json()});  // x[None]
  }
  std::size_t used = 0, axis = 0, gathers = 0;
  for (const Argument& item : items) {
    const Json* json = std::get_if<Json>(&item.content);
    used += !json || !(json->is_null() || is_class(*json, "__ellipsis__"));
  }
  check(used <= x.rank(), ErrorCode::corrupt_file, used, " indices for a tensor of rank ", x.rank());
  for (const Argument& item : items) {
    const Json* json = std::get_if<Json>(&item.content);
    if (json && json->is_null()) {
      x = ir::expand_dims(x, static_cast<std::int64_t>(axis++));
    } else if (json && is_class(*json, "__ellipsis__")) {
      std::size_t after = 0;
      for (const Argument* next = &item + 1; next != items.data() + items.size(); ++next) {
        const Json* other = std::get_if<Json>(&next->content);
        after += !(other && other->is_null());
      }
      axis = x.rank() - after;
    } else if (json && json->is_object() && !is_class(*json, "__tensor__") && !is_class(*json, "__numpy__")) {
      const Json* slice = json->find("config");
      x = sliced(x, axis++, slice ? *slice : *json);
    } else if (json && json->is_integer()) {
      const ir::Dim size = x.shape()[axis];
      const ir::Dim at =
          json->as_integer() < 0 ? size + ir::Dim(json->as_integer()) : ir::Dim(json->as_integer());
      const auto a = static_cast<std::int64_t>(axis);
      x = ir::squeeze(ir::slice_axis(x, a, at, at + ir::Dim(1)), a);
    } else {
      check(gathers++ == 0, ErrorCode::unsupported, "more than one tensor of indices is not supported");
      check(json || item.is_tensor(), ErrorCode::unsupported, "slices with bounds that are tensors");
      Value indices = json ? constant_of(cx.graph(), *json) : item.tensor().value;
      check(is_integer(indices.dtype()), ErrorCode::unsupported, "indexing by a mask is not supported");
      if (indices.dtype() != DType::int64) indices = ir::cast(indices, DType::int32);
      x = ir::gather(x, indices, static_cast<std::int64_t>(axis));
      axis += indices.rank();
    }
  }
  return {x};
}
Values slice(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("inputs", 0);
  const auto start = in.ints("start_indices", 1), shape = in.ints("shape", 2);
  check(start && shape && start->size() == x.rank() && shape->size() == x.rank(), ErrorCode::unsupported,
        "Slice wants known start_indices and shape, one per axis");
  ir::Dims from, to;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    from.push_back(ir::Dim((*start)[i]));
    to.push_back((*shape)[i] < 0 ? x.shape()[i] : ir::Dim((*start)[i] + (*shape)[i]));
  }
  return {ir::slice(x, from, to)};
}

template <Value (*find)(Value, std::int64_t, ir::Keep)>
Values extreme_place(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  Value x = in.tensor("x", 0);
  const bool keep = in.flag("keepdims", false, 2);
  if (in.find("axis", 1)) return {find(x, in.integer("axis", 0, 1), keep ? ir::Keep::yes : ir::Keep::no)};
  const Value y = find(ir::reshape(x, {ir::product(x.shape())}), 0, ir::Keep::no);
  return {keep ? ir::reshape(y, ir::Dims(x.rank(), ir::Dim(1))) : y};
}
template <Value (*order)(Value, std::int64_t, bool)>
Values sorted(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  Value x = in.tensor("x", 0);
  const bool flat = config.find("axis") && config.at("axis").is_null();
  if (flat) x = ir::reshape(x, {ir::product(x.shape())});
  return {order(x, flat ? 0 : in.integer("axis", -1, 1), false)};
}
Values top_k(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  return ir::top_k(in.tensor("x", 0), in.integer("k", 1, 1));
}
// Whether the target's value is among the k largest.
Values in_top_k(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value targets = in.tensor("targets", 0), scores = in.tensor("predictions", 1);
  const Value at =
      ir::expand_dims(targets.dtype() == DType::int64 ? targets : ir::cast(targets, DType::int32), -1);
  const Value own = ir::gather_along(scores, at, -1);
  const Value above = ir::sum(ir::cast(ir::compare("greater", scores, own), DType::int32), {-1});
  return {ir::compare("less", above, ir::constant_like(above, double(in.integer("k", 1, 2))))};
}
Values one_hot(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  const std::int64_t classes = in.integer("num_classes", 0, 1);
  check(classes > 0, ErrorCode::corrupt_file, "num_classes ", classes, ": expected a positive number");
  return {ir::one_hot(x.dtype() == DType::int64 ? x : ir::cast(x, DType::int32), ir::Dim(classes),
                      in.dtype("dtype", 3).value_or(DType::float32), in.integer("axis", -1, 2))};
}
Values multi_hot(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("inputs", 0);
  const std::int64_t classes = in.integer("num_classes", in.integer("num_tokens", 0), 1);
  check(classes > 0, ErrorCode::corrupt_file, "num_classes ", classes, ": expected a positive number");
  const std::int64_t axis = in.integer("axis", -1, 2);
  const Value hot = ir::one_hot(x.dtype() == DType::int64 ? x : ir::cast(x, DType::int32), ir::Dim(classes),
                                in.dtype("dtype", 3).value_or(DType::float32), axis);
  return {x.rank() == 1 ? ir::reduce("reduce_max", hot, {0}) : ir::reduce("reduce_max", hot, {1})};
}
template <Value (*part)(Value, std::int64_t)>
Values triangle(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  return {part(in.tensor("x", 0), in.integer("k", 0, 1))};
}
Values searchsorted(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const auto [places, values] = in.pair("sorted_sequence", "values");
  return {ir::searchsorted(places, values, in.text("side", "left") == "right")};
}
Values digitize(LowerContext& cx, const Json& config) {
  const auto [x, bins] = Operands(cx, config).pair("x", "bins");
  return {ir::searchsorted(bins, x, true)};
}

constexpr OperationDef rows[] = {
    {"Take", take},
    {"TakeAlongAxis", take_along_axis},
    {"GetItem", get_item},
    {"Slice", slice},
    {"Argmax", extreme_place<ir::argmax>},
    {"Argmin", extreme_place<ir::argmin>},
    {"Sort", sorted<ir::sort>},
    {"Argsort", sorted<ir::argsort>},
    {"TopK", top_k},
    {"InTopK", in_top_k},
    {"OneHot", one_hot},
    {"MultiHot", multi_hot},
    {"Tril", triangle<ir::tril>},
    {"Triu", triangle<ir::triu>},
    {"SearchSorted", searchsorted},
    {"Digitize", digitize},
};

constexpr OperationCase cases[] = {
    {"Take", "numpy", R"({"axis": 1})", R"(["float32[2,4,3]", "int32[2,2]"])"},
    {"Take", "numpy", R"({})", R"(["float32[2,3,4]", "int32[3]"])"},
    {"Take", "numpy", R"({"axis": 1})", R"(["float32[2,3,4]", [0, -1]])"},
    {"TakeAlongAxis", "numpy", R"({"axis": 1})", R"(["float32[2,4]", "int32[2,3]"])"},
    {"Argmax", "numpy", R"({"axis": 1})", R"(["float32[2,3,4]"])"},
    {"Argmax", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Argmin", "numpy", R"({"axis": -1, "keepdims": true})", R"(["float32[2,3,4]"])"},
    {"Sort", "numpy", R"({"axis": 1})", R"(["float32[2,3,4]"])"},
    {"Argsort", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"TopK", "math", R"({"k": 2})", R"(["float32[2,5]"])"},
    {"InTopK", "math", R"({"k": 2})", R"(["int32[3]", "float32[3,5]"])"},
    {"OneHot", "nn", R"({"num_classes": 4})", R"(["int32[2,3]"])"},
    {"OneHot", "nn", R"({"num_classes": 5, "axis": 1, "dtype": "int32"})", R"(["int32[2,3]"])"},
    {"MultiHot", "nn", R"({"num_classes": 4})", R"(["int32[2,3]"])"},
    {"Tril", "numpy", R"({"k": 1})", R"(["float32[2,3,4]"])"},
    {"Triu", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Slice", "core", R"({"shape": [2, 2, 2]})", R"(["float32[2,3,4]", [0, 1, 2]])"},
    {"GetItem", "numpy", R"({})",
     R"(["float32[2,3,4]", [{"class_name": "__slice__", "config": {"start": null, "stop": null, "step": null}}, {"class_name": "__slice__", "config": {"start": 1, "stop": 3, "step": null}}, null, {"class_name": "__ellipsis__", "config": {}}, -1]])"},
    {"GetItem", "numpy", R"({})", R"(["float32[2,3,4]", 1])"},
    {"GetItem", "numpy", R"({})", R"(["float32[2,3,4]", [{"class_name": "__ellipsis__", "config": {}}, 0]])"},
    {"GetItem", "numpy", R"({})",
     R"(["float32[2,3,4]", [{"class_name": "__slice__", "config": {"start": null, "stop": null, "step": null}}, {"class_name": "__slice__", "config": {"start": null, "stop": null, "step": -1}}]])"},
    {"GetItem", "numpy", R"({})",
     R"(["float32[2,3,4]", [{"class_name": "__slice__", "config": {"start": null, "stop": null, "step": null}}, {"class_name": "__slice__", "config": {"start": -2, "stop": null, "step": null}}, {"class_name": "__slice__", "config": {"start": 0, "stop": 4, "step": 2}}]])"},
    {"GetItem", "numpy", R"({})",
     R"(["float32[2,3,4]", {"class_name": "__slice__", "config": {"start": 0, "stop": 1, "step": null}}])"},
};

}  // namespace
extern const OperationFamily operations_index{rows, cases};
}  // namespace keratin
