// A layer and an activation of your own: custom_layer MODEL.keras INPUT.npz
// The model holds a layer registered as "my_package>Scale" and a Dense with the activation
// "my_package>squash".
#include <keratin/keratin.h>

#include <iostream>

// y = x * factor * scale + offset: factor comes from the config, scale and offset are weights.
class Scale final : public keratin::CustomLayer {
 public:
  // config: the keys that the Python class wrote in get_config, as JSON text.
  explicit Scale(const std::string& config) : config_(config) {
    const std::size_t at = config.find("\"factor\":");
    if (at != std::string::npos) factor_ = std::stod(config.substr(at + 9));
  }
  void build(keratin::CustomContext& context, const std::vector<keratin::Shape>& shapes) override {
    const std::int64_t features = shapes.at(0).back();
    context.add_weight("scale", {features}, "ones", true);
    context.add_weight("offset", {features}, "zeros", true);
  }
  std::vector<keratin::ops::Value> call(keratin::CustomContext& context,
                                        const std::vector<keratin::ops::Value>& inputs) override {
    return {inputs.at(0) * factor_ * context.weight("scale") + context.weight("offset")};
  }
  std::string get_config() const override { return config_; }

 private:
  std::string config_;
  double factor_ = 1;
};

keratin::ops::Value squash(keratin::ops::Value x) { return x / (keratin::ops::unary("abs", x) + 1.0); }

int main(int argc, char** argv) try {
  if (argc != 3) return std::cerr << "usage: custom_layer MODEL.keras INPUT.npz\n", 2;
  keratin::CustomObjects mine;
  mine.layer<Scale>("my_package>Scale");
  mine.function("my_package>squash", squash);
  const keratin::Model model = keratin::load_model(argv[1], {.custom_objects = mine});
  for (const auto& [name, y] : model.predict(keratin::read_npz(argv[2])))
    std::cout << name << ": " << y.elements() << " numbers, the first is " << y.values<float>()[0] << "\n";
  return 0;
} catch (const keratin::Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
