// What keeps a model from being made, all of it at once: unknown classes and functions, Python code.
#pragma once

#include "serialization/json/json.h"

namespace keratin::keras {

// config: a model's, in the dialect of Keras 3. Throws Error{unsupported} that names every class and function
// as the file has them, each with a layer that uses it; nothing where all are known.
void refuse_unknown(const serialization::Json& config);

}  // namespace keratin::keras
