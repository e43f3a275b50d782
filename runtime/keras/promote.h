// Keras' dtype promotion, with Python numbers as weak types. Used by merging layers and operations.
#pragma once

#include "runtime/keras/lower.h"

namespace keratin::keras {

// The dtype that Keras computes a and b in: the lattice of keras.backend.result_type.
DType promote(DType a, DType b);
// The same with a Python float: integers and bools become float32.
DType promote_float(DType dtype);
// The same with a Python int: bools become int32.
DType promote_int(DType dtype);

// Values in their common dtype.
ir::Values promoted(ir::Values values);
ir::Value to_float(ir::Value x);

}  // namespace keratin::keras
