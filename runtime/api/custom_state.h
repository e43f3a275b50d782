// What stands behind CustomObjects, and values of keratin/ops.h as graph values.
#pragma once

#include <map>

#include "keratin/custom.h"
#include "runtime/keras/make.h"

namespace keratin {
inline namespace v1 {

namespace ops {
ir::Value inner(Value value);
Value outer(ir::Value value);
}  // namespace ops

struct CustomObjects::State final : keras::Resolver {
  using Factory = std::function<std::unique_ptr<CustomLayer>(const std::string& config)>;
  std::map<std::string, Factory> layers;
  std::map<std::string, std::function<ops::Value(ops::Value)>> functions;
  std::map<std::string, LossFunction> losses;
  std::map<std::string, Initializer> initializers;

  keras::LayerPtr make(const std::string& class_name, const std::string& registered_name,
                       const keras::Json& object) const override;
  std::function<ir::Value(ir::Value)> function(const std::string& name) const override;
  Initializer initializer(const std::string& name) const override;
};

}  // namespace v1
}  // namespace keratin
