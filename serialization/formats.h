// What the format files share: their rows for the table in document.cc, and how a writer is recognised.
#pragma once

#include "serialization/document.h"

namespace keratin::serialization {

extern const Format format_keras_zip, format_keras_folder, format_h5, format_weights_sharded,
    format_architecture_json;
// Recognised to be refused with a sentence that helps.
extern const Format format_saved_model, format_checkpoint, format_orbax, format_foreign_zip,
    format_foreign_file;

// "keras", "tf.keras" or "tf_keras", from the version that the file carries; "" for none.
std::string writer_of(const std::string& version);

// weights_v3.cc: whether the directory is laid out by object paths, and that layout made canonical:
// every container of layers is called "layers" and numbered as Keras 3 does.
bool is_v3(const TensorDirectory& weights);
void read_v3(ModelDocument& document, TensorDirectory weights);

// Moves "compile_config" out of a version 3 config; {} counts as not compiled.
void take_compile_config(ModelDocument& document);

// The first bytes of a file, fewer when it is shorter.
std::string first_bytes(const ByteSource& source, std::size_t count);

}  // namespace keratin::serialization
