// Every damaged file of the manifest: an error of the right kind, in time, or, where the manifest allows
// "any", a model whose every tensor reads or is refused.
#include <gtest/gtest.h>

#include <chrono>

#include "serialization/document.h"
#include "serialization/npy.h"
#include "serialization/zip/zip.h"

namespace keratin::serialization {
namespace {

const std::string data_folder = KERATIN_TEST_DATA;

std::vector<std::byte> vector_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string from_hex(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return out;
}

std::string apply(std::string bytes, const Json& edits);

// Packs an archive anew; what is null as the new content is dropped, what was not there is added.
std::string repack(const std::string& bytes, const std::string& name, const Json* edits) {
  const ZipArchive old(memory_source("base", vector_of(bytes)));
  MemorySink sink;
  ZipWriter writer(sink);
  for (const ZipMember& member : old.members()) {
    const std::string content = read_text(*old.open(member));
    if (member.name != name)
      writer.add(member.name, std::string_view(content));
    else if (edits)
      writer.add(name, std::string_view(apply(content, *edits)));
  }
  if (edits && !old.find(name)) writer.add(name, std::string_view(apply("", *edits)));
  writer.finish();
  const auto packed = sink.take();
  return {reinterpret_cast<const char*>(packed.data()), packed.size()};
}

void replace_all(std::string& bytes, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = bytes.find(from, at)) != std::string::npos; at += to.size())
    bytes.replace(at, from.size(), to);
}

std::string apply(std::string bytes, const Json& edits) {
  for (const Json& edit : edits.as_array()) {
    const auto times = [&] { return static_cast<std::size_t>(edit.at("times").as_integer()); };
    if (const Json* size = edit.find("cut")) {
      bytes.resize(static_cast<std::size_t>(size->as_integer()));
    } else if (const Json* set = edit.find("set")) {
      const std::string value = from_hex(set->as_array().at(1).as_string());
      bytes.replace(static_cast<std::size_t>(set->as_array().at(0).as_integer()), value.size(), value);
    } else if (const Json* text = edit.find("add")) {
      for (std::size_t i = times(); i > 0; --i) bytes += text->as_string();
    } else if (const Json* hex = edit.find("add_hex")) {
      for (std::size_t i = times(); i > 0; --i) bytes += from_hex(hex->as_string());
    } else if (const Json* texts = edit.find("replace")) {
      replace_all(bytes, texts->as_array().at(0).as_string(), texts->as_array().at(1).as_string());
    } else if (const Json* member = edit.find("member")) {
      bytes = repack(bytes, member->as_array().at(0).as_string(), &member->as_array().at(1));
    } else {
      bytes = repack(bytes, edit.at("drop").as_string(), nullptr);
    }
  }
  return bytes;
}

std::string name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::corrupt_file:
      return "corrupt_file";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::data_mismatch:
      return "data_mismatch";
    default:
      return "code " + std::to_string(static_cast<int>(code));
  }
}

void read_everything(const SourcePtr& source) {
  if (is_npy(*source)) {
    read_npy(*source);
    return;
  }
  const ModelDocument document = read_document(source->name(), source);
  for (const auto& check : document.checks) check();
  for (const auto& [path, entry] : document.weights.tensors) read_tensor(path, entry);
  for (const auto& [name, asset] : document.assets) read_all(*asset);
  if (!document.weights.refused.empty()) {
    const auto& [path, reason] = *document.weights.refused.begin();
    throw Error(ErrorCode::unsupported, source->name() + ":" + path + ": " + reason);
  }
}

struct Row {
  std::string name, error, message;
  Json base, edits;
};

std::vector<Row> rows() {
  const std::string path = data_folder + "/corrupt/manifest.json";
  const Json manifest = parse_json(read_text(*open_file(path)), path);
  std::vector<Row> rows;
  for (const Json& row : manifest.at("files").as_array())
    rows.push_back({row.at("name").as_string(), row.at("error").as_string(), row.at("message").as_string(),
                    row.at("base"), row.at("edits")});
  return rows;
}

TEST(Corrupt, EveryFileGivesItsError) {
  const auto all = rows();
  const std::string name = data_folder + "/corrupt/bad";  // shards are looked for beside it
  EXPECT_GE(all.size(), 200u);
  for (const Row& row : all) {
    SCOPED_TRACE(row.name);
    std::string bytes;
    if (!row.base.is_null())
      bytes = read_text(*open_file(data_folder + "/golden/formats/" + row.base.as_string()));
    const SourcePtr source = memory_source(name, vector_of(apply(std::move(bytes), row.edits)));
    const auto start = std::chrono::steady_clock::now();
    try {
      read_everything(source);
      EXPECT_EQ(row.error, "any") << "it was read";
    } catch (const Error& e) {
      const std::string text = e.what();
      if (row.error == "any") {
        EXPECT_TRUE(e.code() == ErrorCode::corrupt_file || e.code() == ErrorCode::unsupported) << text;
      } else {
        EXPECT_EQ(name_of(e.code()), row.error) << text;
      }
      EXPECT_NE(text.find(row.message), std::string::npos) << text << "\nshould say: " << row.message;
      EXPECT_EQ(text.find(name), 0u) << text;
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  }
}

}  // namespace
}  // namespace keratin::serialization
