#include "runtime/api/backup.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "runtime/core/cast.h"
#include "runtime/core/error.h"
#include "runtime/core/shape.h"

namespace keratin {
inline namespace v1 {
namespace {

// Raised when the entries below change their meaning.
constexpr std::int64_t kFormat = 1;
constexpr const char* kFile = "/backup.npz";

Tensor integers(const std::vector<std::int64_t>& values) {
  Tensor tensor(DType::int64, {static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), tensor.data<std::int64_t>());
  return tensor;
}
Tensor numbers(const std::vector<double>& values) {
  Tensor tensor(DType::float64, {static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), tensor.data<double>());
  return tensor;
}

// The entries by name; those that aren't there, or aren't of the type, are a damaged file's.
class Entries {
 public:
  Entries(std::string path, const NamedTensors& tensors) : path_(std::move(path)) {
    for (const auto& [name, tensor] : tensors) tensors_.emplace(name, tensor);
  }
  const Tensor& at(const std::string& name, DType dtype) const {
    const auto found = tensors_.find(name);
    check(found != tensors_.end() && found->second.dtype() == dtype, ErrorCode::corrupt_file, path_,
          ": there is no \"", name, "\" of dtype ", name_of(dtype), "; delete the file to begin anew");
    return found->second;
  }
  template <class T>
  std::vector<T> list(const std::string& name, std::size_t least = 0) const {
    const Tensor& tensor = at(name, DTypeOf<T>::value);
    check(tensor.elements() >= least, ErrorCode::corrupt_file, path_, ": \"", name, "\" has ",
          tensor.elements(), " numbers, expected ", least);
    return std::vector<T>(tensor.data<T>(), tensor.data<T>() + tensor.elements());
  }
  // Those that begin so, in order, without that; numbered "prefix12/rest".
  NamedTensors below(const std::string& prefix) const {
    std::map<std::size_t, std::pair<std::string, Tensor>> found;
    for (const auto& [name, tensor] : tensors_) {
      if (!name.starts_with(prefix)) continue;
      const std::size_t slash = std::min(name.find('/', prefix.size()), name.size());
      const std::string number = name.substr(prefix.size(), slash - prefix.size());
      const bool counts = !number.empty() && number.size() < 10 &&
                          number.find_first_not_of("0123456789") == std::string::npos && slash < name.size();
      check(counts, ErrorCode::corrupt_file, path_, ": entry \"", name, "\" has no number");
      found.emplace(std::stoul(number), std::pair(name.substr(slash + 1), tensor));
    }
    NamedTensors list;
    for (auto& [number, entry] : found) list.push_back(std::move(entry));
    return list;
  }

 private:
  std::string path_;
  std::map<std::string, Tensor> tensors_;
};

void put(NamedTensors& to, const std::string& prefix, const NamedTensors& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i)
    to.emplace_back(cat(prefix, i, "/", entries[i].first), entries[i].second);
}

std::string callback_prefix(std::size_t index) { return cat("callback ", index, "/"); }

FitPlace place_of(const std::vector<std::int64_t>& n) {
  return {n[0], n[1], n[2] != 0, {n[3], n[4], n[5] != 0}, {n[6], n[7], n[8] != 0}};
}
std::vector<std::int64_t> numbers_of(const FitPlace& p) {
  return {p.epoch,
          p.step,
          p.stopped,
          p.train.next_pass,
          p.train.taken,
          p.train.running,
          p.validation.next_pass,
          p.validation.taken,
          p.validation.running};
}

}  // namespace

Backup::Backup(const BackupAndRestore& callback, Model& model, std::vector<std::int64_t> settings)
    : callback_(callback),
      model_(model),
      training_(training_of(model.state())),
      settings_(std::move(settings)),
      path_(callback.backup_dir() + kFile) {
  settings_.insert(settings_.begin(), kFormat);
  // Its state must be there to be given values.
  train::Optimizer* optimizer = training_.optimizer.get();
  if (optimizer && !optimizer->built()) optimizer->build(model.state().model().trainable_variables());
}

std::vector<VariablePtr> Backup::variables() const {
  std::vector<VariablePtr> all = model_.state().model().variables();
  if (training_.optimizer)
    for (VariablePtr& variable : training_.optimizer->state()) all.push_back(std::move(variable));
  return all;
}

std::optional<FitPlace> Backup::restore(const std::vector<AnyCallback>& callbacks, History& history) {
  std::error_code none;
  if (!std::filesystem::exists(path_, none)) return std::nullopt;
  const Entries entries(path_, read_npz(path_));
  check(
      entries.list<std::int64_t>("settings") == settings_, ErrorCode::data_mismatch, path_,
      ": this backup is of a fit with other options (batch size, steps, shuffling, seed) or other data; fit "
      "with those, or delete it to begin anew");
  const FitPlace place = place_of(entries.list<std::int64_t>("place", 9));

  const std::vector<VariablePtr> wanted = variables();
  const NamedTensors values = entries.below("variable ");
  check(values.size() == wanted.size(), ErrorCode::data_mismatch, path_,
        ": a backup of another model: it has ", values.size(), " variables, expected ", wanted.size());
  std::vector<Tensor> found;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    check(values[i].first == wanted[i]->path && values[i].second.shape() == wanted[i]->shape(),
          ErrorCode::data_mismatch, path_, ": a backup of another model: variable ", i, " is \"",
          values[i].first, "\" of shape ", to_string(values[i].second.shape()), ", expected \"",
          wanted[i]->path, "\" of ", to_string(wanted[i]->shape()));
    found.push_back(cast_tensor(values[i].second, wanted[i]->dtype()));
  }
  History told;
  told.batch_loss = entries.list<double>("batch_loss");
  told.epoch = entries.list<std::int64_t>("epochs");
  for (const auto& [name, tensor] : entries.below("history ")) {
    const Tensor list = cast_tensor(tensor, DType::float64);
    told.history.emplace_back(
        name, std::vector<double>(list.data<double>(), list.data<double>() + list.elements()));
  }
  {
    const Writing writing(model_.state().home);
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i]->assign(std::move(found[i]));
    training_.trainer->compiled().set_state(entries.below("metric "));
  }
  for (std::size_t i = 0; i < callbacks.size(); ++i)
    if (auto* callback = dynamic_cast<ResumableCallback*>(&*callbacks[i]))
      callback->set_state(entries.below(callback_prefix(i)));
  training_.stop = place.stopped;
  history = std::move(told);
  return place;
}

void Backup::save(const FitPlace& place, const std::vector<AnyCallback>& callbacks, const History& history) {
  NamedTensors all = {{"settings", integers(settings_)},
                      {"place", integers(numbers_of(place))},
                      {"batch_loss", numbers(history.batch_loss)},
                      {"epochs", integers(history.epoch)}};
  NamedTensors values, told;
  for (const VariablePtr& variable : variables())  // without a value yet: the state of a recurrent layer
    values.emplace_back(variable->path, variable->has_value()
                                            ? variable->value()
                                            : Tensor::zeros(variable->dtype(), variable->shape()));
  for (const auto& [name, list] : history.history) told.emplace_back(name, numbers(list));
  put(all, "variable ", values);
  put(all, "metric ", training_.trainer->compiled().state());
  put(all, "history ", told);
  for (std::size_t i = 0; i < callbacks.size(); ++i)
    if (const auto* callback = dynamic_cast<const ResumableCallback*>(&*callbacks[i]))
      put(all, callback_prefix(i), callback->state());
  std::error_code failed;
  std::filesystem::create_directories(callback_.backup_dir(), failed);
  check(!failed, ErrorCode::io, callback_.backup_dir(), ": ", failed.message());
  write_npz(path_, all);
}

bool Backup::is_due_after(std::int64_t steps) const {
  const std::int64_t frequency = callback_.options().save_freq;
  return frequency > 0 && steps % frequency == 0;
}

bool Backup::is_due_at_epoch_end() const { return callback_.options().save_freq == 0; }

void Backup::finish() {
  if (callback_.options().delete_checkpoint) callback_.remove();
}

BackupAndRestore::BackupAndRestore(std::string backup_dir, BackupAndRestoreOptions options)
    : backup_dir_(std::move(backup_dir)), options_(options) {
  check(!backup_dir_.empty(), ErrorCode::invalid_argument, "BackupAndRestore: expected the name of a folder");
  check(options_.save_freq >= 0, ErrorCode::invalid_argument, "BackupAndRestore: save_freq ",
        options_.save_freq, ": expected 0 (each epoch) or a number of batches");
}

void BackupAndRestore::remove() const {
  std::error_code none;
  std::filesystem::remove(backup_dir_ + kFile, none);
  std::filesystem::remove(backup_dir_, none);  // refuses one that holds other files
}

}  // namespace v1
}  // namespace keratin
