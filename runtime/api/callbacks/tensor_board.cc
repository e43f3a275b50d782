// Event files: TFRecord frames around Event messages, written by hand: a few fields of fixed shape.
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "keratin/model.h"
#include "runtime/api/callbacks/monitor.h"
#include "runtime/core/error.h"
#include "serialization/crc32c.h"

namespace keratin {
inline namespace v1 {
namespace {

// ---- protocol buffers' wire format: key = field number and wire type (0 varint, 1 and 5 fixed, 2 length)

void put_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}
void put_key(std::string& to, int field, int wire_type) {
  put_varint(to, static_cast<std::uint64_t>(field << 3 | wire_type));
}
void put_bytes(std::string& to, int field, const std::string& bytes) {
  put_key(to, field, 2);
  put_varint(to, bytes.size());
  to += bytes;
}
void put_integer(std::string& to, int field, std::int64_t value) {
  put_key(to, field, 0);
  put_varint(to, static_cast<std::uint64_t>(value));
}
template <class T>
std::string little_endian(T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  return std::string(bytes, sizeof value);
}

// Summary.Value: tag 1, tensor 8 (dtype 1, tensor_shape 2, float_val 5), metadata 9 (plugin_data 1 with
// plugin_name 1; data_class 4).
std::string scalar_of(const std::string& tag, double number) {
  constexpr int kFloat = 1, kScalar = 1;
  std::string tensor, plugin, metadata, value;
  put_integer(tensor, 1, kFloat);
  put_bytes(tensor, 2, "");
  put_bytes(tensor, 5, little_endian(static_cast<float>(number)));
  put_bytes(plugin, 1, "scalars");
  put_bytes(metadata, 1, plugin);
  put_integer(metadata, 4, kScalar);
  put_bytes(value, 1, tag);
  put_bytes(value, 8, tensor);
  put_bytes(value, 9, metadata);
  return value;
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string masked_crc(const std::string& bytes) {
  const std::uint32_t crc = serialization::crc32c(std::as_bytes(std::span(bytes)));
  return little_endian(serialization::mask_crc32c(crc));
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 && name[0] ? name : "localhost";
}

}  // namespace

class TensorBoard::Events {
 public:
  explicit Events(const std::string& folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    check(!failed, ErrorCode::io, folder, ": TensorBoard: ", failed.message());
    // As TensorFlow calls them, so that TensorBoard finds them; several of one second differ in their number.
    const std::string stem = folder + "/events.out.tfevents." +
                             std::to_string(static_cast<std::int64_t>(now())) + "." + host_name() + "." +
                             std::to_string(getpid()) + ".";
    for (int number = 0; path_.empty() || std::filesystem::exists(path_); ++number)
      path_ = stem + std::to_string(number) + ".v2";
    file_.open(path_, std::ios::binary);
    std::string event = begun();
    put_bytes(event, 3, "brain.Event:2");
    write(event);
  }

  void scalar(const std::string& tag, double number, std::int64_t step) {
    std::string summary, event = begun();
    put_bytes(summary, 1, scalar_of(tag, number));
    put_integer(event, 2, step);
    put_bytes(event, 5, summary);
    write(event);
  }
  void flush() {
    check(static_cast<bool>(file_.flush()), ErrorCode::io, path_, ": TensorBoard can't write it");
  }

 private:
  static std::string begun() {
    std::string event;
    put_key(event, 1, 1);
    return event + little_endian(now());
  }
  void write(const std::string& event) {
    const std::string length = little_endian(static_cast<std::uint64_t>(event.size()));
    file_ << length << masked_crc(length) << event << masked_crc(event);
  }
  std::string path_;
  std::ofstream file_;
};

void TensorBoard::on_train_begin(Model&) {
  train_.reset();
  validation_.reset();
  batches_ = 0;
}

TensorBoard::Events& TensorBoard::train() {
  if (!train_) train_ = std::make_shared<Events>(options_.log_dir + "/train");
  return *train_;
}

void TensorBoard::on_epoch_end(Model& model, std::int64_t epoch, Logs& logs) {
  Logs all = logs;
  try {
    log_learning_rate(model, all);
  } catch (const Error& e) {  // of a schedule
    if (e.code() != ErrorCode::invalid_argument) throw;
  }
  for (const auto& [name, value] : all) {
    if (!name.starts_with("val_")) {
      train().scalar("epoch_" + name, value, epoch);
      continue;
    }
    if (!validation_) validation_ = std::make_shared<Events>(options_.log_dir + "/validation");
    validation_->scalar("epoch_" + name.substr(4), value, epoch);
  }
  train().flush();
  if (validation_) validation_->flush();
}

void TensorBoard::on_train_batch_end(Model&, std::int64_t, const Logs& logs) {
  const std::int64_t batch = batches_++;
  if (options_.update_freq <= 0 || batch % options_.update_freq != 0) return;
  for (const auto& [name, value] : logs) train().scalar("batch_" + name, value, batch);
}

void TensorBoard::on_train_end(Model&, const Logs&) {
  if (train_) train_->flush();
  train_.reset();
  validation_.reset();
}

NamedTensors TensorBoard::state() const {
  return {{"batches", number_tensor(static_cast<double>(batches_))}};
}
void TensorBoard::set_state(const NamedTensors& state) { batches_ = count_of(state, "batches"); }

}  // namespace v1
}  // namespace keratin
