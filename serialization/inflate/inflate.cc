#include "serialization/inflate/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "runtime/core/error.h"

namespace keratin::serialization {
namespace {

// zlib counts in 32 bits.
uInt piece(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class Stream {
 public:
  explicit Stream(Wrapping wrapping) {
    const int bits = wrapping == Wrapping::raw ? -MAX_WBITS : MAX_WBITS;
    check(inflateInit2(&stream_, bits) == Z_OK, ErrorCode::out_of_memory, "zlib can't be started");
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { inflateEnd(&stream_); }

  // Returns zlib's last word: Z_STREAM_END when the stream ended by itself.
  int run(std::span<const std::byte>& packed, std::span<std::byte>& out) {
    int result = Z_OK;
    while (result == Z_OK) {
      const uInt in_size = piece(packed.size()), out_size = piece(out.size());
      stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
      stream_.avail_in = in_size;
      stream_.next_out = reinterpret_cast<Bytef*>(out.data());
      stream_.avail_out = out_size;
      result = ::inflate(&stream_, Z_NO_FLUSH);
      packed = packed.subspan(in_size - stream_.avail_in);
      out = out.subspan(out_size - stream_.avail_out);
    }
    return result;
  }

 private:
  z_stream stream_{};
};

}  // namespace

void inflate(std::span<const std::byte> packed, std::span<std::byte> out, Wrapping wrapping,
             const std::string& name) {
  const std::size_t expected = out.size();
  Stream stream(wrapping);
  std::byte spare[1];  // zlib wants a place even where nothing is left to come
  int result = Z_OK;
  if (!out.empty()) result = stream.run(packed, out);
  const std::size_t missing = out.size();
  if (result != Z_STREAM_END && result != Z_DATA_ERROR && missing == 0) {
    std::span<std::byte> rest = spare;
    result = stream.run(packed, rest);
    check(rest.size() == sizeof spare, ErrorCode::corrupt_file, name, ": more than the declared ", expected,
          " bytes were compressed; the file is damaged or hostile");
  }
  check(result == Z_STREAM_END, ErrorCode::corrupt_file, name, ": the compressed data are damaged (zlib ",
        result, ", ", expected - missing, " of ", expected, " bytes came)");
  check(missing == 0, ErrorCode::corrupt_file, name, ": only ", expected - missing, " of the declared ",
        expected, " bytes were compressed; the file is damaged");
}

}  // namespace keratin::serialization
