#include "runtime/keras/operation_layer.h"

#include "runtime/core/error.h"
#include "runtime/keras/operation.h"

namespace keratin::keras {
namespace {

struct Config {
  const OperationDef* operation;
  Json object;  // as the file has it
};

constexpr LayerDef operation_def = {
    .class_name = "Operation",
    .masking = Masking::drops,
    .write = [](const void* config) { return static_cast<const Config*>(config)->object; },
    .build = [](BuildContext&, const void*) {},
    .lower =
        [](LowerContext& cx, const void* config) {
          const auto* c = static_cast<const Config*>(config);
          return c->operation->lower(cx, c->object.at("config"));
        },
};

}  // namespace

const OperationDef* find_operation(std::string_view class_name) {
  for (const OperationFamily* family : registry_operations())
    for (const OperationDef& row : family->rows)
      if (class_name == row.class_name) return &row;
  return nullptr;
}

LayerPtr make_operation(const Json& object) {
  const std::string& class_name = object.at("class_name").as_string();
  const OperationDef* operation = find_operation(class_name);
  auto layer = std::make_shared<Layer>();
  const Json* name = object.find("name");
  if (!name) name = object.at("config").find("name");
  layer->name = name && name->is_string() ? name->as_string() : class_name;
  check(operation != nullptr, ErrorCode::unsupported, "node \"", layer->name, "\": operation ", class_name,
        " is not supported");
  layer->class_name = class_name;
  layer->def = &operation_def;
  layer->config = std::make_shared<Config>(Config{operation, object});
  layer->built = true;
  return layer;
}

}  // namespace keratin::keras
