// Checkpoint bundles: what TensorFlow wrote is read, what was damaged is refused.
#include "serialization/bundle/bundle.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "serialization/bundle/table.h"
#include "serialization/checkpoint.h"
#include "serialization/crc32c.h"
#include "tests/serialization/expect_error.h"
#include "tests/serialization/temporary_folder.h"
#include "tests/tensorflow/golden.h"

namespace keratin {
namespace {

using namespace serialization;
using testing::dense;
using testing::TemporaryFolder;

const std::string prefix = dense + "/variables/variables";
const std::string shard = ".data-00000-of-00001";
const std::string kernel_key = "variables/0/.ATTRIBUTES/VARIABLE_VALUE";

std::uint32_t crc_of(std::string_view text, std::uint32_t earlier = 0) {
  return crc32c(std::as_bytes(std::span(text)), earlier);
}

TEST(Crc32c, KnownValues) {
  EXPECT_EQ(crc_of("123456789"), 0xe3069283u);
  EXPECT_EQ(crc_of(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc_of(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(mask_crc32c(crc_of("")), 0xa282ead8u);  // an empty tensor
  EXPECT_EQ(crc_of("6789", crc_of("12345")), crc_of("123456789"));
}

TEST(Bundle, ReadsTheDirectoryOfTensorFlow) {
  const CheckpointDocument checkpoint = read_checkpoint(prefix);
  ASSERT_EQ(checkpoint.directory.tensors.size(), 2u);
  const TensorEntry& kernel = checkpoint.directory.tensors.at(kernel_key);
  EXPECT_EQ(kernel.dtype, DType::float32);
  EXPECT_EQ(kernel.shape, (Shape{4, 3}));
  EXPECT_EQ(kernel.bytes, 48u);
  EXPECT_FALSE(kernel.decode) << "raw bytes are read in place";
  ASSERT_FALSE(checkpoint.objects.empty());
  EXPECT_EQ(checkpoint.objects[0].children[0].name, "variables");
  for (const auto& [key, entry] : checkpoint.directory.tensors) verify_checksum(checkpoint, key);
}

// A copy of the golden with one file changed by edit.
struct Damaged {
  TemporaryFolder folder;
  std::string prefix = folder / "variables";
  Damaged(const std::string& suffix, const std::function<void(std::string&)>& edit) {
    for (const std::string& each : {std::string(".index"), shard}) {
      std::string bytes = TemporaryFolder::read(::keratin::prefix + each);
      if (each == suffix) edit(bytes);
      folder.write("variables" + each, bytes);
    }
  }
};

TEST(Bundle, DamagedDataFailsItsChecksum) {
  const CheckpointDocument whole = read_checkpoint(prefix);
  const std::size_t at = whole.directory.tensors.at(kernel_key).offset;
  for (std::size_t i = 0; i < 48; i += 7) {
    const Damaged damaged(shard, [&](std::string& bytes) { bytes[at + i] ^= 1; });
    const CheckpointDocument checkpoint = read_checkpoint(damaged.prefix);
    EXPECT_ERROR(verify_checksum(checkpoint, kernel_key), ErrorCode::corrupt_file, "checksum");
  }
}

TEST(Bundle, DamagedObjectGraphIsRefused) {
  const std::size_t somewhere = TemporaryFolder::read(prefix + shard).find("keras_api");
  ASSERT_NE(somewhere, std::string::npos);
  const Damaged damaged(shard, [&](std::string& b) { b[somewhere] = 'K'; });
  EXPECT_ERROR(read_checkpoint(damaged.prefix), ErrorCode::corrupt_file, "checksum");
}

TEST(Bundle, TruncatedShardIsRefusedBeforeReading) {
  const Damaged damaged(shard, [](std::string& bytes) { bytes.resize(20); });
  EXPECT_ERROR(read_checkpoint(damaged.prefix), ErrorCode::corrupt_file, "the copy is incomplete");
}

// Whatever a byte of the index becomes: an Error, or (in the footer's padding) the same directory.
TEST(Bundle, EveryDamagedByteOfTheIndexIsNoticed) {
  const std::string whole = TemporaryFolder::read(prefix + ".index");
  std::size_t refused = 0;
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      const Damaged damaged(".index", [&](std::string& bytes) { bytes[i] ^= flip; });
      try {
        EXPECT_EQ(read_checkpoint(damaged.prefix).directory.tensors.size(), 2u) << "byte " << i;
      } catch (const Error&) {
        ++refused;
      }
    }
  EXPECT_GE(refused,
            whole.size() * 3 - 3 * 36);  // 40 bytes of handles and zeros, of which 4 at least are handles
}

TEST(Bundle, EveryTruncatedIndexIsRefused) {
  const std::string whole = TemporaryFolder::read(prefix + ".index");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Damaged damaged(".index", [&](std::string& bytes) { bytes.resize(size); });
    EXPECT_THROW(read_checkpoint(damaged.prefix), Error) << size;
  }
}

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

// Handles whose size wraps around when the 5 bytes of the trailer are added.
TEST(Table, BlockSizesThatWrapAroundAreRefused) {
  for (const std::uint64_t size :
       {~std::uint64_t{0}, ~std::uint64_t{0} - 2, ~std::uint64_t{0} - 4, std::uint64_t{1} << 40}) {
    std::string footer = varint(0) + varint(8) + varint(0) + varint(size);
    footer.resize(40);
    const std::uint64_t magic = 0xdb4775248b80fb57u;
    footer.append(reinterpret_cast<const char*>(&magic), 8);
    EXPECT_ERROR(bundle::read_table(std::as_bytes(std::span(std::string_view(footer))), "hostile", {}),
                 ErrorCode::corrupt_file, "outside of the file");
  }
}

TEST(Bundle, MissingCheckpointSaysWhichFile) {
  EXPECT_ERROR(read_checkpoint(testing::golden + "nothing"), ErrorCode::io, ".index");
}

}  // namespace
}  // namespace keratin
