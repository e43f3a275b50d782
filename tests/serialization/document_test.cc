#include "serialization/document.h"

#include <gtest/gtest.h>

#include <cstring>

#include "serialization/zip/zip.h"
#include "tests/serialization/expect_error.h"
#include "tests/serialization/temporary_folder.h"

namespace keratin::serialization {
namespace {

using testing::TemporaryFolder;

const std::string goldens = std::string(KERATIN_TEST_DATA) + "/golden/formats/";

struct Golden {
  std::string file, writer, format;
};

std::vector<Golden> golden_files() {
  const std::string path = goldens + "manifest.json";
  const Json manifest = parse_json(read_text(*open_file(path)), path);
  std::vector<Golden> rows;
  for (const Json& row : manifest.at("files").as_array())
    rows.push_back({row.at("file").as_string(), row.at("writer").as_string(), row.at("format").as_string()});
  return rows;
}

std::string bytes_of(const std::string& path, const TensorEntry& entry) {
  const Tensor tensor = read_tensor(path, entry);
  return {static_cast<const char*>(tensor.raw()), tensor.bytes()};
}

std::map<std::string, std::string> values_of(const ModelDocument& document) {
  std::map<std::string, std::string> values;
  for (const auto& [path, entry] : document.weights.tensors) values[path] = bytes_of(path, entry);
  for (const auto& check : document.checks) check();
  return values;
}

class GoldenFile : public ::testing::TestWithParam<Golden> {};

TEST_P(GoldenFile, IsReadWhole) {
  const Golden& golden = GetParam();
  const std::map<std::string, std::string> names = {{"keras", ".keras"},
                                                    {"folder", ".keras folder"},
                                                    {"h5", "h5"},
                                                    {"h5-weights", "h5 weights"},
                                                    {"weights.h5", ".weights.h5"},
                                                    {"weights.json", ".weights.json"},
                                                    {"json", "json"}};
  if (golden.format == "savedmodel") {
    EXPECT_ERROR(read_document(goldens + golden.file), ErrorCode::unsupported, "SavedModel");
    return;
  }
  const ModelDocument document = read_document(goldens + golden.file);
  EXPECT_EQ(document.format, names.at(golden.format));
  EXPECT_EQ(document.file, goldens + golden.file);
  const bool bare = golden.format.find("weights") != std::string::npos;
  EXPECT_EQ(document.config.is_null(), bare);
  if (golden.format == "json") {
    EXPECT_EQ(document.layout, WeightsLayout::none);
    return;
  }
  const bool positional = golden.format.starts_with("h5");
  EXPECT_EQ(document.layout, positional ? WeightsLayout::legacy : WeightsLayout::v3);
  EXPECT_EQ(document.weights_root, golden.format == "h5" ? "/model_weights" : "");
  const auto values = values_of(document);
  EXPECT_EQ(values.empty(), golden.file.starts_with("op_ellipsis"));  // it has no layer with weights
  EXPECT_TRUE(document.weights.refused.empty())
      << document.weights.refused.begin()->first << ": " << document.weights.refused.begin()->second;
  for (const auto& [path, value] : values) EXPECT_FALSE(value.empty()) << path;
  const std::string family = golden.writer.substr(0, golden.writer.find(' '));
  const bool knows = golden.format == "keras" || golden.format == "folder" || golden.format == "h5";
  if (knows && (family == "keras" || family == "tf_keras")) {
    EXPECT_EQ(document.writer, family);
    EXPECT_EQ(document.writer_version, golden.writer.substr(family.size() + 1));
  }
}

TEST_P(GoldenFile, IsRefusedWhenCutShort) {
  const Golden& golden = GetParam();
  if (golden.format == "savedmodel" || golden.format == "folder" || golden.format == "weights.json") return;
  TemporaryFolder folder;
  const std::string whole = TemporaryFolder::read(goldens + golden.file);
  for (const double part : {0.0, 0.001, 0.1, 0.5, 0.9, 0.999}) {
    const std::string cut =
        whole.substr(0, static_cast<std::size_t>(part * static_cast<double>(whole.size())));
    const std::string path = folder.write("cut", cut);
    try {
      values_of(read_document(path));
      ADD_FAILURE() << golden.file << " cut to " << cut.size() << " of " << whole.size() << " bytes was read";
    } catch (const Error& e) {
      EXPECT_EQ(static_cast<int>(e.code()), static_cast<int>(ErrorCode::corrupt_file)) << e.what();
      EXPECT_EQ(std::string(e.what()).find(path), 0u) << e.what();
    }
  }
}

TEST_P(GoldenFile, IsWrittenAsItWasRead) {
  const Golden& golden = GetParam();
  if (golden.format == "savedmodel") return;
  const ModelDocument document = read_document(goldens + golden.file);
  const char* format = golden.format == "keras" || golden.format == "folder" ? ".keras"
                       : golden.format == "json"                             ? "json"
                                                                             : "h5";
  TemporaryFolder folder;
  write_document(document, folder / "a", format);
  write_document(document, folder / "b", format);
  EXPECT_EQ(TemporaryFolder::read(folder / "a"), TemporaryFolder::read(folder / "b"));
  const ModelDocument again = read_document(folder / "a");
  EXPECT_EQ(again.config, document.config);
  EXPECT_EQ(again.training_config, document.training_config);
  EXPECT_EQ(again.layout, document.layout);
  EXPECT_EQ(again.weights_root, document.weights_root);
  EXPECT_EQ(again.writer_version, document.writer_version);
  EXPECT_EQ(again.date_saved, document.date_saved);
  EXPECT_EQ(values_of(again), values_of(document));
  for (const auto& [path, lists] : document.weights.names)
    EXPECT_EQ(again.weights.names.at(path), lists) << path;
  for (const auto& [path, texts] : document.weights.text)
    if (path != "/") {
      EXPECT_EQ(again.weights.text.at(path), texts) << path;
    }
  for (const auto& [path, entry] : again.weights.tensors)
    if (!entry.decode && entry.bytes > 0) {
      EXPECT_EQ(entry.offset % 64, 0u) << path;
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, GoldenFile, ::testing::ValuesIn(golden_files()), [](const auto& row) {
  std::string name = row.param.file;  // a dot and an underscore must not give the same
  for (std::size_t dot; (dot = name.find('.')) != std::string::npos;) name.replace(dot, 1, "_dot_");
  return name;
});

TEST(Document, WritersRefuseWhatTheyCantHold) {
  TemporaryFolder folder;
  const ModelDocument keras = read_document(goldens + "mlp.keras"), h5 = read_document(goldens + "mlp.h5");
  EXPECT_ERROR(write_document(keras, folder / "a", "h5"), ErrorCode::invalid_argument, "by position");
  EXPECT_ERROR(write_document(h5, folder / "a", ".keras"), ErrorCode::invalid_argument, "by object path");
  EXPECT_ERROR(write_document(h5, folder / "a", "SavedModel"), ErrorCode::unsupported, "is not written");
  EXPECT_ERROR(write_document({}, folder / "a", "json"), ErrorCode::invalid_argument, "needs a config");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Document, TheContainerDoesNotMatter) {
  const auto zipped = values_of(read_document(goldens + "mlp.keras"));
  EXPECT_EQ(zipped, values_of(read_document(goldens + "mlp_folder")));
  const ModelDocument document = read_document(goldens + "mlp.keras");
  EXPECT_TRUE(document.config.find("module"));
  EXPECT_FALSE(document.config.find("compile_config"));
  EXPECT_FALSE(document.date_saved.empty());
}

TEST(Document, WeightsInShardsAreWeights) {
  EXPECT_EQ(values_of(read_document(goldens + "mlp.weights.json")),
            values_of(read_document(goldens + "mlp.weights.h5")));
}

TEST(Document, DeflatedMembersHoldTheSame) {
  const ModelDocument document = read_document(goldens + "mlp_deflated.keras");
  EXPECT_EQ(values_of(document), values_of(read_document(goldens + "mlp_tf_keras.keras")));
}

TEST(Document, OldPathsBecomeThoseOfToday) {  // backslashes, 2.13's numbers and container
  const ModelDocument document = read_document(goldens + "tf_keras_2_13_windows.keras");
  EXPECT_EQ(values_of(document), values_of(read_document(goldens + "mlp_tf_keras.keras")));
  EXPECT_FALSE(document.notes.empty());
}

TEST(Document, NamesOfFilesSayNothing) {
  TemporaryFolder folder;
  const std::string h5 = TemporaryFolder::read(goldens + "mlp.h5");
  EXPECT_EQ(read_document(folder.write("model.keras", h5)).format, "h5");
  EXPECT_EQ(read_document(folder.write("model.bin", TemporaryFolder::read(goldens + "mlp.keras"))).format,
            ".keras");
}

// A .keras file of chosen members, taken from a good one where the text is null.
std::string keras_file(const TemporaryFolder& folder,
                       const std::vector<std::pair<std::string, const char*>>& members) {
  const ZipArchive good(open_file(goldens + "mlp.keras"));
  MemorySink sink;
  ZipWriter writer(sink);
  for (const auto& [name, text] : members)
    writer.add(name, text ? std::string_view(text) : std::string_view(good.text(*good.find(name))));
  writer.finish();
  const auto bytes = sink.take();
  return folder.write("m.keras", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

TEST(Document, AKerasFileIsComplete) {
  TemporaryFolder folder;
  const std::pair<std::string, const char*> config = {"config.json", nullptr},
                                            metadata = {"metadata.json", nullptr},
                                            weights = {"model.weights.h5", nullptr};
  EXPECT_EQ(read_document(keras_file(folder, {metadata, config, weights})).notes.size(), 0u);
  EXPECT_EQ(read_document(keras_file(folder, {config, weights})).notes.size(),
            1u);  // metadata is informative only
  const auto refuse = [&](std::vector<std::pair<std::string, const char*>> members, ErrorCode code,
                          const char* text) {
    EXPECT_ERROR(read_document(keras_file(folder, members)), code, text);
  };
  const ModelDocument bare = read_document(keras_file(folder, {metadata, config}));
  EXPECT_EQ(bare.layout, WeightsLayout::v3);  // and not an architecture alone
  EXPECT_ERROR(bare.checks.at(0)(), ErrorCode::corrupt_file, "model.weights.h5 is missing");
  refuse({metadata, config, {"model.weights.npz", "PK"}}, ErrorCode::unsupported, "pickled Python objects");
  refuse({metadata, weights}, ErrorCode::corrupt_file, "without config.json");
  refuse({{"m/config.json", "{}"}, weights}, ErrorCode::unsupported, "unzip it");
  refuse({{"a.npy", "x"}, {"b.npy", "x"}}, ErrorCode::unsupported, "arrays of numpy");
  refuse({{"archive/data.pkl", "x"}}, ErrorCode::unsupported, "PyTorch");
  refuse({metadata, {"config.json", "{}"}, weights}, ErrorCode::corrupt_file, "no \"class_name\"");
  refuse({metadata, {"config.json", "[1, 2"}, weights}, ErrorCode::corrupt_file,
         "m.keras:config.json: JSON at byte 5");
  refuse({metadata, {"config.json", "{\"class_name\": 3, \"config\": {}}"}, weights}, ErrorCode::corrupt_file,
         "found 3, expected a string");
  refuse({{"metadata.json", "{\"keras_version\": 3}"}, config, weights}, ErrorCode::corrupt_file,
         "metadata.json");
  refuse({metadata, config, {"model.weights.h5", "no hdf5"}}, ErrorCode::corrupt_file,
         "m.keras:model.weights.h5");
  const std::string path =
      keras_file(folder, {metadata, config, weights, {"assets/layers/x/vocabulary.txt", "[UNK]\nthe"}});
  EXPECT_EQ(read_text(*read_document(path).assets.at("layers/x/vocabulary.txt")), "[UNK]\nthe");
}

TEST(Document, ChecksumsAreThereToBeRun) {
  TemporaryFolder folder;
  std::string bytes = TemporaryFolder::read(goldens + "mlp.keras");
  const ModelDocument good = read_document(goldens + "mlp.keras");
  ASSERT_EQ(good.checks.size(), 1u);
  const TensorEntry& entry = good.weights.tensors.begin()->second;
  const std::string value = bytes_of("w", entry);
  bytes[bytes.find(value)] ^= 1;
  const ModelDocument bad = read_document(folder.write("m.keras", bytes));
  EXPECT_ERROR(bad.checks.at(0)(), ErrorCode::corrupt_file, "m.keras:model.weights.h5: its CRC-32 is ");
}

TEST(Document, FoldersAreReadWithoutLeavingThem) {
  TemporaryFolder folder;
  std::filesystem::copy(goldens + "mlp_folder", folder / "m", std::filesystem::copy_options::recursive);
  folder.write("m/assets/layers/x/vocabulary.txt", "a\nb");
  folder.write("secret", "s");
  std::filesystem::create_symlink("../../secret", folder / "m/assets/link");
  const ModelDocument document = read_document(folder / "m");
  EXPECT_EQ(document.assets.size(), 1u);
  EXPECT_EQ(read_text(*document.assets.at("layers/x/vocabulary.txt")), "a\nb");
  std::filesystem::rename(folder / "m/model.weights.h5", folder / "w");
  EXPECT_ERROR(read_document(folder / "m").checks.at(0)(), ErrorCode::corrupt_file,
               "model.weights.h5 is missing");
  std::filesystem::create_symlink("../w", folder / "m/model.weights.h5");
  EXPECT_ERROR(read_document(folder / "m"), ErrorCode::corrupt_file, "symbolic link");
}

TEST(Document, ShardsStandBesideTheirIndex) {
  TemporaryFolder folder;
  const auto refuse = [&](const std::string& map, const char* text) {
    const std::string path =
        folder.write("m.weights.json", "{\"metadata\": {}, \"weight_map\": " + map + "}");
    EXPECT_ERROR(read_document(path), ErrorCode::corrupt_file, text);
  };
  folder.write("m_00000.weights.h5", TemporaryFolder::read(goldens + "mlp.weights.h5"));
  refuse("{\"/layers/dense/vars\": [\"../m_00000.weights.h5\"]}", "leads out of the folder");
  refuse("{\"/layers/dense/vars\": \"/etc/passwd\"}", "leads out of the folder");
  refuse("{\"/layers/dense/vars\": [\"m_00001.weights.h5\"]}", "not there");
  refuse("{\"/layers/none/vars\": [\"m_00000.weights.h5\"]}", "stands in none of the files");
  refuse("{\"/layers/dense/vars\": [3]}", "expected a string");
  refuse("{}", "names no file");
  const std::string path =
      folder.write("m.weights.json",
                   "{\"metadata\": {}, \"weight_map\": {\"/layers/dense/vars\": \"m_00000.weights.h5\"}}");
  const ModelDocument document = read_document(path);
  EXPECT_EQ(document.weights.tensors.size(), 2u);
  EXPECT_EQ(document.notes.size(), 1u);
  folder.write("m_00001.weights.h5", TemporaryFolder::read(goldens + "mlp.weights.h5"));
  refuse("{\"/layers/dense/vars\": [\"m_00000.weights.h5\", \"m_00001.weights.h5\"]}", "another shard holds");
}

TEST(Document, ArchitecturesComeInManyWrappings) {
  TemporaryFolder folder;
  const std::string text = TemporaryFolder::read(goldens + "mlp_tf_keras.json");
  const ModelDocument plain = read_document(goldens + "mlp_tf_keras.json");
  EXPECT_EQ(plain.writer, "tf_keras");
  EXPECT_EQ(plain.backend, "tensorflow");
  const ModelDocument quoted = read_document(folder.write("a.json", print_json(text)));
  EXPECT_EQ(quoted.config, plain.config);
  EXPECT_EQ(quoted.notes.size(), 1u);
  const ModelDocument spaced = read_document(folder.write("a.json", "\xef\xbb\xbf\n " + text));
  EXPECT_EQ(spaced.config, plain.config);
  const ModelDocument bare = read_document(folder.write("a.json", print_json(plain.config.at("config"))));
  EXPECT_EQ(bare.config.at("config"), plain.config.at("config"));
  EXPECT_EQ(bare.config.at("class_name"), plain.config.at("class_name"));
  const ModelDocument list =
      read_document(folder.write("a.json", R"([{"class_name": "Dense", "config": {}}])"));
  EXPECT_EQ(list.config.at("class_name").as_string(), "Sequential");
  EXPECT_ERROR(read_document(folder.write("a.json", "{\"a\": 1}")), ErrorCode::corrupt_file,
               "no model of Keras");
  EXPECT_ERROR(read_document(folder.write("a.json", "[]")), ErrorCode::corrupt_file, "no model of Keras");
  EXPECT_ERROR(read_document(folder.write("a.json", "\"{}")), ErrorCode::corrupt_file, "truncated");
  EXPECT_ERROR(read_document(folder.write("a.json", "{\"modelTopology\": {}}")), ErrorCode::unsupported,
               "TensorFlow.js");
}

TEST(Document, OtherFilesAreRefusedByName) {
  TemporaryFolder folder;
  using namespace std::string_literals;
  const std::pair<std::string, const char*> unsupported[] = {
      {"\x1c\0\0\0TFL3"s, "TensorFlow Lite"},
      {"\x80\x04\x95"s, "pickled"},
      {"version https://git-lfs.github.com/spec/v1\n"s, "git lfs pull"},
      {"backend: tensorflow\nclass_name: Sequential\n"s, "YAML"},
      {"\x1f\x8b\x08"s, "gzip"},
      {"<!DOCTYPE html>"s, "web page"},
      {std::string(100, 'x') + "\x57\xfb\x80\x8b\x24\x75\x47\xdb"s, "TensorFlow checkpoint"}};
  for (const auto& [content, message] : unsupported)
    EXPECT_ERROR(read_document(folder.write("f", content)), ErrorCode::unsupported, message);
  EXPECT_ERROR(read_document(folder.write("f", "")), ErrorCode::corrupt_file, "the file is empty");
  EXPECT_ERROR(read_document(folder.write("f", "hello\x01")), ErrorCode::corrupt_file,
               "starts with \"hello\\x01\"");
  EXPECT_ERROR(read_document(folder / "none"), ErrorCode::io, "No such file");
  folder.write("ckpt-1.index", "x");
  EXPECT_ERROR(read_document(folder / "ckpt-1"), ErrorCode::unsupported, "TensorFlow checkpoint");
  folder.write("step/3/pytree/x", "x");
  EXPECT_ERROR(read_document(folder / "step"), ErrorCode::unsupported, "Orbax");
  folder.write("other/x", "x");
  EXPECT_ERROR(read_document(folder / "other"), ErrorCode::corrupt_file, "it holds x");
}

}  // namespace
}  // namespace keratin::serialization
