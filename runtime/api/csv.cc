// Tables of numbers as text: columns by the names of the first line.
#include "keratin/csv.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "runtime/core/error.h"
#include "serialization/bytes.h"

namespace keratin {
inline namespace v1 {
namespace {

// One line's fields, without the quotes around them; "" within quotes is one.
std::vector<std::string> fields_of(std::string_view line, char separator, const std::string& where) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += line[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == separator && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  check(!quoted, ErrorCode::data_mismatch, where, ": a quote isn't closed; a field must end on its line");
  for (std::string& field : fields) {
    const std::size_t first = field.find_first_not_of(" \t");
    const std::size_t last = field.find_last_not_of(" \t");
    field = first == std::string::npos ? "" : field.substr(first, last - first + 1);
  }
  return fields;
}

double number_of(std::string_view text, const std::string& where, const std::string& column) {
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = !digits.empty() && end == digits.data() + digits.size();
  check(whole && error == std::errc(), ErrorCode::data_mismatch, where, ", column \"", column, "\": found \"",
        text.substr(0, 40), "\", expected a number", whole ? " that float64 holds" : "");
  return value;
}

std::string text_of(const std::string& path) {
  const serialization::SourcePtr file = serialization::open_file(path);
  std::string text(file->size(), '\0');
  file->read(0, std::as_writable_bytes(std::span(text)));
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);  // a byte order mark
  return text;
}

Tensor column_of(const std::vector<double>& values) {
  Tensor tensor(DType::float64, {static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), tensor.data<double>());
  return tensor;
}

// Columns beside each other.
Tensor joined(const std::vector<Tensor>& columns) {
  const std::int64_t rows = columns[0].dim(0), count = static_cast<std::int64_t>(columns.size());
  Tensor table(DType::float64, {rows, count});
  double* to = table.data<double>();
  for (std::int64_t row = 0; row < rows; ++row)
    for (const Tensor& column : columns) *to++ = column.data<double>()[row];
  return table;
}

}  // namespace

NamedTensors read_csv(const std::string& path, const CsvOptions& options) {
  const std::string text = text_of(path);
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns;
  std::size_t line_number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line(text.data() + at, end - at);
    at = end + 1;
    ++line_number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    const std::string where = cat(path, ": line ", line_number);
    std::vector<std::string> fields = fields_of(line, options.separator, where);
    if (names.empty()) {
      std::set<std::string> seen;
      for (const std::string& name : fields)
        check(!name.empty() && seen.insert(name).second, ErrorCode::data_mismatch, where, ": column \"", name,
              "\": expected a name that comes once");
      names = std::move(fields);
      columns.resize(names.size());
      continue;
    }
    check(fields.size() == names.size(), ErrorCode::data_mismatch, where, ": ", fields.size(),
          " fields, expected ", names.size(), " as in the first line");
    for (std::size_t i = 0; i < fields.size(); ++i)
      columns[i].push_back(number_of(fields[i], where, names[i]));
  }
  check(!names.empty(), ErrorCode::data_mismatch, path, ": there is no line with the columns' names");
  NamedTensors tensors;
  for (std::size_t i = 0; i < names.size(); ++i) tensors.emplace_back(names[i], column_of(columns[i]));
  return tensors;
}

Dataset read_csv(const std::string& path, const std::vector<std::string>& labels, const CsvOptions& options) {
  std::vector<Tensor> x, y(labels.size());
  Arrays arrays;
  for (auto& [name, column] : read_csv(path, options)) {
    const auto label = std::find(labels.begin(), labels.end(), name);
    if (label != labels.end()) {
      y[static_cast<std::size_t>(label - labels.begin())] = column;
    } else if (name == "sample_weight") {
      arrays.sample_weight = {{name, column}};
    } else {
      x.push_back(column);
    }
  }
  for (std::size_t i = 0; i < labels.size(); ++i)
    check(y[i].rank() > 0, ErrorCode::data_mismatch, path, ": there is no column \"", labels[i],
          "\", which was named as a label");
  check(!x.empty(), ErrorCode::data_mismatch, path, ": all columns are labels; nothing is left for x");
  arrays.x = {{"x", joined(x)}};
  if (!y.empty()) arrays.y = {{"y", y.size() == 1 ? y[0] : joined(y)}};
  return arrays;
}

}  // namespace v1
}  // namespace keratin
