#include "serialization/zip/zip.h"

#include <gtest/gtest.h>

#include <cstring>

#include "serialization/inflate/inflate.h"
#include "tests/serialization/expect_error.h"

namespace keratin::serialization {
namespace {

using Bytes = std::vector<std::byte>;

Bytes archive_of(const std::vector<std::pair<std::string, std::string>>& members) {
  MemorySink sink;
  ZipWriter writer(sink);
  for (const auto& [name, content] : members) writer.add(name, std::string_view(content));
  writer.finish();
  return sink.take();
}

SourcePtr source_of(Bytes bytes) { return memory_source("a.zip", std::move(bytes)); }

// Replaces every occurrence of a text in the archive's headers; lengths must agree.
Bytes replaced(Bytes bytes, std::string_view from, std::string_view to) {
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  const auto out = std::as_bytes(std::span(text));
  return {out.begin(), out.end()};
}

Bytes from_hex(std::string_view hex) {
  Bytes out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}

TEST(Zip, ReadsBackWhatItWrote) {
  const auto source =
      source_of(archive_of({{"metadata.json", "{}"}, {"dir/b", ""}, {"c", std::string(100, 'x')}}));
  ASSERT_TRUE(is_zip(*source));
  const ZipArchive zip(source);
  ASSERT_EQ(zip.members().size(), 3u);
  EXPECT_EQ(zip.text(*zip.find("metadata.json")), "{}");
  EXPECT_EQ(zip.text(*zip.find("dir/b")), "");
  EXPECT_EQ(zip.find("none"), nullptr);
  const SourcePtr member = zip.open(*zip.find("c"));
  EXPECT_EQ(member->name(), "a.zip:c");
  EXPECT_EQ(read_text(*member), std::string(100, 'x'));
  EXPECT_FALSE(member->view(0, 100).empty());  // in place
  for (const ZipMember& m : zip.members()) {
    EXPECT_EQ(m.offset % 64, 0u) << m.name;
    zip.verify(m);
  }
}

TEST(Zip, WritesTheSameBytesTwice) {
  EXPECT_EQ(archive_of({{"a", "1"}, {"b", "2"}}), archive_of({{"a", "1"}, {"b", "2"}}));
  EXPECT_ERROR(archive_of({{"a", "1"}, {"a", "2"}}), ErrorCode::invalid_argument, "two zip members");
}

TEST(Zip, ReadsWhatPythonStreams) {
  // zipfile into a pipe: a folder, a deflated member with its sizes behind the data, one with force_zip64
  const auto source = source_of(from_hex(
      "504b03041400080000000000210000000000000000000000000007000000666f6c6465722f504b070800000000000000"
      "0000000000504b030414000800080000002100000000000000000000000000050000006d2e747874cb4e2d4a2cc9cc53"
      "c81ea43400504b070845da47700d000000a0000000504b03042d00080000000000210000000000ffffffffffffffff03"
      "00140062696701001000000000000000000000000000000000007a69703634504b07086aba37cf050000000000000005"
      "00000000000000504b010214031400080000000000210000000000000000000000000007000000000000000000000080"
      "0100000000666f6c6465722f504b010214031400080008000000210045da47700d000000a00000000500000000000000"
      "000000008001350000006d2e747874504b01022d032d0008000000000021006aba37cf05000000050000000300000000"
      "00000000000000800175000000626967504b0506000000000300030099000000c70000000000"));
  const ZipArchive zip(source);
  ASSERT_EQ(zip.members().size(), 2u);
  std::string text;
  for (int i = 0; i < 20; ++i) text += "keratin ";
  EXPECT_EQ(zip.text(*zip.find("m.txt")), text);
  EXPECT_EQ(zip.text(*zip.find("big")), "zip64");
}

TEST(Zip, FindsDamageAnywhere) {
  const Bytes good = archive_of({{"config.json", "{\"class_name\": 1}"}, {"weights", std::string(300, 'w')}});
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_ERROR(ZipArchive(source_of(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)))),
                 ErrorCode::corrupt_file, "a.zip: ");
  std::size_t unnoticed = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    try {
      const ZipArchive zip(source_of(bad));
      for (const ZipMember& m : zip.members()) zip.verify(m);
      ASSERT_TRUE(zip.members().size() == 2 && zip.find("config.json") && zip.find("weights"))
          << "bit " << bit;
      EXPECT_EQ(zip.text(*zip.find("config.json")), "{\"class_name\": 1}") << "bit " << bit;
      ++unnoticed;  // dates, padding, versions: nothing that is read
    } catch (const Error& e) {
      EXPECT_TRUE(e.code() == ErrorCode::corrupt_file || e.code() == ErrorCode::unsupported) << e.what();
    }
  }
  EXPECT_LT(unnoticed, good.size() * 4);
}

TEST(Zip, RefusesHostileNames) {
  const std::pair<const char*, const char*> rows[] = {
      {"../evil", ".."},         {"/a/bcde", "is absolute"}, {"a/../bc", ".."},   {"C:/evil", "is absolute"},
      {"a\\bcdef", "backslash"}, {"a//bcde", "empty"},       {"./abcde", "\".\""}};
  for (const auto& [name, message] : rows)
    EXPECT_ERROR(ZipArchive(source_of(replaced(archive_of({{"harmles", "x"}}), "harmles", name))),
                 ErrorCode::corrupt_file, message);
  EXPECT_ERROR(ZipArchive(source_of(replaced(archive_of({{"aa", "x"}, {"bb", "y"}}), "bb", "aa"))),
               ErrorCode::corrupt_file, "two members are called \"aa\"");
}

class ZipHeader : public ::testing::Test {
 protected:
  // The archive of one member "m" with a little-endian value written into its directory row.
  template <class T>
  SourcePtr with(std::size_t offset, T value, bool local = false) {
    Bytes bytes = archive_of({{"m", "content"}});
    std::size_t at = 0;
    const std::uint32_t signature = local ? 0x04034b50 : 0x02014b50;
    while (std::memcmp(&bytes[at], &signature, 4) != 0) ++at;
    std::memcpy(&bytes[at + offset], &value, sizeof value);
    return source_of(bytes);
  }
};

TEST_F(ZipHeader, IsCheckedFieldByField) {
  EXPECT_ERROR(ZipArchive(with<std::uint16_t>(8, 1)), ErrorCode::unsupported, "encrypted");
  EXPECT_ERROR(ZipArchive(with<std::uint16_t>(10, 14)), ErrorCode::unsupported, "compression method 14");
  EXPECT_ERROR(ZipArchive(with<std::uint32_t>(16, 1)), ErrorCode::corrupt_file, "disagree");
  EXPECT_ERROR(ZipArchive(with<std::uint32_t>(24, 8)), ErrorCode::corrupt_file, "two sizes");
  EXPECT_ERROR(ZipArchive(with<std::uint32_t>(42, 1)), ErrorCode::corrupt_file, "header is missing");
  EXPECT_ERROR(ZipArchive(with<std::uint32_t>(42, 1u << 30)), ErrorCode::corrupt_file, "outside of the file");
  EXPECT_ERROR(ZipArchive(with<std::uint32_t>(38, 0120777u << 16)), ErrorCode::corrupt_file, "symbolic link");
  EXPECT_ERROR(ZipArchive(with<std::uint16_t>(8, 8, true)), ErrorCode::corrupt_file, "disagree");
}

TEST(Zip, ACrcThatIsWrongIsFound) {
  Bytes bytes = archive_of({{"m", "content"}});
  const ZipArchive good(source_of(bytes));
  bytes[good.members()[0].offset] ^= std::byte{1};
  const ZipArchive bad(source_of(bytes));
  EXPECT_ERROR(bad.verify(bad.members()[0]), ErrorCode::corrupt_file, "a.zip:m: its CRC-32 is ");
}

TEST(Inflate, ReadsExactlyWhatWasDeclared) {
  // zlib.compress(b"keratin " * 20)
  const Bytes packed = from_hex("789ccb4e2d4a2cc9cc53c81ea434004ad93d19");
  Bytes out(160);
  inflate(packed, out, Wrapping::zlib, "t");
  EXPECT_EQ(std::memcmp(out.data() + 152, "keratin ", 8), 0);
  Bytes shorter(159), longer(161);
  EXPECT_ERROR(inflate(packed, shorter, Wrapping::zlib, "t"), ErrorCode::corrupt_file,
               "more than the declared");
  EXPECT_ERROR(inflate(packed, longer, Wrapping::zlib, "t"), ErrorCode::corrupt_file,
               "only 160 of the declared 161");
  EXPECT_ERROR(inflate(std::span(packed).first(10), out, Wrapping::zlib, "t"), ErrorCode::corrupt_file,
               "damaged");
  EXPECT_ERROR(inflate({}, out, Wrapping::raw, "t"), ErrorCode::corrupt_file, "damaged");
  EXPECT_EQ(crc32(std::as_bytes(std::span("123456789", 9))), 0xcbf43926u);
}

}  // namespace
}  // namespace keratin::serialization
