// Every format in both families' words: what is written is read back, computes the same, and is written again
// with the same bytes; what a family has no words for is refused, and nothing is written.
#include <gtest/gtest.h>

#include <filesystem>

#include "../serialization/expect_error.h"
#include "../serialization/temporary_folder.h"
#include "keratin/keratin.h"
#include "serialization/document.h"
#include "serialization/hdf5/hdf5.h"

namespace keratin::tests {
namespace {

using keratin::testing::TemporaryFolder;
using serialization::Json;

const std::string golden = KERATIN_TEST_DATA "/golden/formats/";

struct Written {
  const char* format;
  const char* file;
};
constexpr Written whole[] = {{"keras", "m.keras"}, {"h5", "m.h5"}};
constexpr Written bare[] = {{"weights.h5", "m.weights.h5"}, {"h5-weights", "w.h5"}};

void expect_equal(const NamedTensors& found, const NamedTensors& wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    ASSERT_EQ(found[i].second.shape(), wanted[i].second.shape());
    ASSERT_EQ(found[i].second.dtype(), wanted[i].second.dtype());
    const Tensor a = cast(found[i].second, DType::float64), b = cast(wanted[i].second, DType::float64);
    for (std::size_t k = 0; k < a.elements(); ++k)
      ASSERT_NEAR(a.data<double>()[k], b.data<double>()[k], 1e-6) << "output " << i << ", element " << k;
  }
}

struct Source {
  const char* file;
  const char* inputs;
};
constexpr Source sources[] = {{"cnn.keras", "cnn.in.npz"},
                              {"cnn_tf_keras.h5", "cnn_tf_keras.in.npz"},
                              {"nested_shared.keras", "nested_shared.in.npz"},
                              {"nested_shared_tf_keras.h5", "nested_shared_tf_keras.in.npz"},
                              {"bidirectional.keras", "bidirectional.in.npz"},
                              {"bidirectional_tf_keras.keras", "bidirectional_tf_keras.in.npz"},
                              {"attention_tf_keras.h5", "attention_tf_keras.in.npz"},
                              {"dict_io.keras", "dict_io.in.npz"},
                              {"two_by_two_tf_keras.h5", "two_by_two_tf_keras.in.npz"},
                              {"keras_2_1_recurrent.h5", "keras_2_1_recurrent.in.npz"},
                              {"keras_1_2_cnn.h5", "keras_1_2_cnn.in.npz"},
                              {"trained.keras", "trained.in.npz"},
                              {"trained_tf_keras.h5", "trained_tf_keras.in.npz"}};

class Formats : public ::testing::TestWithParam<Source> {};

TEST_P(Formats, ReadBackAndWrittenAgain) {
  const TemporaryFolder folder;
  const Model model = load_model(golden + GetParam().file);
  const NamedTensors x = read_npz(golden + GetParam().inputs), y = model.predict(x);
  for (const char* flavour : {"keras3", "tf_keras"}) {
    SCOPED_TRACE(flavour);
    for (const Written& row : whole) {
      SCOPED_TRACE(row.format);
      const std::string path = folder / row.file, again = folder / (std::string("again_") + row.file);
      model.save(path, {.flavour = flavour});
      const Model back = load_model(path);
      expect_equal(back.predict(x), y);
      EXPECT_EQ(back.compiled(), model.compiled());
      back.save(again);                                  // stays in its family
      if (row.format == std::string("keras")) continue;  // it has the time in it
      EXPECT_EQ(TemporaryFolder::read(path), TemporaryFolder::read(again));
    }
    const std::string json = folder / "m.json";
    model.save(json, {.flavour = flavour});
    for (const Written& row : bare) {
      SCOPED_TRACE(row.format);
      const std::string path = folder / row.file;
      model.save_weights(path, {.format = row.format, .flavour = flavour});
      expect_equal(load_model(json, {.weights = path}).predict(x), y);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Goldens, Formats, ::testing::ValuesIn(sources), [](const auto& info) {
  std::string name = info.param.file;
  for (char& c : name)
    if (c == '.') c = '_';
  return name;
});

TEST(Save, StaysInTheFamilyOfTheFile) {
  const TemporaryFolder folder;
  for (const auto& [file, writer] :
       {std::pair{"mlp.keras", "keras"}, std::pair{"mlp_tf_keras.h5", "tf.keras"},
        std::pair{"keras_1_2_cnn.h5", "tf.keras"}})
    for (const Written& row : whole) {
      const std::string path = folder / row.file;
      load_model(golden + file).save(path);
      EXPECT_EQ(serialization::read_document(path).writer, writer) << file << " as " << row.format;
    }
}

TEST(Save, ValuesAreAlignedAndInOrderOfUse) {
  const TemporaryFolder folder;
  const Model model = load_model(golden + "cnn.keras");
  for (const auto& [format, file] : {whole[0], whole[1], bare[0], bare[1]}) {
    const std::string path = folder / file;
    model.save(path, {.format = format});
    const serialization::ModelDocument document = serialization::read_document(path);
    std::vector<std::pair<std::uint64_t, Shape>> places;
    for (const auto& [name, entry] : document.weights.tensors) {
      if (name.find("optimizer") != std::string::npos) continue;
      EXPECT_EQ(entry.offset % 64, 0u) << format << " " << name;
      places.emplace_back(entry.offset, entry.shape);
    }
    std::sort(places.begin(), places.end());
    std::vector<Shape> found, wanted;
    for (const auto& [offset, shape] : places) found.push_back(shape);
    // By layers; inside one Keras lists trainable variables first.
    for (const VariableSpec& variable : model.variables()) wanted.push_back(variable.shape);
    ASSERT_EQ(found.size(), wanted.size());
    EXPECT_EQ(found.front(), wanted.front()) << format;
    EXPECT_TRUE(std::is_permutation(found.begin(), found.end(), wanted.begin())) << format;
  }
}

// Frozen layers of a nested model go behind those that are trained; only the file's config tells.
TEST(Save, FreezingChangesTheOrderInH5) {
  const TemporaryFolder folder;
  const char* text = R"({"class_name": "Sequential", "config": {"name": "outer", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 3]}},
    {"class_name": "Sequential", "config": {"name": "inner", "layers": [
      {"class_name": "InputLayer", "config": {"name": "y", "batch_shape": [null, 3]}},
      {"class_name": "Dense", "config": {"name": "first", "units": 3, "trainable": false}},
      {"class_name": "BatchNormalization", "config": {"name": "norm"}},
      {"class_name": "Dense", "config": {"name": "last", "units": 3}}]}}]}})";
  const Model model = model_from_json(text);
  for (const char* flavour : {"keras3", "tf_keras"}) {
    model.save(folder / "m.h5", {.flavour = flavour});
    const serialization::ModelDocument document = serialization::read_document(folder / "m.h5");
    const std::vector<std::string>& names =
        document.weights.names.at("/model_weights/inner").at("weight_names");
    ASSERT_EQ(names.size(), 8u);
    const char* const wanted[] = {"norm/gamma",   "norm/beta",  "last/kernel",      "last/bias",
                                  "first/kernel", "first/bias", "norm/moving_mean", "norm/moving_variance"};
    for (std::size_t i = 0; i < names.size(); ++i)
      EXPECT_NE(names[i].find(wanted[i]), std::string::npos) << names[i] << ", expected " << wanted[i];
    const Tensor x = Tensor::of<float>({1, 3}, {1, 2, 3});
    expect_equal({{"y", load_model(folder / "m.h5").predict(x)}}, {{"y", model.predict(x)}});
  }
}

TEST(Save, WithoutOptimizer) {
  const TemporaryFolder folder;
  const Model model = load_model(golden + "trained.keras");
  ASSERT_TRUE(model.compiled());
  for (const Written& row : whole) {
    const std::string path = folder / row.file;
    model.save(path, {.flavour = {}, .optimizer = false});
    EXPECT_FALSE(load_model(path).compiled());
    for (const auto& entry : serialization::read_document(path).weights.tensors)
      EXPECT_EQ(entry.first.find("optimizer"), std::string::npos) << entry.first;
    model.save(path);
    EXPECT_TRUE(load_model(path).compiled());
  }
}

std::string sequential(const std::string& layer) {
  return R"({"class_name": "Sequential", "config": {"name": "s", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4]}}, )" +
         layer + "]}}";
}

TEST(Save, RefusesWhatTheFamilyHasNoWordsFor) {
  const TemporaryFolder folder;
  struct Row {
    const char* layer;
    const char* says;
  };
  for (const Row& row :
       {Row{R"({"class_name": "RMSNormalization", "config": {"name": "rms"}})", "RMSNormalization \"rms\""},
        Row{R"({"class_name": "LayerNormalization", "config": {"name": "n", "rms_scaling": true}})",
            "tf_keras has no \"rms_scaling\""},
        Row{R"({"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 2,
            "activation": "hard_sigmoid"}, "registered_name": null})",
            "hard_sigmoid"},
        Row{R"({"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "relu6"}})",
            "Dense \"d\": tf_keras has no activation \"relu6\""},
        Row{R"({"class_name": "Dense", "config": {"name": "d", "units": 2, "lora_rank": 2}})",
            "lora_rank"}}) {
    const Model model = model_from_json(sequential(row.layer));
    for (const Written& target : whole) {
      EXPECT_ERROR(model.save(folder / target.file, {.flavour = "tf_keras"}), ErrorCode::unsupported,
                   row.says);
      EXPECT_FALSE(std::filesystem::exists(folder / target.file));
      model.save(folder / target.file);
      std::filesystem::remove(folder / target.file);
    }
  }
  const Model masked = load_model(golden + "op_nodes.keras");
  EXPECT_ERROR(masked.save(folder / "m.h5"), ErrorCode::unsupported, "Keras 3 doesn't read from h5 files");
  EXPECT_ERROR(masked.save(folder / "m.h5", {.flavour = "tf_keras"}), ErrorCode::unsupported,
               "tf_keras has no operation");
  EXPECT_FALSE(std::filesystem::exists(folder / "m.h5"));
}

TEST(Save, UnknownFormatsAndFlavours) {
  const TemporaryFolder folder;
  const Model model = load_model(golden + "mlp.keras");
  const std::string path = folder / "m.keras";
  EXPECT_ERROR(model.save(path, {.format = "onnx"}), ErrorCode::invalid_argument, "\"onnx\" is unknown");
  EXPECT_ERROR(model.save(path, {.flavour = "keras4"}), ErrorCode::invalid_argument, "keras4");
  EXPECT_ERROR(model.save(folder / "m"), ErrorCode::unsupported, "a SavedModel isn't written yet");
  EXPECT_ERROR(model.save_weights(folder / "m"), ErrorCode::unsupported, "checkpoint isn't written yet");
  EXPECT_ERROR(model.save(folder / "m.txt"), ErrorCode::unsupported, "doesn't tell a format");
  EXPECT_ERROR(model.save_weights(path), ErrorCode::unsupported, "doesn't tell a format");
  EXPECT_ERROR(model.save_weights(path, {.format = "keras"}), ErrorCode::invalid_argument,
               "isn't one of weights");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace keratin::tests
