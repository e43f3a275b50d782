// OpenVINO by its C interface (libopenvino_c), float32 forced, with its model cache when one is named.
#include "host.h"

namespace keratin::bench {
namespace {

// The few declarations of OpenVINO's C interface that are used here.
struct ov_shape {
  std::int64_t rank;
  std::int64_t* dims;
};
constexpr int ov_f32 = 4;
using Core = struct ov_core;
using Compiled = struct ov_compiled_model;
using Request = struct ov_infer_request;
using OvTensor = struct ov_tensor;

struct Api {
  Library library;
  const char* (*last_error)();
  int (*core_create)(Core**);
  int (*compile)(const Core*, const char* path, const char* device, std::size_t words, Compiled**, ...);
  int (*create_request)(const Compiled*, Request**);
  int (*tensor_of)(int type, ov_shape, void*, OvTensor**);
  int (*set_input)(Request*, const OvTensor*);
  int (*get_output)(const Request*, OvTensor**);
  int (*infer)(Request*);
  int (*tensor_bytes)(const OvTensor*, std::size_t*);
  int (*tensor_data)(const OvTensor*, void**);

  void open(const std::string& path) {
    library.open(path);
    auto get = [this](auto*& function, const char* name) {
      function = library.get<std::remove_reference_t<decltype(*function)>>(name);
    };
    get(last_error, "ov_get_last_err_msg");
    get(core_create, "ov_core_create");
    get(compile, "ov_core_compile_model_from_file");
    get(create_request, "ov_compiled_model_create_infer_request");
    get(tensor_of, "ov_tensor_create_from_host_ptr");
    get(set_input, "ov_infer_request_set_input_tensor");
    get(get_output, "ov_infer_request_get_output_tensor");
    get(infer, "ov_infer_request_infer");
    get(tensor_bytes, "ov_tensor_get_byte_size");
    get(tensor_data, "ov_tensor_data");
  }
  void check(int status) const {
    if (status != 0) throw std::runtime_error(std::string("openvino: ") + last_error());
  }
} api;

class OpenvinoRunner final : public Runner {
 public:
  explicit OpenvinoRunner(const Options& options) {
    Core* core = nullptr;
    api.check(api.core_create(&core));
    const std::string threads = std::to_string(options.threads);
    Compiled* compiled = nullptr;
    // An empty CACHE_DIR is no cache.
    api.check(api.compile(core, options.model.c_str(), "CPU", 10, &compiled, "INFERENCE_NUM_THREADS",
                          threads.c_str(), "NUM_STREAMS", "1", "INFERENCE_PRECISION_HINT", "f32",
                          "PERFORMANCE_HINT", "LATENCY", "CACHE_DIR", options.cache.c_str()));
    api.check(api.create_request(compiled, &request_));
    std::vector<std::int64_t> dims = options.shape;
    OvTensor* input = nullptr;
    api.check(
        api.tensor_of(ov_f32, {static_cast<std::int64_t>(dims.size()), dims.data()}, options.input, &input));
    api.check(api.set_input(request_, input));
  }
  void run() override { api.check(api.infer(request_)); }
  std::span<const float> output() const override {
    OvTensor* tensor = nullptr;
    std::size_t bytes = 0;
    void* data = nullptr;
    api.check(api.get_output(request_, &tensor));
    api.check(api.tensor_bytes(tensor, &bytes));
    api.check(api.tensor_data(tensor, &data));
    return {static_cast<const float*>(data), bytes / sizeof(float)};
  }

 private:
  Request* request_ = nullptr;
};

}  // namespace

void open_runtime(const Options& options) { api.open(options.library); }
std::unique_ptr<Runner> load_runner(const Options& options) {
  return std::make_unique<OpenvinoRunner>(options);
}

}  // namespace keratin::bench
