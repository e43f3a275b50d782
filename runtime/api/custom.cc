#include "keratin/custom.h"

#include "runtime/api/custom_state.h"
#include "runtime/core/error.h"
#include "runtime/keras/lower.h"

namespace keratin {
inline namespace v1 {
namespace {

// The object behind a custom layer, and its config as the file has it.
struct Held {
  std::unique_ptr<CustomLayer> object;
  keras::Json config;
};

class BuildingContext final : public CustomContext {
 public:
  explicit BuildingContext(keras::BuildContext& cx) : cx_(cx) {}
  bool training() const override { return false; }
  void add_weight(const std::string& name, const Shape& shape, const std::string& initializer,
                  bool trainable) override {
    keras::BuildContext::Options options;
    options.trainable = trainable;
    cx_.add_weight(name, shape, initializer, options);
  }
  ops::Value weight(const std::string& name) const override {
    fail(ErrorCode::invalid_argument, "weight \"", name,
         "\" is asked for in build(); it has a value only in call()");
  }
  void add_loss(ops::Value) override { refuse("add_loss"); }
  void add_metric(const std::string&, ops::Value) override { refuse("add_metric"); }

 private:
  [[noreturn]] static void refuse(const char* what) {
    fail(ErrorCode::invalid_argument, what, " is called in build(); call it in call()");
  }
  keras::BuildContext& cx_;
};

class CallingContext final : public CustomContext {
 public:
  explicit CallingContext(keras::LowerContext& cx) : cx_(cx) {}
  bool training() const override { return cx_.training(); }
  void add_weight(const std::string& name, const Shape&, const std::string&, bool) override {
    fail(ErrorCode::invalid_argument, "weight \"", name, "\" is added in call(); add it in build()");
  }
  ops::Value weight(const std::string& name) const override {
    check(cx_.has_weight(name), ErrorCode::invalid_argument, "there is no weight \"", name,
          "\"; add it in build()");
    return ops::outer(cx_.weight(name));
  }
  void add_loss(ops::Value value) override { cx_.add_loss(ops::inner(value)); }
  void add_metric(const std::string& name, ops::Value value) override {
    cx_.add_metric(name, ops::inner(value));
  }

 private:
  keras::LowerContext& cx_;
};

void build(keras::BuildContext& cx, const void* opaque) {
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < cx.count(); ++i) {
    Shape& shape = shapes.emplace_back();
    for (const ir::Dim& dim : cx.input(i).shape) shape.push_back(dim.is_constant() ? dim.value() : -1);
  }
  BuildingContext context(cx);
  static_cast<const Held*>(opaque)->object->build(context, shapes);
}

ir::Values lower(keras::LowerContext& cx, const void* opaque) {
  std::vector<ops::Value> inputs;
  for (const ir::Value& input : cx.inputs()) inputs.push_back(ops::outer(input));
  CallingContext context(cx);
  ir::Values results;
  for (ops::Value value : static_cast<const Held*>(opaque)->object->call(context, inputs))
    results.push_back(ops::inner(value));
  return results;
}

keras::Json write(const void* opaque) {
  const Held& held = *static_cast<const Held*>(opaque);
  return serialization::parse_json(held.object->get_config(), "get_config()");
}

// A file's module and registered name come back as they were.
void amend(const keras::Layer& layer, keras::Json& object) {
  const keras::Json& source = layer.config_as<Held>().config;
  for (const char* key : {"module", "class_name", "registered_name"})
    if (const keras::Json* found = source.find(key)) object[key] = *found;
}

constexpr keras::LayerDef custom_def = {.class_name = "Custom",
                                        .masking = keras::Masking::passes,
                                        .write = write,
                                        .build = build,
                                        .lower = lower,
                                        .amend = amend};

}  // namespace

void CustomLayer::build(CustomContext&, const std::vector<Shape>&) {}

CustomObjects::CustomObjects() : state_(std::make_unique<State>()) {}
CustomObjects::~CustomObjects() = default;
CustomObjects::CustomObjects(const CustomObjects& other) : state_(std::make_unique<State>(*other.state_)) {}
CustomObjects& CustomObjects::operator=(const CustomObjects& other) {
  *state_ = *other.state_;
  return *this;
}
void CustomObjects::layer(const std::string& name,
                          std::function<std::unique_ptr<CustomLayer>(const std::string&)> factory) {
  state_->layers[name] = std::move(factory);
}
void CustomObjects::function(const std::string& name, std::function<ops::Value(ops::Value)> function) {
  state_->functions[name] = std::move(function);
}

void CustomObjects::loss(const std::string& name, LossFunction function) {
  state_->losses[name] = std::move(function);
}

void CustomObjects::initializer(const std::string& name, InitializerFunction function) {
  state_->initializers[name] = std::move(function);
}

CustomObjects& CustomObjects::process_default() {
  static CustomObjects* objects = [] {
    auto* made = new CustomObjects;  // never destroyed: threads may still load models at exit
    keras::set_default_resolver(&made->state());
    return made;
  }();
  return *objects;
}

namespace {
// "squash" of "my_package>squash".
std::string without_package(const std::string& name) { return name.substr(name.rfind('>') + 1); }
}  // namespace

keras::LayerPtr CustomObjects::State::make(const std::string& class_name, const std::string& registered_name,
                                           const keras::Json& object) const {
  auto found = layers.find(registered_name.empty() ? class_name : registered_name);
  if (found == layers.end()) found = layers.find(class_name);
  if (found == layers.end()) return nullptr;
  keras::Json config = object.at("config"), own = config;
  auto layer = std::make_shared<keras::Layer>();
  if (const keras::Json* name = config.find("name"); name && name->is_string())
    layer->name = name->as_string();
  if (const keras::Json* trainable = config.find("trainable")) layer->trainable = trainable->truthy();
  if (const keras::Json* dtype = config.find("dtype")) layer->dtype = keras::read_dtype(*dtype);
  for (const char* key : {"name", "trainable", "dtype"}) own.erase(key);
  auto held = std::make_shared<Held>();
  held->object = found->second(serialization::print_json(own));
  held->config = object;
  check(held->object != nullptr, ErrorCode::invalid_argument, "the factory of custom layer \"", class_name,
        "\" made nothing");
  layer->class_name = class_name;
  layer->def = &custom_def;
  layer->config = std::move(held);
  return layer;
}

std::function<ir::Value(ir::Value)> CustomObjects::State::function(const std::string& name) const {
  auto found = functions.find(name);
  if (found == functions.end()) found = functions.find(without_package(name));
  if (found == functions.end()) return nullptr;
  return [fn = found->second](ir::Value x) { return ops::inner(fn(ops::outer(x))); };
}

keras::Resolver::Initializer CustomObjects::State::initializer(const std::string& name) const {
  auto found = initializers.find(name);
  if (found == initializers.end()) found = initializers.find(without_package(name));
  return found == initializers.end() ? nullptr : found->second;
}

struct CustomScope::State {
  keras::ResolverScope scope;
};
CustomScope::CustomScope(const CustomObjects& objects)
    : state_(new State{keras::ResolverScope(&objects.state())}) {}
CustomScope::~CustomScope() = default;

}  // namespace v1
}  // namespace keratin
