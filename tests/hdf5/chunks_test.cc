// Layouts, chunk indexes, filters and fill values.
#include "tests/hdf5/samples.h"

namespace keratin::serialization {
namespace {

using namespace oracle;

class Chunks : public testing::TestWithParam<Weather> {};
INSTANTIATE_TEST_SUITE_P(dialects, Chunks, testing::ValuesIn(weathers),
                         [](const auto& info) { return info.param.name; });

struct Filters {
  bool shuffle = false, deflate = false, fletcher = false, late_fletcher = false;
};

Id chunked(const std::vector<hsize_t>& chunk, Filters filters = {}) {
  const hid_t p = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(p, static_cast<int>(chunk.size()), chunk.data());
  if (filters.fletcher) H5Pset_fletcher32(p);
  if (filters.shuffle) H5Pset_shuffle(p);
  if (filters.deflate) H5Pset_deflate(p, 4);
  if (filters.late_fletcher) H5Pset_fletcher32(p);
  return Id(p, H5Pclose);
}

constexpr hsize_t endless = H5S_UNLIMITED;

TEST_P(Chunks, every_index_with_every_filter) {
  const std::vector<hsize_t> limits[] = {{}, {40, 50}, {endless, 13}, {17, endless}, {endless, endless}};
  const Filters filters[] = {{},
                             {true},
                             {false, true},
                             {true, true},
                             {false, false, true},
                             {true, true, true},
                             {true, true, false, true}};
  const Sample sample(GetParam(), [&](hid_t file) {
    int i = 0;
    for (const auto& limit : limits)
      for (const Filters& f : filters)
        for (const std::vector<hsize_t>& chunk : {std::vector<hsize_t>{4, 5}, {17, 13}, {17, 1}, {1, 2}}) {
          const hid_t type = i % 3 ? H5T_IEEE_F32LE : H5T_STD_I16BE;
          put(file, cat("d", i++), type, {17, 13}, chunked(chunk, f), limit);
        }
  });
  EXPECT_EQ(compare(sample.path()).tensors.size(), std::size(limits) * std::size(filters) * 4);
}

TEST_P(Chunks, allocated_early_needs_no_index) {
  const Sample sample(GetParam(), [](hid_t file) {
    const Id creation = chunked({4, 5});
    H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
    put(file, "fixed", H5T_IEEE_F32LE, {17, 13}, creation);
    put(file, "may_grow", H5T_IEEE_F32LE, {17, 13}, creation, {40, 50});
    const Id cubes = chunked({2, 4, 3});
    H5Pset_alloc_time(cubes, H5D_ALLOC_TIME_EARLY);
    put(file, "cube", H5T_IEEE_F32LE, {5, 6, 7}, cubes);
  });
  compare(sample.path());
}

TEST_P(Chunks, edges_without_filter) {
  const Sample sample(GetParam(), [](hid_t file) {
    for (const std::vector<hsize_t>& limits : {std::vector<hsize_t>{}, {endless, 13}, {endless, endless}}) {
      const Id creation = chunked({4, 5}, {true, true});
      H5Pset_chunk_opts(creation, H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS);
      put(file, cat("d", limits.size(), limits.size() && limits[1] == 13 ? "a" : "b"), H5T_IEEE_F32LE,
          {17, 13}, creation, limits);
    }
  });
  compare(sample.path());
}

// Enough chunks that the indexes grow inner levels, blocks of blocks and pages.
TEST_P(Chunks, thousands_of_chunks) {
  const Sample sample(GetParam(), [](hid_t file) {
    put(file, "fixed", H5T_STD_I32LE, {5000}, chunked({1}));
    put(file, "fixed_zipped", H5T_STD_I32LE, {3000}, chunked({1}, {false, true}));
    put(file, "one_endless", H5T_STD_I32LE, {5000}, chunked({1}), {endless});
    put(file, "one_endless_zipped", H5T_STD_I32LE, {3, 1500}, chunked({2, 1}, {false, true}), {3, endless});
    put(file, "two_endless", H5T_STD_I32LE, {50, 90}, chunked({1, 1}), {endless, endless});
  });
  compare(sample.path());
}

void write_one(hid_t dataset, hsize_t at, std::int32_t value) {
  const Id space(H5Dget_space(dataset), H5Sclose), memory = new_space({1});
  const hsize_t one = 1;
  H5Sselect_hyperslab(space, H5S_SELECT_SET, &at, nullptr, &one, nullptr);
  ASSERT_GE(H5Dwrite(dataset, H5T_NATIVE_INT32, memory, space, H5P_DEFAULT, &value), 0);
}

// Behind 131,072 chunks an extensible array has pages. libhdf5 takes seconds to read what is missing,
// so the values are stated here.
TEST_P(Chunks, few_chunks_of_many_and_fill_values) {
  const bool is_old = GetParam().low == H5F_LIBVER_EARLIEST || GetParam().low == H5F_LIBVER_V18;
  const hsize_t count = is_old ? 5000 : 200000;
  const hsize_t places[] = {0, 5, 1030, 4999, 131100, 140000, 180001, 199999};
  const Sample sample(GetParam(), [&](hid_t file) {
    const std::int32_t fill = -7;
    for (const hsize_t limit : {count, endless}) {
      for (const bool zipped : {false, true}) {
        const Id creation = chunked({1}, {false, zipped});
        H5Pset_fill_value(creation, H5T_NATIVE_INT32, &fill);
        const Id space = new_space({count}, {limit});
        const std::string name = cat("d", limit == endless, zipped);
        const Id dataset(
            H5Dcreate2(file, name.c_str(), H5T_STD_I32BE, space, H5P_DEFAULT, creation, H5P_DEFAULT),
            H5Dclose);
        for (const hsize_t at : places)
          if (at < count) write_one(dataset, at, static_cast<int>(at) + 1);
      }
    }
  });
  const TensorDirectory d = read_hdf5(open_file(sample.path()));
  ASSERT_EQ(d.tensors.size(), 4u);
  std::vector<std::int32_t> expected(count, -7);
  for (const hsize_t at : places)
    if (at < count) expected[at] = static_cast<int>(at) + 1;
  for (const auto& [path, entry] : d.tensors)
    EXPECT_EQ(std::memcmp(values_of(entry).data(), expected.data(), entry.bytes), 0) << path;
}

TEST_P(Chunks, compact_and_never_written) {
  const Sample sample(GetParam(), [](hid_t file) {
    const Id compact(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_layout(compact, H5D_COMPACT);
    put(file, "compact", H5T_IEEE_F32LE, {10, 3}, compact);
    put(file, "compact_big_endian", H5T_STD_U16BE, {7}, compact);
    const double fill = 2.5;
    const Id creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    const Id space = new_space({100});
    H5Pset_fill_value(creation, H5T_NATIVE_DOUBLE, &fill);
    Id(H5Dcreate2(file, "filled", H5T_IEEE_F64LE, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose);
    Id(H5Dcreate2(file, "zero", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
    Id(H5Dcreate2(file, "no_chunk", H5T_IEEE_F64LE, space, H5P_DEFAULT, chunked({9}), H5P_DEFAULT), H5Dclose);
    H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
    H5Pset_fill_value(creation, H5T_NATIVE_DOUBLE, nullptr);
    put(file, "no_fill_value", H5T_IEEE_F64LE, {4}, creation);
  });
  const TensorDirectory d = compare(sample.path());
  EXPECT_FALSE(d.tensors.at("/compact").decode);
  EXPECT_TRUE(d.tensors.at("/compact_big_endian").decode);
}

TEST_P(Chunks, datasets_that_shrank_and_grew) {
  const Sample sample(GetParam(), [](hid_t file) {
    for (const std::vector<hsize_t>& limits :
         {std::vector<hsize_t>{40, 40}, {endless, 40}, {endless, endless}}) {
      const std::string name = cat("d", limits[0] == endless, limits[1] == endless);
      put(file, name, H5T_STD_I32LE, {17, 13}, chunked({4, 5}), limits);
      const Id dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
      const hsize_t small[] = {9, 6}, large[] = {33, 29};
      H5Dset_extent(dataset, small);
      H5Dset_extent(dataset, large);
    }
  });
  compare(sample.path());
}

TEST_P(Chunks, other_filters_are_named) {
  const Sample sample(GetParam(), [](hid_t file) {
    const Id nbit = chunked({4}), scale = chunked({4});
    H5Pset_nbit(nbit);
    H5Pset_scaleoffset(scale, H5Z_SO_INT, 0);
    put(file, "nbit", H5T_STD_I32LE, {8}, nbit);
    put(file, "scale", H5T_STD_I32LE, {8}, scale);
  });
  const TensorDirectory d = read_hdf5(open_file(sample.path()));
  EXPECT_NE(d.refused.at("/nbit").find("filter 5"), std::string::npos);
  EXPECT_NE(d.refused.at("/scale").find("filter 6"), std::string::npos);
}

TEST_P(Chunks, virtual_datasets_are_refused) {
  if (GetParam().low == H5F_LIBVER_EARLIEST || GetParam().low == H5F_LIBVER_V18)
    GTEST_SKIP() << "needs a new file";
  const Sample sample(GetParam(), [](hid_t file) {
    const Id creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose), space = new_space({4});
    H5Pset_virtual(creation, space, "other.h5", "/x", space);
    Id(H5Dcreate2(file, "v", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose);
  });
  EXPECT_NE(read_hdf5(open_file(sample.path())).refused.at("/v").find("virtual"), std::string::npos);
}

// More than 4 GiB, most of it a hole.
TEST_P(Chunks, large_files) {
  const hsize_t five_gib = hsize_t{5} << 30;
  const Sample sample(GetParam(), [&](hid_t file) {
    const Id creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose), space = new_space({five_gib});
    H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
    Id(H5Dcreate2(file, "hole", H5T_STD_U8LE, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose);
    put(file, "behind", H5T_IEEE_F32LE, {100});
    put(file, "behind_zipped", H5T_IEEE_F32LE, {100}, chunked({30}, {true, true}));
  });
  const TensorDirectory d = read_hdf5(open_file(sample.path()));
  EXPECT_EQ(d.tensors.at("/hole").shape, (Shape{static_cast<std::int64_t>(five_gib)}));
  EXPECT_GT(d.tensors.at("/behind").offset, hsize_t{4} << 30);
  Comparison c{d, {}};
  const Id file(H5Fopen(sample.path().c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  for (const char* path : {"/behind", "/behind_zipped"})
    compare_dataset(Id(H5Dopen2(file, path, H5P_DEFAULT), H5Dclose), path, c);
}

}  // namespace
}  // namespace keratin::serialization
