// Model: a Keras model that was loaded; Predictor: an immutable snapshot of it for any number of threads;
// Context: one thread's way to run a predictor.
// Const calls on one Model may run at the same time; non-const calls need it alone, also for themselves: a
// call that meets another where it may not throws Error{busy} and changes nothing. Layers that were got from
// a Model count as the Model.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keratin/compile.h"
#include "keratin/data.h"
#include "keratin/export.h"
#include "keratin/fit.h"
#include "keratin/layer.h"
#include "keratin/tensor.h"

namespace keratin {
inline namespace v1 {

struct LoadOptions {
  std::string device = "auto";    // auto, cpu
  int threads = 0;                // 0: one per core
  bool compile = true;            // restore optimizer, loss and metrics
  std::string weights = {};       // a file whose weights replace the model's own
  std::string architecture = {};  // names the architecture where the file holds weights alone
  bool by_name = false;           // pair layers by name (legacy weight files)
  bool skip_mismatch = false;     // leave variables whose shape differs, or that have no value, as they are
  std::string backend = {};       // of a Keras 1 or 2 file that doesn't say: theano, tensorflow …
  bool initialise = false;        // of an architecture alone: values by the initializers
  std::uint64_t seed = 0;         // for these
  CustomObjects custom_objects = {};
};

struct WeightOptions {
  bool by_name = false;        // pair layers by name (legacy weight files)
  bool skip_mismatch = false;  // leave variables whose shape differs, or that have no value, as they are
  std::string backend = {};    // of a Keras 1 or 2 file that doesn't say: theano, tensorflow …
};

struct SaveOptions {
  // keras, h5, json, weights.h5 or h5-weights; empty: by the path's suffix.
  std::string format = {};
  // keras3 or tf_keras: whose files they are; empty: of the family that the model was loaded from.
  std::string flavour = {};
  bool optimizer = true;  // also what the model is compiled with
};

struct PredictOptions {
  std::int64_t batch_size = 32;
  bool training = false;  // takes the training branch; changes no state
  // Called after each batch with the samples done and their total. May be empty.
  std::function<void(std::int64_t done, std::int64_t total)> progress = {};
};

// A dim is -1 where any size goes.
struct TensorSpec {
  std::string name;
  DType dtype;
  Shape shape;
};

struct VariableSpec {
  std::string path;  // "dense/kernel"
  DType dtype;
  Shape shape;
  bool trainable;
};

struct LayerSpec {
  std::string name;
  std::string class_name;
  std::vector<Shape> output_shapes;
  std::int64_t parameters;
  std::vector<std::string> inputs;  // names of the layers that feed it
};

class Context;

class KERATIN_API Predictor {
 public:
  // Cheap to copy; copies share the weights.
  const std::vector<TensorSpec>& inputs() const;
  const std::vector<TensorSpec>& outputs() const;
  // One per thread: arena, call state. Keeps the predictor's weights alive.
  Context context() const;

 private:
  friend class Model;
  friend class Context;
  struct State;
  std::shared_ptr<State> state_;
};

class KERATIN_API Context {
 public:
  ~Context();
  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;
  // inputs: in the model's order, with its dtypes. outputs: empty, or tensors of the right shapes to be
  // written in place. Throws Error{data_mismatch} naming the input that doesn't fit.
  void run(const std::vector<Tensor>& inputs, std::vector<Tensor>& outputs);
  // Stateful layers begin again; what they carry from run to run is the context's own.
  void reset_states();

 private:
  friend class Predictor;
  struct State;
  explicit Context(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class KERATIN_API Model {
 public:
  Model() = default;
  // Keras' functional API: the model between tensors; layers are shared with what they came from.
  Model(const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs,
        const std::string& name = {});
  Model(const std::vector<SymbolicTensor>& inputs, const SymbolicTensor& output, const std::string& name = {})
      : Model(inputs, std::vector<SymbolicTensor>{output}, name) {}
  Model(const SymbolicTensor& input, const SymbolicTensor& output, const std::string& name = {})
      : Model(std::vector<SymbolicTensor>{input}, std::vector<SymbolicTensor>{output}, name) {}

  // Outputs in order. x: one entry per input by name, or x0 x1 … by position, or x for a single input.
  NamedTensors predict(const NamedTensors& x, const PredictOptions& options = {}) const;
  // For a model of one input and one output.
  Tensor predict(const Tensor& x, const PredictOptions& options = {}) const;
  Predictor predictor() const;

  std::string name() const;
  // Symbolic tensors, to build other models with.
  std::vector<SymbolicTensor> inputs() const;
  std::vector<SymbolicTensor> outputs() const;
  // The arrays that predict takes and gives.
  std::vector<TensorSpec> input_specs() const;
  std::vector<TensorSpec> output_specs() const;
  std::vector<VariableSpec> variables() const;
  std::vector<LayerSpec> layer_specs() const;
  // Layers in the model's order. get_layer throws Error{invalid_argument} when there is none of this name.
  std::vector<Layer> layers() const;
  Layer get_layer(const std::string& name) const;
  Layer get_layer(std::size_t index) const;
  // The model as a layer of another one.
  Layer as_layer() const;
  SymbolicTensor operator()(const SymbolicTensor& input) const { return as_layer()(input); }
  bool trainable() const;
  void set_trainable(bool trainable);  // also of all layers inside
  // Of the layers, at any depth, in whose names the pattern (ECMAScript) is found, and of all inside them.
  // Returns their names. Throws Error{invalid_argument} for a bad pattern.
  std::vector<std::string> set_trainable(const std::string& pattern, bool trainable);
  // The table of layers, shapes and parameter counts, like Keras' summary().
  std::string summary() const;
  // Architecture in Keras 3's dialect, as model.to_json() gives.
  std::string to_json() const;
  // The same object form, and a model with new values from it.
  std::string get_config() const { return to_json(); }
  static Model from_config(const std::string& json, const CustomObjects& custom_objects = {});
  // Copies, in variables()' order, which is that of Keras' weights: without states of random generators.
  // set_weights throws Error{invalid_argument} for a wrong count, shape or dtype.
  std::vector<Tensor> get_weights() const;
  void set_weights(const std::vector<Tensor>& values);
  // The sum of a tensor of this functional model is added to its loss, or the mean of one, over all batches,
  // is a metric of it. Before compile: throw Error{invalid_argument} behind it. Files for Keras 3 have no
  // words for it.
  void add_loss(const SymbolicTensor& tensor);
  void add_metric(const SymbolicTensor& tensor, const std::string& name);
  // ---- training
  // A model of a compiled file is compiled as that was, its optimizer trained as far.
  bool compiled() const;
  // Trainable variables are those of now. Losses and metrics are made when the first targets are seen.
  // Throws Error{unsupported, invalid_argument} for what is unknown or doesn't fit; the model then stays as
  // it was.
  void compile(const CompileOptions& options);
  // A compiled model for the variables that are trainable now. The optimizer's state goes with those that
  // stay.
  void recompile(const RecompileOptions& options = {});
  // All of these throw Error{invalid_argument} for a model that isn't compiled, Error{data_mismatch} for data
  // that doesn't fit, and Error{unsupported, corrupt_file} for what the file was compiled with and can't be
  // restored; the model is then unchanged.
  History fit(const Dataset& data, const FitOptions& options = {});
  Logs evaluate(const Dataset& data, const EvaluateOptions& options = {});
  // One step on one batch, whose arrays are taken whole. The logs are this batch's.
  Logs train_on_batch(const Dataset& batch, const ClassWeight& class_weight = {});
  Logs test_on_batch(const Dataset& batch);
  // fit ends behind this batch: for callbacks.
  void stop_training();
  // Of the optimizer. set_learning_rate throws Error{invalid_argument} where a schedule says it.
  double learning_rate() const;
  void set_learning_rate(double value);
  std::int64_t iterations() const;
  // Its object form as JSON, as it would be saved.
  std::string optimizer_config() const;

  // Variables that the file doesn't hold are refused, unless by_name or skip_mismatch leave them as they are.
  // Throws Error{data_mismatch} when it doesn't fit; then nothing was changed.
  void load_weights(const std::string& path, const WeightOptions& options = {});
  // The file appears whole or not at all. Throws Error{unsupported} naming the layer that the format's
  // family can't express, Error{io}.
  void save(const std::string& path, const SaveOptions& options = {}) const;
  // Throws what save would throw before it writes: to be asked before a long training.
  void check_save(const std::string& path, const SaveOptions& options = {}) const;
  // The weights alone: .weights.h5 by object path, .h5 by position. A model's optimizer goes along into
  // .weights.h5, as in Keras.
  void save_weights(const std::string& path, const SaveOptions& options = {}) const;

  // What the load read and did not restore: one line each.
  const std::vector<std::string>& report() const;

  // The inner side.
  struct State;
  static Model of(std::shared_ptr<State> state);
  State& state() const;

 private:
  std::shared_ptr<State> state_;
};

// Any file or folder that can be read; see docs/support.md. Throws Error{corrupt_file, unsupported,
// data_mismatch, io}.
KERATIN_API Model load_model(const std::string& path, const LoadOptions& options = {});
// An architecture; its variables are initialised.
KERATIN_API Model model_from_json(const std::string& text, const LoadOptions& options = {});

// A chain of layers behind an Input, or behind the input that the first of them brings from its model.
KERATIN_API Model Sequential(const SymbolicTensor& input, const std::vector<Layer>& layers,
                             const std::string& name = {});
KERATIN_API Model Sequential(const std::vector<Layer>& layers, const std::string& name = {});
// Same architecture, own layers, values from the initializers.
KERATIN_API Model clone_model(const Model& model, std::uint64_t seed = 0);

// What `keratin check` tells: everything read, nothing run. Doesn't throw for what is wrong with the file.
struct CheckResult {
  std::string format, writer;          // "" where the file isn't recognised
  std::vector<LayerSpec> layers;       // with names and classes alone when the model can't be made
  std::vector<std::string> problems;   // what isn't restored, and why
  std::vector<std::string> converted;  // what an older file says otherwise than Keras 3 does
  // Why load_model would refuse the file; the last of the problems says it, too.
  std::optional<Error> refusal = {};
};
KERATIN_API CheckResult check_model(const std::string& path, const LoadOptions& options = {});

// The variables that a file holds, values included.
struct StoredVariables {
  std::vector<VariableSpec> variables;  // a model's in Keras' order, bare weights in their file's
  std::vector<Tensor> values;
  std::vector<VariableSpec> optimizer_variables;  // by their keys in the file
  std::vector<Tensor> optimizer_values;
};
KERATIN_API StoredVariables read_variables(const std::string& path, const LoadOptions& options = {});

}  // namespace v1
}  // namespace keratin
