#include "serialization/npy.h"

#include <gtest/gtest.h>

#include <cstring>

#include "runtime/core/half.h"
#include "tests/serialization/expect_error.h"
#include "tests/serialization/temporary_folder.h"

namespace keratin::serialization {
namespace {

// A version 1 file around a header and raw elements.
SourcePtr npy(std::string header, std::string_view data) {
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size() & 255);
  text += static_cast<char>(header.size() >> 8);
  text += header;
  text += data;
  const auto bytes = std::as_bytes(std::span(text));
  return memory_source("a.npy", {bytes.begin(), bytes.end()});
}
SourcePtr npy(std::string_view descr, std::string_view shape, std::string_view data,
              const char* order = "False") {
  return npy("{'descr': " + std::string(descr) + ", 'fortran_order': " + order +
                 ", 'shape': " + std::string(shape) + ", }\n",
             data);
}
template <class T>
std::string raw(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}
template <class T>
std::string reversed(std::initializer_list<T> values) {
  std::string out;
  for (T value : values) {
    std::string one(reinterpret_cast<const char*>(&value), sizeof value);
    out.append(one.rbegin(), one.rend());
  }
  return out;
}
template <class T>
std::vector<T> list(const Tensor& t) {
  return {t.values<T>().begin(), t.values<T>().end()};
}

TEST(Npy, ReadsOrdersOfBytesAndAxes) {
  const Tensor c = read_npy(*npy("'<f4'", "(2, 3)", raw<float>({1, 2, 3, 4, 5, 6})));
  EXPECT_EQ(c.shape(), (Shape{2, 3}));
  EXPECT_EQ(list<float>(c), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  const Tensor f = read_npy(*npy("'<f4'", "(2, 3)", raw<float>({1, 4, 2, 5, 3, 6}), "True"));
  EXPECT_EQ(list<float>(f), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  const Tensor cube =
      read_npy(*npy("'|u1'", "(2, 2, 3)", raw<std::uint8_t>({0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11}), "True"));
  for (std::uint8_t i = 0; i < 12; ++i) EXPECT_EQ(cube.values<std::uint8_t>()[i], i);
  EXPECT_EQ(list<double>(read_npy(*npy("'>f8'", "(2,)", reversed<double>({1.5, -2})))),
            (std::vector<double>{1.5, -2}));
  EXPECT_EQ(list<std::int16_t>(read_npy(*npy("'>i2'", "(2L,)", reversed<std::int16_t>({300, -2})))),
            (std::vector<std::int16_t>{300, -2}));
  EXPECT_EQ(list<std::int64_t>(read_npy(*npy("'<i8'", "()", raw<std::int64_t>({7})))),
            (std::vector<std::int64_t>{7}));
  EXPECT_EQ(float(read_npy(*npy("'<f2'", "(1,)", raw<std::uint16_t>({0x3c00}))).values<Half>()[0]), 1.0f);
  const Tensor flags = read_npy(*npy("'|b1'", "(3,)", raw<std::uint8_t>({0, 1, 7})));
  EXPECT_EQ(static_cast<const char*>(flags.raw())[2], 1);
  EXPECT_EQ(read_npy(*npy("'<f4'", "(0, 5)", "")).shape(), (Shape{0, 5}));
}

TEST(Npy, RefusesWhatIsNoNumber) {
  const std::pair<const char*, const char*> rows[] = {
      {"'<U5'", "strings"},           {"'|S3'", "strings"},  {"'<c8'", "complex"},
      {"[('a', '<f4')]", "records"},  {"'|V2'", "bfloat16"}, {"'<M8[ns]'", "dates"},
      {"'<f16'", "machine-dependent"}};
  for (const auto& [descr, message] : rows)
    EXPECT_ERROR(read_npy(*npy(descr, "(1,)", "12345678")), ErrorCode::data_mismatch, message);
  EXPECT_ERROR(read_npy(*npy("'|O'", "(1,)", "\x80\x04K\x01.")), ErrorCode::corrupt_file, "pickled");
}

TEST(Npy, RefusesDamage) {
  const std::pair<const char*, const char*> shapes[] = {
      {"(3,)", "needs 12 bytes, the file holds 8"},
      {"(1,)", "needs 4 bytes, the file holds 8"},
      {"(-2,)", "no tuple"},
      {"(2 3)", "')' was expected"},
      {"2", "'(' was expected"},
      {"(9223372036854775807, 9223372036854775807)", "beyond 2^40"},
      {"(9223372036854775807, 0, 16)", "beyond 2^40"},
      {"(99999999999999999999,)", "no tuple"},
      {"(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2)", "32 axes"}};
  for (const auto& [shape, message] : shapes)
    EXPECT_ERROR(read_npy(*npy("'<f4'", shape, "12345678")), ErrorCode::corrupt_file, message);
  const std::pair<const char*, const char*> headers[] = {
      {"", "'{' was expected"},
      {"{'descr': '<f4', 'shape': (2,)}", "is missing"},
      {"{'descr': '<f4', 'descr': '<f4'}", "'descr' was not expected"},
      {"{'descr': '<f4', 'fortran_order': None, 'shape': (2,)}", "True or False"},
      {"{'descr': '<x4', 'fortran_order': False, 'shape': (2,)}", "'<x4' is unknown"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", "text follows"},
      {"{'descr': '<f4", "no end"}};
  for (const auto& [header, message] : headers)
    EXPECT_ERROR(read_npy(*npy(header, "12345678")), ErrorCode::corrupt_file, message);
  const std::vector<std::byte> good = read_all(*npy("'<f4'", "(2,)", "12345678"));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_THROW(
        read_npy(*memory_source("t", {good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)})),
        Error);
}

TEST(Npy, WritesWhatItReads) {
  const Tensor values[] = {Tensor::of<float>({2, 2}, {1, 2, 3, 4}), Tensor::of<std::int64_t>({}, {-9}),
                           Tensor::of<bool>({3}, {true, false, true}), Tensor(DType::float32, {0, 4})};
  for (const Tensor& value : values) {
    MemorySink sink;
    write_npy(value, sink);
    EXPECT_EQ((sink.position() - value.bytes()) % 64, 0u);
    const Tensor again = read_npy(*memory_source("m", sink.take()));
    EXPECT_EQ(again.dtype(), value.dtype());
    EXPECT_EQ(again.shape(), value.shape());
    EXPECT_EQ(std::memcmp(again.raw(), value.raw(), value.bytes()), 0);
  }
  Tensor half(DType::bfloat16, {1});
  *half.data<BFloat16>() = BFloat16(-2.5f);
  MemorySink sink;
  write_npy(half, sink);
  EXPECT_EQ(list<float>(read_npy(*memory_source("m", sink.take()))), (std::vector<float>{-2.5f}));
}

TEST(Data, FilesAreReadByContent) {
  testing::TemporaryFolder folder;
  const NamedTensors tensors = {{"b", Tensor::of<float>({2}, {1, 2})},
                                {"a", Tensor::of<std::int32_t>({1}, {3})}};
  keratin::write_npz(folder / "d.npz", tensors);
  const NamedTensors again = read_data(folder / "d.npz");
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(again[0].first, "b");
  EXPECT_EQ(again[1].first, "a");
  EXPECT_EQ(list<std::int32_t>(again[1].second), (std::vector<std::int32_t>{3}));
  keratin::write_npy(folder / "d.bin", tensors[0].second);
  EXPECT_EQ(read_data(folder / "d.bin")[0].first, "x");
  EXPECT_EQ(list<float>(keratin::read_npy(folder / "d.bin")), (std::vector<float>{1, 2}));
  EXPECT_ERROR(read_data(folder.write("t", "hello")), ErrorCode::corrupt_file, "neither a .npy nor a .npz");
  keratin::write_npz(folder / "e.npz", tensors);
  EXPECT_EQ(folder.read(folder / "d.npz"), folder.read(folder / "e.npz"));
}

}  // namespace
}  // namespace keratin::serialization
