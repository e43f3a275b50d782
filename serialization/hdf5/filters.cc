#include "serialization/hdf5/filters.h"

#include <cstring>

#include "serialization/hdf5/checksum.h"
#include "serialization/inflate/inflate.h"

namespace keratin::serialization::hdf5 {
namespace {

enum : std::uint16_t { deflate = 1, shuffle = 2, fletcher = 3 };

// Byte k of every element lies together; a tail shorter than an element is left as it is.
void unshuffle(Bytes in, std::span<std::byte> out, std::size_t element) {
  const std::size_t count = element > 1 ? in.size() / element : 0;
  for (std::size_t k = 0; count > 1 && k < element; ++k)
    for (std::size_t i = 0; i < count; ++i) out[i * element + k] = in[k * count + i];
  const std::size_t done = count > 1 ? count * element : 0;
  if (done < in.size()) std::memcpy(out.data() + done, in.data() + done, in.size() - done);
}

Bytes without_checksum(Bytes in) {
  check(in.size() >= 4, ErrorCode::corrupt_file,
        "chunk: it is shorter than its checksum; the file is damaged");
  const Bytes data = in.first(in.size() - 4);
  std::uint32_t stored = 0;
  for (std::size_t i = 4; i-- > 0;) stored = stored << 8 | static_cast<std::uint32_t>(in[data.size() + i]);
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  check(fletcher32(data) == stored, ErrorCode::corrupt_file,
        "chunk: its Fletcher-32 checksum does not match; the file is damaged");
#else
  (void)stored;
#endif
  return data;
}

}  // namespace

Pipeline read_pipeline(Cursor in) {
  const std::uint8_t version = in.u8(), count = in.u8();
  if (version < 1 || version > 2) in.unsupported(cat("version ", int{version}, " is unknown"));
  if (count > 32) in.damaged(cat(int{count}, " filters are more than 32"));
  if (version == 1) in.skip(6);
  Pipeline out;
  for (int i = 0; i < count; ++i) {
    Filter filter;
    filter.id = in.u16();
    const bool has_name = version == 1 || filter.id >= 256;
    const std::uint16_t name_size = has_name ? in.u16() : 0;
    in.skip(2);  // whether the filter may fail
    const std::uint16_t parameters = in.u16();
    in.skip(name_size);
    if (version == 1) in.pad8(name_size);
    for (int k = 0; k < parameters; ++k) {
      const std::uint32_t value = in.u32();
      if (k == 0) filter.parameter = value;
    }
    if (version == 1 && parameters % 2) in.skip(4);
    out.push_back(filter);
  }
  return out;
}

std::string refusal(const Pipeline& pipeline) {
  for (const Filter& filter : pipeline)
    if (filter.id != deflate && filter.id != shuffle && filter.id != fletcher)
      return cat("its chunks went through filter ", filter.id,
                 "; only deflate, shuffle and fletcher32 are read");
  return {};
}

std::uint64_t expansion(const Pipeline& pipeline) {
  std::uint64_t ratio = 1;
  for (const Filter& filter : pipeline)
    if (filter.id == deflate && ratio < inflate_ratio * inflate_ratio) ratio *= inflate_ratio;
  return ratio;
}

void undo_filters(const Pipeline& pipeline, std::uint32_t skipped, Bytes stored, std::span<std::byte> out,
                  FilterScratch& scratch) {
  auto applies = [&](std::size_t i) { return !(skipped >> i & 1); };
  // What leaves filter i is the chunk and a checksum per Fletcher filter in front of it.
  auto size_before = [&](std::size_t i) {
    std::size_t size = out.size();
    for (std::size_t k = 0; k < i; ++k)
      if (pipeline[k].id == fletcher && applies(k)) size += 4;
    return size;
  };
  Bytes data = stored;
  for (std::size_t i = pipeline.size(); i-- > 0;) {
    if (!applies(i)) continue;
    if (pipeline[i].id == fletcher) {
      data = without_checksum(data);
      continue;
    }
    std::vector<std::byte>& to = scratch.back;
    if (pipeline[i].id == deflate) {
      to.resize(size_before(i));
      inflate(data, to, Wrapping::zlib, "chunk");
    } else {
      to.resize(data.size());
      unshuffle(data, to, pipeline[i].parameter);
    }
    std::swap(scratch.front, scratch.back);
    data = scratch.front;
  }
  check(data.size() == out.size(), ErrorCode::corrupt_file, "chunk: it holds ", data.size(),
        " bytes, expected ", out.size(), "; the file is damaged");
  if (!data.empty()) std::memcpy(out.data(), data.data(), data.size());
}

}  // namespace keratin::serialization::hdf5
