// The entry of libkeratin_tensorflow: one function that hands out the table.
#include <algorithm>
#include <string_view>

#include "runtime/core/error.h"
#include "serialization/protobuf/convert.h"
#include "serialization/protobuf/parse.h"
#include "serialization/tensorflow_module.h"

namespace keratin::serialization::protobuf {
namespace {

MetaGraph to_meta_graph(tf::MetaGraphDef& from, const std::string& name) {
  MetaGraph meta;
  meta.tags.assign(from.meta_info_def().tags().begin(), from.meta_info_def().tags().end());
  meta.tensorflow_version = from.meta_info_def().tensorflow_version();
  meta.graph = to_graph(*from.mutable_graph_def(), name);
  const auto info = [](const tf::TensorInfo& from) {
    return TfTensorInfo{from.name(), static_cast<TfType>(from.dtype()), to_shape(from.tensor_shape())};
  };
  for (const auto& [key, signature] : from.signature_def()) {
    TfSignature& to = meta.signatures[key];
    to.method_name = signature.method_name();
    for (const auto& [argument, value] : signature.inputs()) to.inputs.emplace(argument, info(value));
    for (const auto& [result, value] : signature.outputs()) to.outputs.emplace(result, info(value));
  }
  for (const tf::AssetFileDef& asset : from.asset_file_def()) meta.assets.push_back(asset.filename());
  meta.saver_filename = from.saver_def().filename_tensor_name();
  meta.saver_save = from.saver_def().save_tensor_name();
  meta.saver_restore = from.saver_def().restore_op_name();
  tf::SavedObjectGraph& objects = *from.mutable_object_graph_def();
  meta.objects = to_objects(objects, name);
  for (auto& [key, function] : *objects.mutable_concrete_functions()) {
    SavedConcreteFunction& to = meta.concrete_functions[key];
    to.bound_inputs.assign(function.bound_inputs().begin(), function.bound_inputs().end());
    for (const int node : to.bound_inputs)
      check(node >= 0 && node < objects.nodes_size(), ErrorCode::corrupt_file, name, ": function \"", key,
            "\" is bound to object ", node, ", but there are ", objects.nodes_size());
    to.arguments = to_structure(*function.mutable_canonicalized_input_signature(), name);
    to.results = to_structure(*function.mutable_output_signature(), name);
  }
  return meta;
}

std::vector<MetaGraph> parse_saved_model(Bytes bytes, const std::string& name) {
  auto model = parse<tf::SavedModel>(bytes, Root::saved_model, name);
  std::vector<MetaGraph> metas;
  for (tf::MetaGraphDef& meta : *model.mutable_meta_graphs())
    metas.push_back(within(name, [&] { return to_meta_graph(meta, name); }));
  return metas;
}

GraphDocument parse_graph(Bytes bytes, const std::string& name) {
  auto graph = parse<tf::GraphDef>(bytes, Root::graph, name);
  return to_graph(graph, name);
}

std::vector<std::byte> print_graph(const GraphDocument& graph) {
  tf::GraphDef message;
  from_graph(graph, message);
  return print(message);
}

std::vector<CheckpointObject> parse_checkpoint_objects(Bytes bytes, const std::string& name) {
  return to_checkpoint_objects(parse<tf::TrackableObjectGraph>(bytes, Root::checkpoint_objects, name), name);
}

BundleHeader parse_bundle_header(Bytes bytes, const std::string& name) {
  const auto header = parse<tf::BundleHeaderProto>(bytes, Root::bundle, name);
  return {header.num_shards(), header.endianness() != 0, header.version().min_consumer()};
}

BundleEntry parse_bundle_entry(Bytes bytes, const std::string& name) {
  const auto from = parse<tf::BundleEntryProto>(bytes, Root::bundle, name);
  BundleEntry entry;
  entry.type = static_cast<TfType>(from.dtype());
  entry.shape = within(name, [&] { return to_shape(from.shape()); });
  entry.shard = from.shard_id();
  entry.offset = from.offset();
  entry.size = from.size();
  entry.checksum = from.crc32c();
  for (const tf::TensorSliceProto& slice : from.slices()) {
    BundleSlice& to = entry.slices.emplace_back();
    for (const auto& extent : slice.extent())
      to.extents.push_back({extent.start(), extent.has_length() ? extent.length() : -1});
  }
  return entry;
}

constexpr TensorflowModule table = {parse_saved_model,        parse_graph,         print_graph,
                                    parse_checkpoint_objects, parse_bundle_header, parse_bundle_entry};

}  // namespace
}  // namespace keratin::serialization::protobuf

// Null when the caller belongs to another build: the structs of the table could differ.
extern "C" __attribute__((visibility("default"))) const void* keratin_tensorflow(const char* build) {
  if (std::string_view(build) != KERATIN_BUILD_ID) return nullptr;
  return &keratin::serialization::protobuf::table;
}
