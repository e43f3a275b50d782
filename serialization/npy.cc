#include "serialization/npy.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "runtime/core/error.h"
#include "runtime/core/half.h"
#include "runtime/core/shape.h"
#include "serialization/little_endian.h"
#include "serialization/zip/zip.h"

namespace keratin::serialization {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t longest_header = 65536;
constexpr std::size_t most_axes = 32;

struct Code {
  std::string_view code;  // kind and bytes, as in "<f4"
  DType dtype;
};
constexpr std::array<Code, 12> codes = {{{"b1", DType::boolean},
                                         {"i1", DType::int8},
                                         {"i2", DType::int16},
                                         {"i4", DType::int32},
                                         {"i8", DType::int64},
                                         {"u1", DType::uint8},
                                         {"u2", DType::uint16},
                                         {"u4", DType::uint32},
                                         {"u8", DType::uint64},
                                         {"f2", DType::float16},
                                         {"f4", DType::float32},
                                         {"f8", DType::float64}}};

struct Header {
  DType dtype = DType::float32;
  bool swapped = false;
  bool fortran = false;
  Shape shape;
  std::uint64_t data = 0;  // where the elements start
};

// The header is a Python dict of three known keys; nothing else of Python is read.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Header parse() {
    Header header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = string();
      expect(':');
      if (key == "descr" && !descr) {
        descr = true;
        read_descr(header);
      } else if (key == "fortran_order" && !order) {
        order = true;
        header.fortran = boolean();
      } else if (key == "shape" && !shape) {
        shape = true;
        header.shape = tuple();
      } else {
        damaged(cat("the key '", printable(key), "' was not expected"));
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) damaged("text follows it");
    if (!descr || !order || !shape) damaged("one of 'descr', 'fortran_order', 'shape' is missing");
    return header;
  }

 private:
  [[noreturn]] void damaged(const std::string& what) const {
    fail(ErrorCode::corrupt_file, name_, ": npy header: ", what, "; the file is damaged or no array");
  }
  [[noreturn]] void no_numbers(const std::string& what) const {
    fail(ErrorCode::data_mismatch, name_, ": the array holds ", what,
         "; numbers or bool were expected. Save it with astype(\"float32\") or the like");
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) damaged(cat("'", c, "' was expected at byte ", at_));
  }
  std::string_view string() {
    const char quote = accept('\'') ? '\'' : '"';
    if (quote == '"') expect('"');
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) damaged("a string has no end");
    const std::string_view value = text_.substr(at_, end - at_);
    at_ = end + 1;
    return value;
  }
  bool boolean() {
    skip_space();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}})
      if (text_.substr(at_, word.size()) == word) return at_ += word.size(), value;
    damaged("True or False was expected");
  }
  Shape tuple() {
    Shape shape;
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::int64_t dim = -1;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), dim);
      if (error != std::errc() || dim < 0) damaged("the shape is no tuple of sizes");
      at_ = static_cast<std::size_t>(end - text_.data());
      if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2's long
      shape.push_back(dim);
      if (shape.size() > most_axes) damaged("the shape has more than 32 axes");
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }
  void read_descr(Header& header) {
    if (accept('[')) no_numbers("records (a structured dtype)");
    const std::string_view descr = string();
    if (descr.size() < 2 || std::string_view("<>|=").find(descr[0]) == std::string_view::npos)
      damaged(cat("the dtype '", printable(descr), "' is unknown"));
    const auto found =
        std::find_if(codes.begin(), codes.end(), [&](const Code& c) { return c.code == descr.substr(1); });
    if (found == codes.end()) refuse_descr(descr);
    header.dtype = found->dtype;
    header.swapped = descr[0] == '>';
  }
  [[noreturn]] void refuse_descr(std::string_view descr) const {
    switch (descr[1]) {
      case 'O':
        fail(ErrorCode::corrupt_file, name_,
             ": the array holds pickled Python objects, which are never read: they would run code. Save "
             "numbers");
      case 'U':
      case 'S':
        no_numbers(cat("strings ('", printable(descr), "'), which are not read yet"));
      case 'c':
        no_numbers("complex numbers");
      case 'V':
        no_numbers("raw bytes (a dtype that numpy does not know, such as bfloat16)");
      case 'M':
      case 'm':
        no_numbers("dates or time spans");
      case 'f':
        if (descr.substr(1) != "f12" && descr.substr(1) != "f16") break;
        no_numbers(cat("floats of the machine-dependent dtype '", printable(descr), "'"));
    }
    damaged(cat("the dtype '", printable(descr), "' is unknown"));
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
};

Header read_header(const ByteSource& source) {
  const std::string& name = source.name();
  std::array<std::byte, 12> start{};
  check(is_npy(source) && source.size() >= start.size(), ErrorCode::corrupt_file, name, ": no .npy array");
  source.read(0, start);
  const auto version = static_cast<int>(start[6]);
  check(version >= 1 && version <= 3, ErrorCode::corrupt_file, name, ": npy version ", version,
        " is unknown; 1 to 3 are read");
  const std::size_t prefix = version == 1 ? 10 : 12;
  const std::size_t size = version == 1 ? load_le<std::uint16_t>(start, 8) : load_le<std::uint32_t>(start, 8);
  check(size <= longest_header && size <= source.size() - prefix, ErrorCode::corrupt_file, name,
        ": npy header: it says it is ", size, " bytes long; the file is truncated or damaged");
  std::string text(size, '\0');
  source.read(prefix, std::as_writable_bytes(std::span(text)));
  Header header = HeaderParser(text, name).parse();
  header.data = prefix + size;
  return header;
}

void swap_bytes(std::span<std::byte> bytes, std::size_t width) {
  for (std::size_t at = 0; at < bytes.size(); at += width)
    std::reverse(bytes.data() + at, bytes.data() + at + width);
}

// From first-axis-fastest to last-axis-fastest.
Tensor to_row_major(const Tensor& fortran) {
  const std::size_t rank = fortran.rank(), width = size_of(fortran.dtype());
  Tensor out(fortran.dtype(), fortran.shape());
  std::vector<std::size_t> strides(rank), index(rank);
  std::size_t step = width;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    strides[axis] = step;
    step *= static_cast<std::size_t>(fortran.dim(axis));
  }
  const auto* from = static_cast<const std::byte*>(fortran.raw());
  auto* to = static_cast<std::byte*>(out.raw());
  std::size_t offset = 0;
  for (std::size_t i = 0; i < out.elements(); ++i, to += width) {
    std::copy_n(from + offset, width, to);
    for (std::size_t axis = rank; axis-- > 0;) {
      offset += strides[axis];
      if (++index[axis] < static_cast<std::size_t>(fortran.dim(axis))) break;
      offset -= strides[axis] * index[axis];
      index[axis] = 0;
    }
  }
  return out;
}

std::uint64_t bytes_of(const Header& header, const std::string& name) {
  std::uint64_t bytes = size_of(header.dtype);
  const bool empty = std::find(header.shape.begin(), header.shape.end(), 0) != header.shape.end();
  bool overflow = false;
  std::uint64_t product = 1;  // of the other axes, too: the shape itself must make sense
  for (const std::int64_t dim : header.shape)
    if (dim != 0) overflow |= __builtin_mul_overflow(product, static_cast<std::uint64_t>(dim), &product);
  overflow |= __builtin_mul_overflow(bytes, product, &bytes) || bytes > std::uint64_t{1} << 40;
  check(!overflow, ErrorCode::corrupt_file, name, ": npy header: shape ", to_string(header.shape),
        " is beyond 2^40 bytes; the file is damaged or hostile");
  return empty ? 0 : bytes;
}

}  // namespace

bool is_npy(const ByteSource& source) {
  std::array<std::byte, 6> start{};
  if (source.size() < start.size()) return false;
  source.read(0, start);
  return std::equal(start.begin(), start.end(), std::as_bytes(std::span(magic)).begin());
}

Tensor read_npy(const ByteSource& source) {
  const Header header = read_header(source);
  const std::uint64_t bytes = bytes_of(header, source.name()), there = source.size() - header.data;
  check(bytes == there, ErrorCode::corrupt_file, source.name(), ": shape ", to_string(header.shape), " of ",
        name_of(header.dtype), " needs ", bytes, " bytes, the file holds ", there,
        "; it is truncated or damaged");
  Tensor tensor(header.dtype, header.shape);
  const std::span<std::byte> raw(static_cast<std::byte*>(tensor.raw()), tensor.bytes());
  source.read(header.data, raw);
  if (header.swapped) swap_bytes(raw, size_of(header.dtype));
  if (header.dtype == DType::boolean)  // a C++ bool is 0 or 1
    for (std::byte& value : raw) value = std::byte{value != std::byte{0}};
  return header.fortran && tensor.rank() > 1 ? to_row_major(tensor) : tensor;
}

NamedTensors read_npz(const SourcePtr& source) {
  const ZipArchive zip(source);
  NamedTensors tensors;
  for (const ZipMember& member : zip.members()) {
    std::string name = member.name;
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    for (const auto& other : tensors)
      check(other.first != name, ErrorCode::corrupt_file, source->name(), ": two arrays are called \"", name,
            "\"");
    if (!member.deflated) zip.verify(member);
    const SourcePtr bytes = zip.open(member);
    check(is_npy(*bytes), ErrorCode::corrupt_file, bytes->name(), ": this member is no .npy array");
    tensors.emplace_back(std::move(name), read_npy(*bytes));
  }
  return tensors;
}

void write_npy(const Tensor& tensor, ByteSink& sink) {
  if (tensor.dtype() == DType::bfloat16) {
    Tensor wide(DType::float32, tensor.shape());
    const auto* from = static_cast<const BFloat16*>(tensor.raw());
    std::transform(from, from + tensor.elements(), wide.data<float>(), [](BFloat16 v) { return float(v); });
    return write_npy(wide, sink);
  }
  const auto found =
      std::find_if(codes.begin(), codes.end(), [&](const Code& c) { return c.dtype == tensor.dtype(); });
  check(found != codes.end(), ErrorCode::unsupported, "a tensor of dtype ", name_of(tensor.dtype()),
        " can't be written as .npy");
  const char order = size_of(tensor.dtype()) == 1 ? '|' : '<';
  std::string header = cat("{'descr': '", order, found->code,
                           "', 'fortran_order': False, 'shape': ", to_string(tensor.shape()), ", }");
  constexpr std::size_t prefix = 10, alignment = 64;
  header.resize((prefix + header.size() + 1 + alignment - 1) / alignment * alignment - prefix, ' ');
  header.back() = '\n';
  std::vector<std::byte> out;
  append_bytes(out, std::as_bytes(std::span(magic)));
  append_le<std::uint8_t>(out, 1);
  append_le<std::uint8_t>(out, 0);
  append_le<std::uint16_t>(out, static_cast<std::uint16_t>(header.size()));
  append_bytes(out, std::as_bytes(std::span(header)));
  sink.write(out);
  sink.write({static_cast<const std::byte*>(tensor.raw()), tensor.bytes()});
}

void write_npz(const NamedTensors& tensors, ByteSink& sink) {
  ZipWriter zip(sink);
  for (const auto& [name, tensor] : tensors)
    zip.add(name + ".npy", [&](ByteSink& member) { write_npy(tensor, member); });
  zip.finish();
}

}  // namespace keratin::serialization
