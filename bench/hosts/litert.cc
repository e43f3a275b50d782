// LiteRT's CompiledModel by its C interface (libLiteRt): XNNPACK with its weight cache when one is named.
#include <cstring>

#include "host.h"

namespace keratin::bench {
namespace {

// The few declarations of LiteRT's C interface that are used here; handles are pointers to opaque structs.
using Handle = void*;
struct Layout {
  unsigned int rank : 7;
  unsigned int has_strides : 1;
  std::int32_t dimensions[8];
  std::uint32_t strides[8];
};
struct TensorType {
  int element;
  Layout layout;
};
struct EnvironmentOption {
  int tag;
  struct {
    int kind;
    std::int64_t value;
  } any;
};
constexpr int litert_float32 = 1, litert_cpu = 1, litert_int = 2;
// It looks for GPU libraries otherwise, and tells what it finds.
constexpr EnvironmentOption environment_options[] = {{24, {litert_int, litert_cpu}}, {25, {litert_int, 3}}};

struct Api {
  Library library;
  int (*create_environment)(int, const EnvironmentOption*, Handle*);
  int (*create_model)(Handle environment, const char* path, Handle*);
  int (*create_options)(Handle*);
  int (*set_accelerators)(Handle options, int);
  int (*create_opaque)(const char* kind, void* text, void (*release)(void*), Handle*);
  int (*add_opaque)(Handle options, Handle opaque);
  int (*compile)(Handle environment, Handle model, Handle options, Handle*);
  int (*output_layouts)(Handle compiled, std::size_t signature, std::size_t count, Layout*, bool);
  int (*buffer_of)(const TensorType*, void*, std::size_t, void (*release)(void*), Handle*);
  int (*run)(Handle compiled, std::size_t signature, std::size_t, Handle*, std::size_t, Handle*);

  void open(const std::string& path) {
    library.open(path);
    auto get = [this](auto*& function, const char* name) {
      function = library.get<std::remove_reference_t<decltype(*function)>>(name);
    };
    get(create_environment, "LiteRtCreateEnvironment");
    get(create_model, "LiteRtCreateModelFromFile");
    get(create_options, "LiteRtCreateOptions");
    get(set_accelerators, "LiteRtSetOptionsHardwareAccelerators");
    get(create_opaque, "LiteRtCreateOpaqueOptions");
    get(add_opaque, "LiteRtAddOpaqueOptions");
    get(compile, "LiteRtCreateCompiledModel");
    get(output_layouts, "LiteRtGetCompiledModelOutputTensorLayouts");
    get(buffer_of, "LiteRtCreateTensorBufferFromHostMemory");
    get(run, "LiteRtRunCompiledModel");
  }
} api;

void check(int status, const char* what) {
  if (status != 0)
    throw std::runtime_error(std::string("litert: ") + what + ": status " + std::to_string(status));
}

class LitertRunner final : public Runner {
 public:
  explicit LitertRunner(const Options& options) {
    Handle environment = nullptr, model = nullptr, settings = nullptr, opaque = nullptr;
    check(api.create_environment(2, environment_options, &environment), "environment");
    check(api.create_model(environment, options.model.c_str(), &model), "model");
    check(api.create_options(&settings), "options");
    check(api.set_accelerators(settings, litert_cpu), "accelerator");
    std::string text = "num_threads = " + std::to_string(options.threads) + "\n";
    if (!options.cache.empty()) text += "weight_cache_file_path = \"" + options.cache + "\"\n";
    check(api.create_opaque("xnnpack", strdup(text.c_str()), std::free, &opaque), "CPU options");
    check(api.add_opaque(settings, opaque), "CPU options");
    check(api.compile(environment, model, settings, &compiled_), "compile");
    Layout layout{};
    check(api.output_layouts(compiled_, 0, 1, &layout, false), "layout of the output");
    std::vector<std::int64_t> shape(layout.dimensions, layout.dimensions + layout.rank);
    output_ = std::make_unique<Buffer>(elements(shape));
    input_handle_ = wrap(options.shape, options.input);
    output_handle_ = wrap(shape, output_->data());
  }
  void run() override { check(api.run(compiled_, 0, 1, &input_handle_, 1, &output_handle_), "run"); }
  std::span<const float> output() const override { return output_->values(); }

 private:
  static Handle wrap(const std::vector<std::int64_t>& shape, float* data) {
    TensorType type{litert_float32, {}};
    type.layout.rank = static_cast<unsigned>(shape.size()) & 127u;
    for (std::size_t i = 0; i < shape.size(); ++i)
      type.layout.dimensions[i] = static_cast<std::int32_t>(shape[i]);
    Handle handle = nullptr;
    check(api.buffer_of(&type, data, elements(shape) * sizeof(float), nullptr, &handle), "buffer");
    return handle;
  }
  Handle compiled_ = nullptr, input_handle_ = nullptr, output_handle_ = nullptr;
  std::unique_ptr<Buffer> output_;
};

}  // namespace

void open_runtime(const Options& options) { api.open(options.library); }
std::unique_ptr<Runner> load_runner(const Options& options) {
  return std::make_unique<LitertRunner>(options);
}

}  // namespace keratin::bench
