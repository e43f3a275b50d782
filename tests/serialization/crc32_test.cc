#include <gtest/gtest.h>

#include <random>

#include "serialization/inflate/inflate.h"

namespace keratin::serialization {
namespace {

// Bit by bit, from the definition.
std::uint32_t by_bits(std::span<const std::byte> bytes, std::uint32_t previous) {
  std::uint32_t state = ~previous;
  for (const std::byte byte : bytes) {
    state ^= static_cast<std::uint32_t>(byte);
    for (int i = 0; i < 8; ++i) state = (state >> 1) ^ (state & 1 ? 0xedb88320u : 0u);
  }
  return ~state;
}

TEST(Crc32, OfTheUsualCheckWord) {
  const std::string word = "123456789";
  EXPECT_EQ(crc32(std::as_bytes(std::span(word))), 0xcbf43926u);
}

TEST(Crc32, EqualsTheDefinitionForEveryLengthAndOffset) {
  std::mt19937 random(3);
  std::vector<std::byte> bytes(700);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  for (std::size_t offset : {0u, 1u, 7u})
    for (std::size_t size = 0; size + offset <= bytes.size(); ++size) {
      const auto part = std::span(bytes).subspan(offset, size);
      ASSERT_EQ(crc32(part), by_bits(part, 0)) << size << " bytes from " << offset;
    }
}

TEST(Crc32, GoesOnWhereItStopped) {
  std::vector<std::byte> bytes(1000, std::byte{0x5a});
  const auto all = std::span(bytes);
  for (std::size_t cut : {1u, 63u, 64u, 65u, 500u})
    EXPECT_EQ(crc32(all.subspan(cut), crc32(all.first(cut))), by_bits(bytes, 0)) << cut;
}

}  // namespace
}  // namespace keratin::serialization
