#include "runtime/keras/model.h"

namespace keratin::keras {

Json upgrade_config(const serialization::ModelDocument& document, LoadReport&) { return document.config; }

}  // namespace keratin::keras
