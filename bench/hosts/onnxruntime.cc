// ONNX Runtime by its C interface: an .ort file optimised beforehand, read through a mapping whose bytes it
// uses in place; weights are prepacked only where many runs follow.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"

namespace keratin::bench {
namespace {

using Handle = void*;
using Status = void*;                 // null: it went well
constexpr unsigned ort_version = 17;  // of the function table, which only grows
constexpr int ort_float = 1, ort_arena = 1, ort_default_memory = 0, ort_warning = 2, ort_no_optimisation = 0;

// Places of functions in the table that OrtGetApiBase()->GetApi(version) gives: part of its ABI.
enum Place : std::size_t {
  get_error_message = 2,
  create_env = 3,
  create_session_from_array = 8,
  run_session = 9,
  create_session_options = 10,
  set_optimisation_level = 23,
  set_intra_threads = 24,
  set_inter_threads = 25,
  get_input_name = 36,
  get_output_name = 37,
  get_output_type = 34,
  cast_to_tensor_info = 55,
  dimensions_count = 61,
  dimensions = 62,
  create_tensor = 49,
  cpu_memory = 69,
  default_allocator = 78,
  add_config = 130,
};

struct ApiBase {
  const void* const* (*get_api)(std::uint32_t version);
  const char* (*version)();
};

struct Api {
  Library library;
  const void* const* table = nullptr;

  void open(const std::string& path) {
    library.open(path);
    table = library.get<const ApiBase*()>("OrtGetApiBase")()->get_api(ort_version);
    if (!table) throw std::runtime_error("onnxruntime: no interface of this version");
  }
  template <class... A>
  void call(Place place, A... arguments) const {
    const Status status = reinterpret_cast<Status (*)(A...)>(const_cast<void*>(table[place]))(arguments...);
    if (!status) return;
    const auto message =
        reinterpret_cast<const char* (*)(Status)>(const_cast<void*>(table[get_error_message]));
    throw std::runtime_error(std::string("onnxruntime: ") + message(status));
  }
} api;

struct Mapping {
  void* data;
  std::size_t bytes;
};

Mapping map_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info {};
  if (file < 0 || fstat(file, &info) != 0) throw std::runtime_error(path + ": cannot be read");
  const auto bytes = static_cast<std::size_t>(info.st_size);
  void* data = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  close(file);
  if (data == MAP_FAILED) throw std::runtime_error(path + ": cannot be mapped");
  return {data, bytes};
}

class OnnxruntimeRunner final : public Runner {
 public:
  explicit OnnxruntimeRunner(const Options& options) {
    Handle environment = nullptr, settings = nullptr;
    api.call(create_env, ort_warning, "bench", &environment);
    api.call(create_session_options, &settings);
    api.call(set_intra_threads, settings, options.threads);
    api.call(set_inter_threads, settings, 1);
    api.call(set_optimisation_level, settings, ort_no_optimisation);  // done when the .ort file was made
    api.call(add_config, settings, "session.load_model_format", "ORT");
    api.call(add_config, settings, "session.use_ort_model_bytes_directly", "1");
    api.call(add_config, settings, "session.use_ort_model_bytes_for_initializers", "1");
    if (!options.steady) api.call(add_config, settings, "session.disable_prepacking", "1");
    const Mapping model = map_file(options.model);
    api.call(create_session_from_array, environment, static_cast<const void*>(model.data), model.bytes,
             settings, &session_);
    Handle allocator = nullptr;
    api.call(default_allocator, &allocator);
    api.call(get_input_name, session_, std::size_t{0}, allocator, &input_name_);
    api.call(get_output_name, session_, std::size_t{0}, allocator, &output_name_);
    const std::vector<std::int64_t> shape = output_shape();
    output_ = std::make_unique<Buffer>(elements(shape));
    api.call(cpu_memory, ort_arena, ort_default_memory, &memory_);
    input_value_ = wrap(options.shape, options.input);
    output_value_ = wrap(shape, output_->data());
  }
  void run() override {
    api.call(run_session, session_, static_cast<const void*>(nullptr), &input_name_, &input_value_,
             std::size_t{1}, &output_name_, std::size_t{1}, &output_value_);
  }
  std::span<const float> output() const override { return output_->values(); }

 private:
  std::vector<std::int64_t> output_shape() const {
    Handle type = nullptr, info = nullptr;
    std::size_t rank = 0;
    api.call(get_output_type, session_, std::size_t{0}, &type);
    api.call(cast_to_tensor_info, type, &info);
    api.call(dimensions_count, info, &rank);
    std::vector<std::int64_t> shape(rank);
    api.call(dimensions, info, shape.data(), rank);
    return shape;
  }
  Handle wrap(const std::vector<std::int64_t>& shape, float* data) const {
    Handle value = nullptr;
    api.call(create_tensor, memory_, static_cast<void*>(data), elements(shape) * sizeof(float), shape.data(),
             shape.size(), ort_float, &value);
    return value;
  }
  Handle session_ = nullptr, memory_ = nullptr, input_value_ = nullptr, output_value_ = nullptr;
  char *input_name_ = nullptr, *output_name_ = nullptr;
  std::unique_ptr<Buffer> output_;
};

}  // namespace

void open_runtime(const Options& options) { api.open(options.library); }
std::unique_ptr<Runner> load_runner(const Options& options) {
  return std::make_unique<OnnxruntimeRunner>(options);
}

}  // namespace keratin::bench
