// Saving: which format and whose dialect a path and the options mean, and the document that goes there.
#include "runtime/keras/save.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "runtime/api/custom_state.h"
#include "runtime/api/training.h"
#include "runtime/core/error.h"

namespace keratin {
inline namespace v1 {
namespace {

using serialization::WeightsLayout;

struct SavedFormat {
  const char* name;    // as options and the command line call it
  const char* writer;  // the row of serialization
  WeightsLayout layout;
  bool config;
};
constexpr std::array<SavedFormat, 5> formats = {{{"keras", ".keras", WeightsLayout::v3, true},
                                                 {"h5", "h5", WeightsLayout::legacy, true},
                                                 {"json", "json", WeightsLayout::none, true},
                                                 {"weights.h5", "h5", WeightsLayout::v3, false},
                                                 {"h5-weights", "h5", WeightsLayout::legacy, false}}};

struct Later {
  const char* name;
  const char* what;
};
constexpr Later later[] = {
    {"savedmodel", "a SavedModel"}, {"checkpoint", "a TensorFlow checkpoint"}, {"plan", "a plan"}};

const SavedFormat& format_named(const std::string& name, const std::string& path) {
  for (const SavedFormat& format : formats)
    if (name == format.name) return format;
  for (const Later& format : later)
    check(name != format.name, ErrorCode::unsupported, path, ": ", format.what,
          " isn't written yet; save as .keras, .h5, .weights.h5 or .json");
  fail(ErrorCode::invalid_argument, "format \"", name,
       "\" is unknown; expected keras, h5, json, weights.h5 or h5-weights");
}

std::string format_of(const std::string& path, bool weights) {
  if (path.ends_with(".weights.h5")) return "weights.h5";
  if (path.ends_with(".h5") || path.ends_with(".hdf5")) return weights ? "h5-weights" : "h5";
  if (path.ends_with(".keras") && !weights) return "keras";
  if (path.ends_with(".json") && !weights) return "json";
  const std::size_t slash = path.rfind('/');
  const std::string base = slash == std::string::npos ? path : path.substr(slash + 1);
  if (base.find('.') == std::string::npos) return weights ? "checkpoint" : "savedmodel";
  fail(ErrorCode::unsupported, path, ": the name doesn't tell a format; expected ",
       weights ? ".weights.h5 or .h5" : ".keras, .h5, .hdf5, .weights.h5 or .json", ", or name the format");
}

keras::Family family_of(Model::State& s, const std::string& flavour) {
  if (flavour == "keras3") return keras::Family::keras_3;
  if (flavour == "tf_keras") return keras::Family::tf_keras;
  check(flavour != "serving", ErrorCode::unsupported,
        "flavour \"serving\" is one of SavedModels, which aren't written yet");
  check(flavour.empty(), ErrorCode::invalid_argument, "flavour \"", flavour,
        "\" is unknown; expected keras3 or tf_keras");
  return s.model().generation < 3 ? keras::Family::tf_keras : keras::Family::keras_3;
}

// .keras files tell where classes are from; h5 files don't.
void name_modules(serialization::Json& value, const char* module) {
  if (value.is_array())
    for (serialization::Json& item : value.as_array()) name_modules(item, module);
  if (!value.is_object()) return;
  if (!value.find("class_name")) {
    for (auto& [key, item] : value.as_object()) name_modules(item, module);
  } else if (!value.find("module")) {
    serialization::Json named;
    named["module"] = module;
    for (auto& [key, item] : value.as_object()) named[key] = std::move(item);
    if (!named.find("registered_name")) named["registered_name"] = nullptr;
    value = std::move(named);
  }
}

struct Alias {
  const char* name;
  const char* full;
};
// Keras 3 doesn't find these in its own h5 files.
constexpr Alias aliases[] = {{"mse", "mean_squared_error"},
                             {"mae", "mean_absolute_error"},
                             {"mape", "mean_absolute_percentage_error"},
                             {"msle", "mean_squared_logarithmic_error"},
                             {"kld", "kl_divergence"}};

void write_in_full(serialization::Json& value) {
  if (value.is_array())
    for (serialization::Json& item : value.as_array()) write_in_full(item);
  if (value.is_object() && !value.find("class_name"))
    for (auto& [key, item] : value.as_object()) write_in_full(item);
  if (!value.is_string()) return;
  for (const Alias& alias : aliases)
    if (value.as_string() == alias.name) {
      value = alias.full;
      return;
    }
}

// Losses and metrics as this kind of file spells them.
void spell_compiled(serialization::ModelDocument& document) {
  for (const char* key : {"loss", "metrics", "weighted_metrics"}) {
    serialization::Json* found = document.training_config.find(key);
    if (!found) continue;
    if (document.layout == WeightsLayout::v3)
      name_modules(*found, key == std::string_view("loss") ? "keras.losses" : "keras.metrics");
    else if (key == std::string_view("loss"))
      write_in_full(*found);
  }
}

serialization::ModelDocument document_of(Model::State& s, const SavedFormat& format,
                                         const SaveOptions& options) {
  const keras::SaveForm form{family_of(s, options.flavour), format.layout, format.config};
  s.checks->finish();
  serialization::ModelDocument document;
  {
    const CustomScope scope(s.custom_objects);
    std::lock_guard lock(s.home->mutex);
    document = keras::make_document(s.model(), form);
  }
  const bool trained =
      format.layout != WeightsLayout::none && (format.config || format.layout == WeightsLayout::v3);
  if (options.optimizer && trained) store_training(s, document);
  spell_compiled(document);
  if (!format.config) document.training_config = {};
  return document;
}

void save_as(Model::State& s, const std::string& path, const std::string& name, const SaveOptions& options) {
  const SavedFormat& format = format_named(name, path);
  serialization::write_document(document_of(s, format, options), path, format.writer);
}

}  // namespace

void Model::save(const std::string& path, const SaveOptions& options) const {
  State& s = state();
  const Reading reading(s.home);
  save_as(s, path, options.format.empty() ? format_of(path, false) : options.format, options);
}

void Model::check_save(const std::string& path, const SaveOptions& options) const {
  State& s = state();
  const Reading reading(s.home);
  document_of(s, format_named(options.format.empty() ? format_of(path, false) : options.format, path),
              options);
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (access(folder.c_str(), W_OK) != 0)
    fail(ErrorCode::io, path, ": folder ", folder, ": ", std::strerror(errno));
}

void Model::save_weights(const std::string& path, const SaveOptions& options) const {
  State& s = state();
  const Reading reading(s.home);
  const std::string name = options.format.empty() ? format_of(path, true) : options.format;
  check(name != "keras" && name != "h5" && name != "json", ErrorCode::invalid_argument, path, ": format \"",
        name, "\" isn't one of weights; expected weights.h5 or h5-weights");
  save_as(s, path, name, options);
}

}  // namespace v1
}  // namespace keratin
