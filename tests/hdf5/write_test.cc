// What Hdf5Writer writes, read back by libhdf5 and by read_hdf5.
#include "serialization/hdf5/write.h"

#include <fstream>

#include "runtime/core/half.h"
#include "tests/hdf5/samples.h"

namespace keratin::serialization {
namespace {

using namespace oracle;

std::vector<std::byte> bytes_of(Hdf5Writer& writer) {
  MemorySink sink;
  writer.write(sink);
  std::vector<std::byte> bytes = sink.take();
  EXPECT_EQ(bytes.size(), writer.size());
  return bytes;
}

// A file of these bytes, gone at the end.
class Written {
 public:
  explicit Written(const std::vector<std::byte>& bytes)
      : path_(cat(testing::TempDir(), "keratin_hdf5_written_", getpid(), ".h5")) {
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  explicit Written(Hdf5Writer& writer) : Written(bytes_of(writer)) {}
  Written(const Written&) = delete;
  Written& operator=(const Written&) = delete;
  ~Written() { unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Tensor numbered(DType dtype, Shape shape) {
  Tensor t(dtype, std::move(shape));
  auto* raw = static_cast<std::uint8_t*>(t.raw());
  for (std::size_t i = 0; i < t.bytes(); ++i)
    raw[i] = static_cast<std::uint8_t>(dtype == DType::boolean ? i & 1 : i % 59);
  return t;
}

TEST(Write, an_empty_file) {
  Hdf5Writer writer;
  const Written file(writer);
  EXPECT_TRUE(compare(file.path()).tensors.empty());
}

TEST(Write, every_number_type_and_rank) {
  Hdf5Writer writer;
  int count = 0;
  for (int type = 0; type < static_cast<int>(DType::string); ++type)
    for (const Shape& shape :
         {Shape{}, Shape{1}, Shape{5}, Shape{2, 3}, Shape{2, 1, 3, 2}, Shape{3, 0}, Shape{0}})
      writer.dataset(cat("/d", count++), static_cast<DType>(type), shape,
                     [t = numbered(static_cast<DType>(type), shape)](ByteSink& sink) {
                       if (t.bytes()) sink.write({static_cast<const std::byte*>(t.raw()), t.bytes()});
                     });
  const Written file(writer);
  const TensorDirectory d = compare(file.path());
  EXPECT_EQ(d.tensors.size(), static_cast<std::size_t>(count));
  EXPECT_TRUE(d.refused.empty());
  for (const auto& [path, entry] : d.tensors) {
    EXPECT_FALSE(entry.decode);
    EXPECT_EQ(entry.offset % 64, 0u);
  }
  count = 0;
  for (int type = 0; type < static_cast<int>(DType::string); ++type)
    for (int shape = 0; shape < 7; ++shape)
      EXPECT_EQ(d.tensors.at(cat("/d", count++)).dtype, static_cast<DType>(type));
}

// 8 names fill a symbol node, 32 symbol nodes a tree node, 32 of those the second level.
TEST(Write, groups_of_every_size) {
  Hdf5Writer writer;
  for (int count : {0, 1, 8, 9, 64, 255, 256, 257, 8192, 8193, 20000}) {
    writer.group(cat("/g", count));
    for (int i = 0; i < count; ++i) writer.group(cat("/g", count, "/layer_", i));
  }
  const Written file(writer);
  const TensorDirectory d = read_hdf5(open_file(file.path()));
  const Id h5(H5Fopen(file.path().c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  for (int count : {0, 1, 8, 9, 64, 255, 256, 257, 8192, 8193, 20000}) {
    const Id group(H5Gopen2(h5, cat("/g", count).c_str(), H5P_DEFAULT), H5Gclose);
    H5G_info_t info;
    ASSERT_GE(H5Gget_info(group, &info), 0);
    EXPECT_EQ(info.nlinks, static_cast<hsize_t>(count));
    for (int i = 0; i < count; ++i) {  // by name: a search down the tree
      EXPECT_TRUE(d.has_group(cat("/g", count, "/layer_", i)));
      ASSERT_GT(H5Lexists(group, cat("layer_", i).c_str(), H5P_DEFAULT), 0) << i;
    }
    ASSERT_EQ(H5Lexists(group, "no_such_layer", H5P_DEFAULT), 0);
  }
}

TEST(Write, attributes) {
  const std::string json(300000, 'j');
  Hdf5Writer writer;
  writer.attribute("/", "model_config", json, Hdf5Writer::Charset::ascii);
  writer.attribute("/", "name", "größe");
  writer.attribute("/", "empty", "");
  for (int i = 0; i < 5000; ++i)
    writer.group(cat("/v/", i)), writer.attribute(cat("/v/", i), "name", cat("dense_", i));
  writer.group("/g");
  writer.attribute("/g", "weight_names", std::vector<std::string>{"kernel:0", "bias:0", ""});
  writer.attribute("/g", "none", std::vector<std::string>{});
  writer.attribute("/g", "nb_layers", 12);
  writer.attribute("/g", "rate", 0.25);
  writer.dataset("/w", Tensor::of<float>({2}, {1, 2}));
  writer.attribute("/w", "note", "beside values");
  const Written file(writer);
  const TensorDirectory d = compare(file.path());
  EXPECT_EQ(d.text.at("/").at("model_config"), json);
  EXPECT_EQ(d.text.at("/").at("name"), "größe");
  EXPECT_EQ(d.text.at("/").at("empty"), "");
  EXPECT_EQ(d.text.at("/v/4999").at("name"), "dense_4999");
  EXPECT_EQ(d.names.at("/g").at("weight_names"), (std::vector<std::string>{"kernel:0", "bias:0", ""}));
  EXPECT_TRUE(d.names.at("/g").at("none").empty());
  EXPECT_EQ(d.numbers.at("/g").at("nb_layers"), 12);
  EXPECT_EQ(d.numbers.at("/g").at("rate"), 0.25);
}

// Keras splits beyond 64,512 bytes, the first chunks longer by one: 4,000 names of 40 bytes make 3 chunks.
TEST(Write, long_lists_are_split_as_keras_does) {
  std::vector<std::string> names;
  for (int i = 0; i < 4000; ++i) names.push_back(cat("layer_", i, std::string(40, '_')).substr(0, 40));
  Hdf5Writer writer;
  writer.attribute("/", "layer_names", names);
  const Written file(writer);
  EXPECT_EQ(compare(file.path()).names.at("/").at("layer_names"), names);
  const Id h5(H5Fopen(file.path().c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  EXPECT_EQ(H5Aget_num_attrs(Id(H5Gopen2(h5, "/", H5P_DEFAULT), H5Gclose)), 3);
  const hssize_t sizes[] = {1334, 1333, 1333};
  for (int i = 0; i < 3; ++i) {
    const Id attribute(H5Aopen(h5, cat("layer_names", i).c_str(), H5P_DEFAULT), H5Aclose);
    EXPECT_EQ(H5Sget_simple_extent_npoints(Id(H5Aget_space(attribute), H5Sclose)), sizes[i]);
  }
}

void small_model(Hdf5Writer& writer) {
  writer.dataset("/layers/dense/vars/0", numbered(DType::float32, {3, 5}));
  writer.dataset("/layers/dense/vars/1", numbered(DType::float32, {5}));
  writer.attribute("/layers/dense/vars", "name", "dense");
  writer.dataset("/a_first_by_name", numbered(DType::int64, {}));
}

TEST(Write, the_same_calls_give_the_same_bytes_in_order_of_use) {
  Hdf5Writer one, two;
  small_model(one), small_model(two);
  const std::vector<std::byte> bytes = bytes_of(one);
  EXPECT_TRUE(bytes == bytes_of(two));
  EXPECT_TRUE(bytes == bytes_of(one)) << "writing again gives other bytes";
  const TensorDirectory d = read_hdf5(memory_source("m.h5", bytes));
  EXPECT_LT(d.tensors.at("/layers/dense/vars/0").offset, d.tensors.at("/layers/dense/vars/1").offset);
  EXPECT_LT(d.tensors.at("/layers/dense/vars/1").offset, d.tensors.at("/a_first_by_name").offset);
}

TEST(Write, values_are_aligned_in_the_outer_file) {
  for (const std::uint64_t base : {0, 1, 63, 64, 1000}) {
    Hdf5Writer writer(base);
    small_model(writer);
    const TensorDirectory d = read_hdf5(memory_source("m.h5", bytes_of(writer)));
    for (const auto& [path, entry] : d.tensors)
      EXPECT_EQ((entry.offset + base) % 64, 0u) << path << " at base " << base;
  }
}

TEST(Write, libhdf5_can_add_to_the_file) {
  Hdf5Writer writer;
  small_model(writer);
  for (int i = 0; i < 100; ++i) writer.group(cat("/g", i));
  const Written file(writer);
  {
    const Id h5(H5Fopen(file.path().c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    for (int i = 0; i < 100; ++i) put(h5, cat("added", i), H5T_IEEE_F32LE, {3});
    put_text(h5, "text", "added");
    H5Ldelete(h5, "g50", H5P_DEFAULT);
  }
  const TensorDirectory d = compare(file.path());
  EXPECT_EQ(d.tensors.size(), 103u);
  EXPECT_FALSE(d.has_group("/g50"));
}

TEST(Write, refuses_what_can_not_be_written) {
  Hdf5Writer writer;
  small_model(writer);
  const Tensor t = numbered(DType::float32, {1});
  EXPECT_THROW(writer.dataset("/layers/dense/vars/0", t), Error);
  EXPECT_THROW(writer.dataset("/layers", t), Error);
  EXPECT_THROW(writer.group("/a_first_by_name/below"), Error);
  EXPECT_THROW(writer.group("relative"), Error);
  EXPECT_THROW(writer.group("/a//b"), Error);
  EXPECT_THROW(writer.dataset("/", t), Error);
  EXPECT_THROW(writer.attribute("/nowhere", "name", "x"), Error);
  EXPECT_THROW(writer.attribute("/layers/dense/vars", "name", "again"), Error);
  EXPECT_THROW(writer.attribute("/", "long", std::vector<std::string>{std::string(70000, 'x')}), Error);
  EXPECT_THROW(writer.dataset("/text", DType::string, {2}, [](ByteSink&) {}), Error);
  Hdf5Writer wrong;
  wrong.dataset("/short", DType::float32, {4}, [](ByteSink& sink) { sink.write(std::vector<std::byte>(8)); });
  MemorySink sink;
  EXPECT_THROW(wrong.write(sink), Error);
}

}  // namespace
}  // namespace keratin::serialization
