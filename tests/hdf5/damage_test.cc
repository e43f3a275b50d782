// Damaged and hostile files: an error that names the place, never a crash, a hang or a wrong value.
#include <fstream>
#include <sstream>

#include "runtime/core/error.h"
#include "serialization/hdf5/hdf5.h"
#include "serialization/hdf5/write.h"
#include "tests/hdf5/samples.h"

namespace keratin::serialization {
namespace {

using namespace oracle;

std::vector<std::byte> contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  const std::string all = text.str();
  const auto bytes = std::as_bytes(std::span(all));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> golden(const std::string& name) {
  return contents(KERATIN_TEST_DATA "/golden/hdf5/" + name);
}

// Reads all; returns the message of the first error, or nothing.
std::string error_of(std::vector<std::byte> bytes) {
  try {
    const TensorDirectory d = read_hdf5(memory_source("m.h5", std::move(bytes)));
    for (const auto& [path, entry] : d.tensors) values_of(entry);
  } catch (const Error& e) {
    EXPECT_TRUE(e.code() == ErrorCode::corrupt_file || e.code() == ErrorCode::unsupported) << e.what();
    EXPECT_EQ(std::string(e.what()).substr(0, 4), "m.h5") << e.what();
    return e.what();
  }
  return {};
}

const char* const files[] = {"plain_earliest.h5", "plain_v110.h5", "stored_earliest.h5", "stored_v110.h5",
                             "tf_keras.h5"};

TEST(Damage, cut_at_every_byte) {
  for (const char* name : files) {
    const std::vector<std::byte> whole = golden(name);
    ASSERT_EQ(error_of(whole), "");
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const std::string message =
          error_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
      ASSERT_NE(message, "") << name << " cut at " << size;
      if (size > 96) {
        ASSERT_NE(message.find("truncated"), std::string::npos) << message;
      }
    }
  }
}

TEST(Damage, every_byte_changed) {
  for (const char* name : files) {
    std::vector<std::byte> bytes = golden(name);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      const std::byte kept = bytes[at];
      bytes[at] ^= at % 9 == 8 ? std::byte{0xff} : std::byte{1} << (at % 9);
      error_of(bytes);
      bytes[at] = kept;
    }
  }
}

// New files carry checksums over their metadata: a flipped bit there never passes unseen.
TEST(Damage, checksums_are_verified) {
  std::vector<std::byte> bytes = golden("plain_v110.h5");
  bytes[20] ^= std::byte{1};  // the superblock's base address
  EXPECT_NE(error_of(bytes), "");
  bytes = golden("stored_v110.h5");
  const auto header = std::search(bytes.begin(), bytes.end(), reinterpret_cast<const std::byte*>("OHDR"),
                                  reinterpret_cast<const std::byte*>("OHDR") + 4);
  header[20] ^= std::byte{1};
  EXPECT_NE(error_of(bytes).find("checksum"), std::string::npos);
}

TEST(Damage, fletcher_catches_a_changed_chunk) {
  const Sample sample(weathers[0], [](hid_t file) {
    const Id creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    const hsize_t chunk = 100;
    H5Pset_chunk(creation, 1, &chunk);
    H5Pset_fletcher32(creation);
    put(file, "x", H5T_STD_U8LE, {100}, creation);
  });
  std::vector<std::byte> bytes = contents(sample.path());
  const std::vector<std::uint8_t> values = pattern(100);
  const auto at = std::search(bytes.begin(), bytes.end(), values.begin(), values.end(),
                              [](std::byte a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
  ASSERT_NE(at, bytes.end());
  at[50] ^= std::byte{4};
  EXPECT_NE(error_of(bytes).find("Fletcher"), std::string::npos);
}

TEST(Damage, not_an_hdf5_file) {
  EXPECT_NE(error_of({}).find("no HDF5 signature"), std::string::npos);
  EXPECT_NE(error_of(std::vector<std::byte>(5000)).find("no HDF5 signature"), std::string::npos);
}

// 8.88 PiB in a file of a few kilobytes, in every layout.
TEST(Damage, shapes_that_the_file_can_not_back) {
  for (const Weather& weather : weathers) {
    const Sample sample(weather, [](hid_t file) {
      const Id space = new_space({50000000, 50000000});
      Id(H5Dcreate2(file, "bomb", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
    });
    const std::string message = error_of(contents(sample.path()));
    EXPECT_NE(message.find("/bomb"), std::string::npos) << message;
    EXPECT_NE(message.find("(50000000, 50000000) float32 needs 10000000000000000 bytes"), std::string::npos)
        << message;
    const Sample zipped(weather, [](hid_t file) {
      const Id creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose), space = new_space({1 << 20, 1 << 14});
      const hsize_t chunk[] = {1 << 10, 1 << 14};
      H5Pset_chunk(creation, 2, chunk);
      H5Pset_deflate(creation, 9);
      Id(H5Dcreate2(file, "bomb", H5T_IEEE_F64LE, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose);
    });
    EXPECT_NE(error_of(contents(zipped.path())).find("/bomb"), std::string::npos);
  }
}

// The bytes of a file of ours, with one eight-byte field replaced.
std::vector<std::byte> with_field(std::uint64_t old_value, std::uint64_t value, std::size_t from = 96) {
  Hdf5Writer writer;
  writer.dataset("/a/b/w", Tensor::of<float>({3}, {1, 2, 3}));
  writer.attribute("/a", "text", "some text");
  MemorySink sink;
  writer.write(sink);
  std::vector<std::byte> bytes = sink.take();
  for (std::size_t at = from; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t field;
    std::memcpy(&field, &bytes[at], 8);
    if (field == old_value) std::memcpy(&bytes[at], &value, 8);
  }
  return bytes;
}

TEST(Damage, loops_of_addresses_end) {
  // Every address in turn made to point to every structure: trees into themselves, groups into their parents.
  std::vector<std::uint64_t> places;
  const std::vector<std::byte> sound = with_field(1, 1);
  for (std::size_t at = 0; at + 4 <= sound.size(); at += 8) {
    const std::string_view head(reinterpret_cast<const char*>(&sound[at]), 4);
    if (head == "TREE" || head == "SNOD" || head == "HEAP" || head == "GCOL" ||
        head == std::string_view("\1\0\1\0", 4))
      places.push_back(at);
  }
  ASSERT_GE(places.size(), 8u);
  for (const std::uint64_t from : places)
    for (const std::uint64_t to : places) error_of(with_field(from, to, 0));
}

TEST(Damage, values_past_the_end) {
  Hdf5Writer writer;
  writer.dataset("/w", Tensor::of<float>({3}, {1, 2, 3}));
  MemorySink sink;
  writer.write(sink);
  std::vector<std::byte> bytes = sink.take();
  const std::uint64_t old_place = read_hdf5(memory_source("m.h5", bytes)).tensors.at("/w").offset;
  for (std::size_t at = 0; at + 8 <= bytes.size(); ++at) {
    std::uint64_t field;
    std::memcpy(&field, &bytes[at], 8);
    const std::uint64_t far = old_place + 4;
    if (field == old_place) std::memcpy(&bytes[at], &far, 8);
  }
  const std::string message = error_of(bytes);
  EXPECT_EQ(message.find("m.h5: /w: values: 12 bytes"), 0u) << message;
  EXPECT_NE(message.find("past the end of the file"), std::string::npos) << message;
}

}  // namespace
}  // namespace keratin::serialization
