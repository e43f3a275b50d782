#include "serialization/checkpoint.h"

#include "runtime/core/error.h"
#include "serialization/bundle/bundle.h"
#include "serialization/tensorflow_module.h"

namespace keratin::serialization {
namespace {

constexpr const char* object_graph_key = "_CHECKPOINTABLE_OBJECT_GRAPH";

const TensorEntry& entry_of(const CheckpointDocument& checkpoint, const std::string& key) {
  const auto found = checkpoint.directory.tensors.find(key);
  check(found != checkpoint.directory.tensors.end(), ErrorCode::corrupt_file, checkpoint.prefix,
        ": the checkpoint has no readable tensor \"", printable(key), "\"");
  return found->second;
}

}  // namespace

CheckpointDocument read_checkpoint(const std::string& prefix) {
  bundle::Bundle bundle = bundle::read_bundle(prefix);
  CheckpointDocument checkpoint;
  checkpoint.prefix = prefix;
  checkpoint.directory = std::move(bundle.directory);
  checkpoint.checksums = std::move(bundle.checksums);
  checkpoint.unreadable = std::move(bundle.unreadable);
  if (!checkpoint.directory.tensors.count(object_graph_key)) return checkpoint;
  verify_checksum(checkpoint, object_graph_key);
  const std::vector<std::string> strings = read_checkpoint_strings(checkpoint, object_graph_key);
  const std::string where = prefix + ": object graph";
  check(strings.size() == 1, ErrorCode::corrupt_file, where, ": ", strings.size(), " strings, expected one");
  checkpoint.objects =
      tensorflow_module().parse_checkpoint_objects(std::as_bytes(std::span(strings.front())), where);
  // It is no variable: whoever walks the directory must not meet it.
  checkpoint.directory.tensors.erase(object_graph_key);
  checkpoint.checksums.erase(object_graph_key);
  return checkpoint;
}

void verify_checksum(const CheckpointDocument& checkpoint, const std::string& key) {
  bundle::verify(key, entry_of(checkpoint, key), checkpoint.checksums.at(key));
}

std::vector<std::string> read_checkpoint_strings(const CheckpointDocument& checkpoint,
                                                 const std::string& key) {
  return bundle::read_strings(key, entry_of(checkpoint, key));
}

}  // namespace keratin::serialization
