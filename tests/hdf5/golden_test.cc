// Files written by h5py and Keras, compared dataset by dataset with libhdf5.
#include <filesystem>

#include "tests/hdf5/oracle.h"

namespace keratin::serialization {
namespace {

std::string golden(const std::string& name) { return KERATIN_TEST_DATA "/golden/hdf5/" + name; }

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, holds_what_libhdf5_reads) {
  const TensorDirectory directory = read_hdf5(open_file(golden(GetParam())));
  EXPECT_FALSE(directory.tensors.empty());
  EXPECT_TRUE(directory.refused.empty());
  oracle::compare(golden(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(keras, Golden,
                         testing::Values("keras3.h5", "keras3.weights.h5", "keras3_bfloat16.weights.h5",
                                         "tf_keras.h5"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

class H5py : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(libver, H5py, testing::Values("earliest", "v110"),
                         [](const auto& i) { return i.param; });

TEST_P(H5py, plain_files) {
  const TensorDirectory d = read_hdf5(open_file(golden("plain_" + GetParam() + ".h5")));
  EXPECT_EQ(d.tensors.at("/types/bool").dtype, DType::boolean);
  EXPECT_EQ(d.tensors.at("/types/f2").dtype, DType::float16);
  EXPECT_TRUE(d.tensors.at("/types/big_f4").decode);
  EXPECT_FALSE(d.tensors.at("/types/f4").decode);
  EXPECT_EQ(d.tensors.at("/scalar").shape, Shape{});
  EXPECT_EQ(d.tensors.at("/empty").shape, (Shape{0, 4}));
  EXPECT_EQ(d.tensors.at("/brain").dtype, DType::bfloat16);
  EXPECT_EQ(oracle::values_of(d.tensors.at("/never_written")), std::vector<std::byte>(24));
  EXPECT_TRUE(d.has_group("/layers/dense/vars"));
  EXPECT_EQ(d.tensors.count("/layers/dense/vars/0"), 1u);
  EXPECT_NE(d.refused.at("/strings").find("string"), std::string::npos);
  const auto& text = d.text.at("/attributes");
  EXPECT_EQ(text.at("text"), "größe");
  EXPECT_EQ(text.at("bytes"), "ascii");
  const auto& names = d.names.at("/attributes");
  EXPECT_EQ(names.at("list"), (std::vector<std::string>{"one", "two", "drei"}));
  EXPECT_EQ(names.at("byte_list"), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(names.at("fixed"), (std::vector<std::string>{"kernel:0", "bias:0"}));
  EXPECT_TRUE(names.at("empty_list").empty());
  ASSERT_EQ(names.at("layer_names").size(), 12u);
  EXPECT_EQ(names.at("layer_names")[5], "layer_1_1");
  EXPECT_EQ(names.count("layer_names0"), 0u);
  const auto& numbers = d.numbers.at("/attributes");
  EXPECT_EQ(numbers.at("number"), 7);
  EXPECT_EQ(numbers.at("float"), 0.25);
  EXPECT_EQ(numbers.at("flag"), 1);
  EXPECT_EQ(d.refused.count("/attributes@nothing"), 1u);
}

TEST_P(H5py, layouts_and_filters) {
  const TensorDirectory d = oracle::compare(golden("stored_" + GetParam() + ".h5"));
  for (const char* path : {"/chunked", "/gzip", "/all", "/grows", "/grows_twice"})
    EXPECT_EQ(d.tensors.count(path), 1u) << path;
  EXPECT_NE(d.refused.at("/lzf").find("filter 32000"), std::string::npos);
  EXPECT_NE(d.refused.at("/link").find("soft link to \"/chunked\""), std::string::npos);
  EXPECT_NE(d.refused.at("/outside").find("other.h5"), std::string::npos);
  EXPECT_NE(d.refused.at("/compound").find("compound"), std::string::npos);
  EXPECT_EQ(d.refused.count("/complex"), 1u);
}

}  // namespace
}  // namespace keratin::serialization
