// What Keras' guide on saving and loading does, in C++: guide FOLDER
// Each part works in FOLDER, checks that it does what it says, and tells so.
#include <keratin/keratin.h>

#include <cmath>
#include <cstring>
#include <iostream>
#include <string>

namespace layers = keratin::layers;
using keratin::Layer;
using keratin::Model;
using keratin::SymbolicTensor;
using keratin::Tensor;

namespace {

std::string folder;

void require(bool holds, const std::string& what) {
  if (!holds) throw keratin::Error(keratin::ErrorCode::internal, "guide: this doesn't hold: " + what);
}

Tensor numbers(keratin::Shape shape) {
  Tensor made(keratin::DType::float32, std::move(shape));
  for (std::size_t i = 0; i < made.elements(); ++i)
    made.data<float>()[i] = std::sin(static_cast<float>(i + 1));
  return made;
}
bool equal(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}
bool equal(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  bool same = a.size() == b.size();
  for (std::size_t i = 0; same && i < a.size(); ++i) same = equal(a[i], b[i]);
  return same;
}

Model small() {
  const SymbolicTensor x = keratin::Input({32});
  return Model(x, layers::Dense({.units = 1, .name = "out"})(x));
}

// A whole model: architecture, weights, what it was compiled with, and how far it was trained.
void save_and_load_a_model() {
  Model model = small();
  model.compile({.optimizer = keratin::Adam(), .loss = "mean_squared_error"});
  const keratin::Dataset data(numbers({128, 32}), numbers({128, 1}));
  const keratin::FitOptions quiet{.verbose = keratin::Verbose::silent};
  model.fit(data, quiet);

  model.save(folder + "my_model.keras");
  Model again = keratin::load_model(folder + "my_model.keras");

  require(equal(model.predict(numbers({4, 32})), again.predict(numbers({4, 32}))),
          "the loaded model predicts the same");
  require(again.iterations() == model.iterations(), "its optimizer has done as many steps");
  model.fit(data, quiet);
  again.fit(data, quiet);
  require(equal(model.get_weights(), again.get_weights()), "both go on alike");
}

// A layer and a function of one's own.
class CustomLayer final : public keratin::CustomLayer {
 public:
  explicit CustomLayer(const std::string& config) : config_(config) {}
  void build(keratin::CustomContext& context, const std::vector<keratin::Shape>& shapes) override {
    context.add_weight("kernel", {shapes[0].back(), 8}, "glorot_uniform", true);
  }
  std::vector<keratin::ops::Value> call(keratin::CustomContext& context,
                                        const std::vector<keratin::ops::Value>& inputs) override {
    return {keratin::ops::matmul(inputs[0], context.weight("kernel"))};
  }
  std::string get_config() const override { return config_; }

 private:
  std::string config_;
};
keratin::ops::Value custom_activation(keratin::ops::Value x) { return keratin::ops::unary("tanh", x) * x; }

const char* const kCustomModel = R"({"class_name": "Sequential", "config": {"name": "custom", "layers": [
  {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4]}},
  {"class_name": "CustomLayer", "registered_name": "my_package>CustomLayer", "config": {"name": "mine"}},
  {"class_name": "Dense", "config": {"name": "out", "units": 2, "activation":
    {"class_name": "function", "config": "my_package>custom_fn", "registered_name": "my_package>custom_fn"}}}]}})";

keratin::CustomObjects custom_objects() {
  keratin::CustomObjects objects;
  objects.layer<CustomLayer>("my_package>CustomLayer");
  objects.function("my_package>custom_fn", custom_activation);
  return objects;
}

void custom_objects_by_argument_scope_and_registration() {
  const keratin::CustomObjects mine = custom_objects();
  const Model model = keratin::model_from_json(kCustomModel, {.custom_objects = mine});
  model.save(folder + "custom.keras");
  const Tensor x = numbers({3, 4}), y = model.predict(x);

  const Model by_argument = keratin::load_model(folder + "custom.keras", {.custom_objects = mine});
  require(equal(by_argument.predict(x), y), "objects that an argument brings are used");
  {
    const keratin::CustomScope scope(mine);
    require(equal(keratin::load_model(folder + "custom.keras").predict(x), y), "objects of a scope are used");
  }
  bool refused = false;
  try {
    keratin::load_model(folder + "custom.keras");
  } catch (const keratin::Error& error) {
    refused = error.code() == keratin::ErrorCode::unsupported;
  }
  require(refused, "without them the load is refused");
  keratin::CustomObjects::process_default() = mine;
  require(equal(keratin::load_model(folder + "custom.keras").predict(x), y), "registered objects are used");
}

// Architectures alone.
void configs() {
  const Layer layer = layers::Dense({.units = 3, .activation = "relu"});
  const Layer same = Layer::from_config(layer.get_config());
  require(same.get_config() == layer.get_config(), "a layer comes back from its config");

  const Model chain = keratin::Sequential(keratin::Input({32}), {layers::Dense({.units = 1})});
  require(Model::from_config(chain.get_config()).layers().size() == chain.layers().size(),
          "a Sequential comes back from its config");
  const Model model = small();
  require(Model::from_config(model.get_config()).variables().size() == 2, "and so does a functional model");
  require(keratin::model_from_json(model.to_json()).summary() == model.summary(), "JSON is the same as text");
  const Model fresh = keratin::clone_model(model, 1);
  require(!equal(fresh.get_weights(), model.get_weights()), "a clone has weights of its own");
}

// Weights from one to another.
void weights_in_memory() {
  const SymbolicTensor x = keratin::Input({16});
  Layer a = layers::Dense({.units = 4}), b = layers::Dense({.units = 4});
  a(x), b(x);
  b.set_weights(a.get_weights());
  require(equal(a.get_weights(), b.get_weights()), "weights go from layer to layer");

  const auto functional = [](bool with_dropout) {
    const SymbolicTensor in = keratin::Input({16});
    SymbolicTensor h = layers::Dense({.units = 8, .activation = "relu"})(in);
    if (with_dropout) h = layers::Dropout({.rate = 0.5})(h);  // has no weights: the order stays
    return Model(in, layers::Dense({.units = 2})(h));
  };
  const Model plain = functional(false);
  Model with_dropout = functional(true);
  with_dropout.set_weights(plain.get_weights());
  require(equal(plain.predict(numbers({2, 16})), with_dropout.predict(numbers({2, 16}))),
          "layers without weights in between don't matter");

  // A model of one's own class, here a layer that holds both matrices, takes the same list.
  class Block final : public keratin::CustomLayer {
   public:
    explicit Block(const std::string&) {}
    void build(keratin::CustomContext& context, const std::vector<keratin::Shape>& shapes) override {
      context.add_weight("k1", {shapes[0].back(), 8}, "zeros", true);
      context.add_weight("b1", {8}, "zeros", true);
      context.add_weight("k2", {8, 2}, "zeros", true);
      context.add_weight("b2", {2}, "zeros", true);
    }
    std::vector<keratin::ops::Value> call(keratin::CustomContext& context,
                                          const std::vector<keratin::ops::Value>& in) override {
      using namespace keratin::ops;
      const Value h = unary("relu", matmul(in[0], context.weight("k1")) + context.weight("b1"));
      return {matmul(h, context.weight("k2")) + context.weight("b2")};
    }
  };
  keratin::CustomObjects objects;
  objects.layer<Block>("Block");
  Model subclassed =
      keratin::model_from_json(R"({"class_name": "Sequential", "config": {"name": "own", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 16]}},
    {"class_name": "Block", "config": {"name": "block"}}]}})",
                               {.custom_objects = objects});
  subclassed.set_weights(plain.get_weights());
  const Tensor p = plain.predict(numbers({2, 16})), q = subclassed.predict(numbers({2, 16}));
  for (std::size_t i = 0; i < p.elements(); ++i)
    require(std::abs(p.values<float>()[i] - q.values<float>()[i]) < 1e-6,
            "a model of another kind computes the same");
}

Model nested() {
  const SymbolicTensor a = keratin::Input({4}, {.name = "a"});
  const Model inner(
      a, layers::Dense({.units = 3, .name = "second"})(layers::Dense({.units = 4, .name = "first"})(a)),
      "inner");
  const SymbolicTensor b = keratin::Input({4}, {.name = "b"});
  return Model(b, layers::Dense({.units = 2, .name = "out"})(inner(b)), "outer");
}

void weights_in_files() {
  const Model source = small();
  source.save_weights(folder + "weights.weights.h5");
  Model target = small();
  target.load_weights(folder + "weights.weights.h5");
  require(equal(source.get_weights(), target.get_weights()), "weights come back from .weights.h5");

  // In .h5 files weights have their place in a list, trainable ones first: a nested model whose layers are
  // frozen after it was saved lists them in another order. keratin pairs them as the file says.
  Model outer = nested();
  outer.set_trainable("first", false);
  outer.save_weights(folder + "nested.h5");
  Model back = nested();
  back.set_trainable("first", false);
  back.load_weights(folder + "nested.h5");
  require(equal(outer.predict(numbers({2, 4})), back.predict(numbers({2, 4}))),
          "nested layers get their own weights");
}

// Parts of a trained model in another one.
void transfer_learning() {
  const SymbolicTensor x = keratin::Input({8}, {.name = "x"});
  const SymbolicTensor h1 = layers::Dense({.units = 6, .activation = "relu", .name = "dense_1"})(x);
  const SymbolicTensor h2 = layers::Dense({.units = 6, .activation = "relu", .name = "dense_2"})(h1);
  const Model pretrained(x, layers::Dense({.units = 10, .name = "predictions"})(h2));
  pretrained.save_weights(folder + "pretrained.h5");

  // by name: the layers that both have
  const SymbolicTensor y = keratin::Input({8}, {.name = "y"});
  const SymbolicTensor g = layers::Dense({.units = 6, .activation = "relu", .name = "dense_2"})(
      layers::Dense({.units = 6, .activation = "relu", .name = "dense_1"})(y));
  Model other(y, layers::Dense({.units = 5, .name = "new_head"})(g));
  other.load_weights(folder + "pretrained.h5", {.by_name = true});
  require(equal(other.get_layer("dense_2").get_weights(), pretrained.get_layer("dense_2").get_weights()),
          "weights of the same names are taken");

  // the layers up to one of them, and a new head on top
  Model extractor(pretrained.inputs(), pretrained.get_layer("dense_2").output(), "extractor");
  extractor.set_trainable(false);
  const SymbolicTensor z = keratin::Input({8}, {.name = "z"});
  Model tuned(z, layers::Dense({.units = 5, .name = "head"})(extractor(z)));
  tuned.compile({.optimizer = keratin::Adam({.learning_rate = 1e-2}), .loss = "mse"});
  const std::vector<Tensor> before = extractor.get_weights(), head = tuned.get_layer("head").get_weights();
  tuned.fit(keratin::Dataset(numbers({32, 8}), numbers({32, 5})), {.verbose = keratin::Verbose::silent});
  require(equal(before, extractor.get_weights()), "what is frozen stays");
  require(!equal(head, tuned.get_layer("head").get_weights()), "the head learns");

  // single layers
  const Model chain = keratin::Sequential(
      keratin::Input({8}), {pretrained.get_layer("dense_1"), layers::Dense({.units = 5, .name = "last"})});
  require(equal(chain.layers()[0].get_weights(), pretrained.get_layer("dense_1").get_weights()),
          "a layer is in both models");
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) return std::cerr << "usage: guide FOLDER\n", 2;
  folder = std::string(argv[1]) + "/";
  struct Part {
    const char* name;
    void (*run)();
  };
  for (const Part& part :
       {Part{"a whole model", save_and_load_a_model},
        Part{"custom objects", custom_objects_by_argument_scope_and_registration},
        Part{"architectures", configs}, Part{"weights in memory", weights_in_memory},
        Part{"weights in files", weights_in_files}, Part{"transfer learning", transfer_learning}}) {
    part.run();
    std::cout << part.name << ": as the guide says\n";
  }
  return 0;
} catch (const keratin::Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
