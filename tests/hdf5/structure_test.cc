// Types, groups and attributes in every dialect of libhdf5.
#include "tests/hdf5/samples.h"

namespace keratin::serialization {
namespace {

using namespace oracle;

class Structure : public testing::TestWithParam<Weather> {};
INSTANTIATE_TEST_SUITE_P(dialects, Structure, testing::ValuesIn(weathers),
                         [](const auto& info) { return info.param.name; });

TEST_P(Structure, every_number_type) {
  const hid_t types[] = {H5T_STD_I8LE,  H5T_STD_I16LE,  H5T_STD_I32LE, H5T_STD_I64LE,  H5T_STD_U8LE,
                         H5T_STD_U16LE, H5T_STD_U32LE,  H5T_STD_U64LE, H5T_IEEE_F32LE, H5T_IEEE_F64LE,
                         H5T_STD_I8BE,  H5T_STD_I16BE,  H5T_STD_I32BE, H5T_STD_I64BE,  H5T_STD_U16BE,
                         H5T_STD_U64BE, H5T_IEEE_F32BE, H5T_IEEE_F64BE};
  const Sample sample(GetParam(), [&](hid_t file) {
    int i = 0;
    for (const hid_t type : types) {
      for (const std::vector<hsize_t>& dims :
           {std::vector<hsize_t>{}, {1}, {5}, {2, 3}, {2, 1, 3, 2}, {3, 0}})
        put(file, cat("d", i++), type, dims);
    }
    put(file, "half", half_type(5, 15), {4});
    put(file, "big_half", half_type(5, 15, H5T_IEEE_F32BE), {4});
    put(file, "brain", half_type(8, 127), {4});
    put(file, "bool", bool_type(), {4});
  });
  const TensorDirectory d = compare(sample.path());
  EXPECT_EQ(d.tensors.size(), std::size(types) * 6 + 4);
  EXPECT_EQ(d.tensors.at("/brain").dtype, DType::bfloat16);
  EXPECT_EQ(d.tensors.at("/bool").dtype, DType::boolean);
}

TEST_P(Structure, groups_of_many_links) {
  const Sample sample(GetParam(), [](hid_t file) {
    for (int count : {0, 1, 8, 9, 40, 400, 3000}) {
      const Id group = new_group(file, cat("g", count));
      for (int i = 0; i < count; ++i) {
        const std::string name = cat("a_rather_long_name_of_a_layer_", i * 7919 % 10007);
        if (i % 2)
          put(group, name, H5T_IEEE_F32LE, {static_cast<hsize_t>(i % 3)});
        else
          new_group(group, name);
      }
    }
  });
  EXPECT_EQ(compare(sample.path()).tensors.size(), 0u + 0 + 4 + 4 + 20 + 200 + 1500);
}

TEST_P(Structure, links_that_were_deleted_are_gone) {
  const Sample sample(GetParam(), [](hid_t file) {
    for (int i = 0; i < 200; ++i) put(file, cat("d", i), H5T_IEEE_F32LE, {2});
    for (int i = 0; i < 200; i += 3) H5Ldelete(file, cat("d", i).c_str(), H5P_DEFAULT);
  });
  EXPECT_EQ(compare(sample.path()).tensors.size(), 133u);
}

TEST_P(Structure, nested_groups) {
  const Sample sample(GetParam(), [](hid_t file) {
    std::string path;
    for (int i = 0; i < 40; ++i) new_group(file, path += cat("/level_", i));
    put(file, path + "/values", H5T_IEEE_F32LE, {3});
  });
  EXPECT_EQ(compare(sample.path()).text.size(), 41u);
}

TEST_P(Structure, creation_order_and_estimates) {
  const Sample sample(GetParam(), [](hid_t file) {
    const Id creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
    H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_attr_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_attr_phase_change(creation, 3, 2);
    for (int count : {2, 20, 500}) {
      const Id group(H5Gcreate2(file, cat("g", count).c_str(), H5P_DEFAULT, creation, H5P_DEFAULT), H5Gclose);
      for (int i = 0; i < count; ++i) put(group, cat("d", i), H5T_STD_I8LE, {1});
      for (int i = 0; i < count / 10; ++i) put_text(group, cat("note", i), "text");
    }
  });
  compare(sample.path());
}

TEST_P(Structure, attributes) {
  const std::string json(300000, 'j');
  const Sample sample(GetParam(), [&](hid_t file) {
    put_text(file, "model_config", json);
    put_text(file, "empty", "");
    const Id group = new_group(file, "g");
    put_names(group, "weight_names", {"dense/kernel:0", "größe/bias:0", ""});
    put_fixed_names(group, "fixed", {"kernel:0", "bias:0", "exactly_16_bytes"}, 16);
    put_attribute(group, "none", H5T_IEEE_F64LE, new_space({0}), nullptr);
    const std::int64_t many = -123456789012;
    const float quarter = 0.25f;
    put_attribute(group, "nb_layers", H5T_NATIVE_INT64, new_space({}), &many);
    put_attribute(group, "rate", H5T_NATIVE_FLOAT, new_space({}), &quarter);
    const double pair[2] = {1, 2};
    put_attribute(group, "pair", H5T_NATIVE_DOUBLE, new_space({2}), pair);
    const char padded[] = "ab  ";
    put_attribute(group, "spaces", string_type(4, H5T_CSET_ASCII, H5T_STR_SPACEPAD), new_space({}), padded);
    put_attribute(group, "term", string_type(5, H5T_CSET_ASCII, H5T_STR_NULLTERM), new_space({}), "term");
  });
  const TensorDirectory d = read_hdf5(open_file(sample.path()));
  EXPECT_EQ(d.text.at("/").at("model_config"), json);
  EXPECT_EQ(d.text.at("/").at("empty"), "");
  EXPECT_EQ(d.names.at("/g").at("weight_names"),
            (std::vector<std::string>{"dense/kernel:0", "größe/bias:0", ""}));
  EXPECT_EQ(d.names.at("/g").at("fixed"),
            (std::vector<std::string>{"kernel:0", "bias:0", "exactly_16_bytes"}));
  EXPECT_TRUE(d.names.at("/g").at("none").empty());
  EXPECT_EQ(d.numbers.at("/g").at("nb_layers"), -123456789012.0);
  EXPECT_EQ(d.numbers.at("/g").at("rate"), 0.25);
  EXPECT_EQ(d.text.at("/g").at("spaces"), "ab");
  EXPECT_EQ(d.text.at("/g").at("term"), "term");
  EXPECT_EQ(d.refused.count("/g@pair"), 1u);
}

// Beyond eight attributes, and beyond 64 KiB, new files keep them in a heap of their own.
TEST_P(Structure, many_and_large_attributes) {
  std::vector<std::string> long_list;
  for (int i = 0; i < 2000; ++i) long_list.push_back(cat("layer_", i));
  const Sample sample(GetParam(), [&](hid_t file) {
    for (int i = 0; i < 150; ++i) put_text(file, cat("text", i), cat("value ", i));
    put_fixed_names(file, "layer_names0", long_list, 30);  // 60,000 bytes
    put_fixed_names(file, "layer_names1", {"last"}, 30);
    const Id group = new_group(file, "medium");
    for (int i = 0; i < 30; ++i) put_fixed_names(group, cat("list", i, "_"), long_list, 11);
  });
  const TensorDirectory d = compare(sample.path());
  EXPECT_EQ(d.text.at("/").size(), 150u);
  long_list.push_back("last");
  EXPECT_EQ(d.names.at("/").at("layer_names"), long_list);
  EXPECT_EQ(d.names.at("/medium").size(), 30u);
}

TEST_P(Structure, committed_datatypes) {
  const Sample sample(GetParam(), [](hid_t file) {
    const Id type(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
    H5Tcommit2(file, "float", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put(file, "values", type, {2, 2});
    const float value = 1.5f;
    put_attribute(file, "value", type, new_space({}), &value);
  });
  EXPECT_EQ(compare(sample.path()).numbers.at("/").at("value"), 1.5);
}

TEST_P(Structure, shared_messages) {
  auto share = [](hid_t creation) {
    H5Pset_shared_mesg_nindexes(creation, 2);
    H5Pset_shared_mesg_index(creation, 0, H5O_SHMESG_ATTR_FLAG, 1);
    H5Pset_shared_mesg_index(
        creation, 1,
        H5O_SHMESG_DTYPE_FLAG | H5O_SHMESG_SDSPACE_FLAG | H5O_SHMESG_FILL_FLAG | H5O_SHMESG_PLINE_FLAG, 1);
  };
  const Sample sample(
      GetParam(),
      [](hid_t file) {
        for (int i = 0; i < 60; ++i) {
          const std::string name = cat("d", i);
          put(file, name, i % 2 ? H5T_IEEE_F32LE : H5T_STD_I64BE, {2, 3});
          const Id group = new_group(file, cat("g", i));
          for (int k = 0; k < i; ++k) put_text(group, cat("t", k), "v");
        }
      },
      share);
  EXPECT_EQ(compare(sample.path()).tensors.size(), 60u);
}

TEST_P(Structure, hard_links_to_one_dataset_and_one_group) {
  const Sample sample(GetParam(), [](hid_t file) {
    put(file, "a", H5T_IEEE_F32LE, {2});
    H5Lcreate_hard(file, "a", file, "b", H5P_DEFAULT, H5P_DEFAULT);
    const Id group = new_group(file, "g");
    H5Lcreate_hard(file, "/", group, "round", H5P_DEFAULT, H5P_DEFAULT);
  });
  const TensorDirectory d = read_hdf5(open_file(sample.path()));
  EXPECT_EQ(d.tensors.size(), 2u);
  EXPECT_EQ(d.tensors.at("/a").offset, d.tensors.at("/b").offset);
  EXPECT_NE(d.refused.at("/g/round").find("two paths"), std::string::npos);
}

TEST_P(Structure, a_soft_link_alone_leaves_an_old_group_old) {
  const Sample sample(GetParam(), [](hid_t file) {
    H5Lcreate_soft("/elsewhere", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
    put(file, "good", H5T_IEEE_F32LE, {2});
  });
  const TensorDirectory d = compare(sample.path());
  EXPECT_EQ(d.tensors.size(), 1u);
  EXPECT_NE(d.refused.at("/soft").find("soft link to \"/elsewhere\""), std::string::npos);
}

// Names of more than 512 KiB in one group: tables within tables in its heap.
TEST(LargeGroup, heap_of_several_levels) {
  const Sample sample(weathers[2], [](hid_t file) {
    for (int i = 0; i < 12000; ++i) new_group(file, cat("group_", i, "_", std::string(60, 'x')));
  });
  EXPECT_EQ(compare(sample.path()).text.size(), 12001u);
}

TEST_P(Structure, what_is_refused_says_why) {
  const Sample sample(GetParam(), [](hid_t file) {
    H5Lcreate_soft("/elsewhere", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("other.h5", "/x", file, "outside", H5P_DEFAULT, H5P_DEFAULT);
    const Id text = string_type(H5T_VARIABLE);
    put(file, "text", text, {0});
    const Id fixed = string_type(7);
    put(file, "fixed", fixed, {3});
    const Id pair(H5Tcreate(H5T_COMPOUND, 8), H5Tclose);
    H5Tinsert(pair, "a", 0, H5T_STD_I32LE);
    H5Tinsert(pair, "b", 4, H5T_STD_I32LE);
    put(file, "pair", pair, {2});
    const hsize_t two = 2;
    const Id array(H5Tarray_create2(H5T_IEEE_F32LE, 1, &two), H5Tclose);
    put(file, "array", array, {2});
    const Id odd(H5Tcopy(H5T_STD_I32LE), H5Tclose);
    H5Tset_precision(odd, 24);
    put(file, "odd", odd, {2});
    put(file, "opaque", Id(H5Tcreate(H5T_OPAQUE, 3), H5Tclose), {2});
    const Id creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_external(creation, "/etc/passwd", 0, 16);
    const Id space = new_space({4});
    Id(H5Dcreate2(file, "external", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose);
    put(file, "good", H5T_IEEE_F32LE, {2});
  });
  const TensorDirectory d = read_hdf5(open_file(sample.path()));
  EXPECT_EQ(d.tensors.size(), 1u);
  const std::pair<const char*, const char*> reasons[] = {{"/soft", "soft link to \"/elsewhere\""},
                                                         {"/outside", "other.h5"},
                                                         {"/text", "type string"},
                                                         {"/fixed", "type string"},
                                                         {"/pair", "compound"},
                                                         {"/array", "array"},
                                                         {"/odd", "24-bit integer"},
                                                         {"/opaque", "opaque"},
                                                         {"/external", "other files"}};
  EXPECT_EQ(d.refused.size(), std::size(reasons));
  for (const auto& [path, reason] : reasons) {
    ASSERT_EQ(d.refused.count(path), 1u) << path;
    EXPECT_NE(d.refused.at(path).find(reason), std::string::npos) << d.refused.at(path);
  }
}

}  // namespace
}  // namespace keratin::serialization
