// Bytes to a generated message, after the bounded walk. Only this folder includes generated headers.
#pragma once

#include <google/protobuf/message_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <string>

#include "runtime/core/error.h"
#include "serialization/protobuf/wire.h"

namespace keratin::serialization::protobuf {

template <class Message>
Message parse(Bytes bytes, Root root, const std::string& name) {
  check_wire(bytes, root, name);
  const google::protobuf::LogSilencer silence;  // what is wrong is said by the error
  Message message;
  check(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())), ErrorCode::corrupt_file, name,
        ": the bytes are no ", message.GetTypeName(), "; the file is damaged");
  return message;
}

// Deterministic: equal documents give equal bytes.
std::vector<std::byte> print(const google::protobuf::MessageLite& message);

}  // namespace keratin::serialization::protobuf
