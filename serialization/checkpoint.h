// TensorFlow checkpoints: a bundle (index and data shards) and the object graph inside it.
// Reading one reads the index alone; checksums are verified on demand.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "serialization/tensor_directory.h"

namespace keratin::serialization {

struct ObjectEdge {
  int node = 0;
  std::string name;
};
struct SlotEdge {
  int original = 0;
  std::string slot;
  int variable = 0;
};
struct CheckpointObject {
  struct Attribute {
    std::string name, full_name, key;
  };
  std::vector<ObjectEdge> children;
  std::vector<Attribute> attributes;
  std::vector<SlotEdge> slots;
};

struct CheckpointDocument {
  std::string prefix;                              // as the user named it
  TensorDirectory directory;                       // by checkpoint key
  std::map<std::string, std::uint32_t> checksums;  // key -> masked CRC-32C of the stored bytes
  std::map<std::string, std::string> unreadable;   // key -> why the directory has no entry for it
  std::vector<CheckpointObject> objects;           // node 0 is the root; empty in name-based checkpoints
};

// prefix: the path without ".index". Throws Error{corrupt_file, unsupported, io}.
CheckpointDocument read_checkpoint(const std::string& prefix);
// Compares the stored bytes of one tensor with its checksum. Throws Error{corrupt_file} naming the key.
void verify_checksum(const CheckpointDocument& checkpoint, const std::string& key);
// The elements of a string tensor of a checkpoint. Throws Error{corrupt_file}.
std::vector<std::string> read_checkpoint_strings(const CheckpointDocument& checkpoint,
                                                 const std::string& key);

}  // namespace keratin::serialization
