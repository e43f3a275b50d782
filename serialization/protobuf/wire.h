// A bounded walk over protobuf bytes before libprotobuf builds objects from them: it counts messages and
// depth, which libprotobuf limits only in part. Used by every parse_ of this folder.
#pragma once

#include <string>

#include "serialization/tensorflow_module.h"

namespace keratin::serialization::protobuf {

// The messages that a walk can start at.
enum class Root { saved_model, graph, checkpoint_objects, bundle };

// Limits: 2 GiB - 1, depth 100, 10 M messages, no groups. Throws Error{corrupt_file} with the byte offset.
void check_wire(Bytes bytes, Root root, const std::string& name);

}  // namespace keratin::serialization::protobuf
