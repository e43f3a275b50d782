// keratin: the Keras file itself, run by Context::run on the caller's tensors.
#include "keratin/keratin.h"

#include "host.h"

namespace keratin::bench {
namespace {

Model load(const Options& options) {
  LoadOptions load;
  load.device = "cpu";
  load.threads = options.threads;
  load.compile = false;
  return load_model(options.model, load);
}

class KeratinRunner final : public Runner {
 public:
  explicit KeratinRunner(const Options& options)
      : model_(load(options)), context_(model_.predictor().context()) {
    inputs_.emplace_back(DType::float32, options.shape, nullptr, options.input);
  }
  void run() override { context_.run(inputs_, outputs_); }
  std::span<const float> output() const override { return outputs_.at(0).values<float>(); }

 private:
  Model model_;
  Context context_;
  std::vector<Tensor> inputs_, outputs_;
};

}  // namespace

void open_runtime(const Options&) {}
std::unique_ptr<Runner> load_runner(const Options& options) {
  return std::make_unique<KeratinRunner>(options);
}

}  // namespace keratin::bench
