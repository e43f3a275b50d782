// A save at which something breaks, at every system call in turn: the old file stays whole, or the new one
// is.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>

#include "runtime/core/error.h"
#include "serialization/document.h"
#include "tests/saving/faults.h"
#include "tests/serialization/expect_error.h"
#include "tests/serialization/temporary_folder.h"

namespace keratin::serialization {
namespace {

using faults::Fault;
using testing::TemporaryFolder;

const std::string goldens = std::string(KERATIN_TEST_DATA) + "/golden/formats/";

// A model, how it is written, and the file that stands there before.
struct Saved {
  const char* model;
  const char* format;
};
void PrintTo(const Saved& saved, std::ostream* out) { *out << saved.model << " as " << saved.format; }

// Values beyond what a sink holds back, so that a save has several writes.
TensorEntry large(std::size_t elements) {
  TensorEntry entry;
  entry.dtype = DType::float32;
  entry.shape = {static_cast<std::int64_t>(elements)};
  entry.bytes = elements * sizeof(float);
  entry.decode = [](std::span<std::byte> out) { std::memset(out.data(), 1, out.size()); };
  return entry;
}

class Atomic : public ::testing::TestWithParam<Saved> {
 protected:
  Atomic() {
    document_ = read_document(goldens + GetParam().model);
    if (document_.layout != WeightsLayout::none)
      for (std::size_t i = 0; i < 3; ++i)
        document_.weights.tensors[cat(document_.weights_root, "/large/", i)] = large(100000 + 100000 * i);
    write_document(document_, folder_ / "reference", GetParam().format);
    fresh_ = TemporaryFolder::read(folder_ / "reference");
    std::filesystem::remove(folder_ / "reference");
    path_ = folder_.write("model", old_);
  }

  void save() const { write_document(document_, path_, GetParam().format); }
  std::string content() const { return TemporaryFolder::read(path_); }
  std::size_t files() const {
    using Files = std::filesystem::directory_iterator;
    return static_cast<std::size_t>(std::distance(Files(folder_.path()), Files()));
  }
  // How a process ends that does this: its exit status, or minus the signal.
  template <class Work>
  static int in_child(Work&& work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  }
  int calls_of_a_save() const {
    faults::arm(Fault::none, -1);
    save();
    return faults::disarm();
  }

  const std::string old_ = "the file that stood there before";
  std::string fresh_;  // bytes of the new one
  TemporaryFolder folder_;
  std::string path_;
  ModelDocument document_;
};

TEST_P(Atomic, KilledAtEveryCall) {
  for (const Fault fault : {Fault::kill, Fault::kill_mid}) {
    bool done = false;
    int kept = 0, replaced = 0;
    for (int at = 0; !done; ++at) {
      ASSERT_LT(at, 100000);
      folder_.write("model", old_);
      const int ended = in_child([&] {
        faults::arm(fault, at);
        save();
        return faults::disarm() <= at ? 0 : 1;  // 1: past a call that isn't a write
      });
      ASSERT_TRUE(ended == 0 || ended == 1 || ended == -SIGKILL) << at << ": " << ended;
      done = ended == 0;
      const std::string found = content();
      if (ended >= 0) {
        ASSERT_TRUE(found == fresh_) << "call " << at;
      } else {
        ASSERT_TRUE(found == old_ || found == fresh_) << "killed at call " << at;
        (found == old_ ? kept : replaced)++;
      }
    }
    EXPECT_GT(kept, 0);
    if (fault == Fault::kill) {
      EXPECT_GT(replaced, 0);  // after the rename
    }
  }
  save();  // what the dead left is cleared away
  EXPECT_EQ(files(), 1u);
}

TEST_P(Atomic, FailedAtEveryCall) {
  for (const int code : {ENOSPC, EIO, EDQUOT, EROFS})
    for (int at = 0;; ++at) {
      ASSERT_LT(at, 100000);
      folder_.write("model", old_);
      std::string told;
      faults::arm(Fault::error, at, code);
      try {
        save();
      } catch (const Error& error) {
        EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(ErrorCode::io)) << error.what();
        told = error.what();
      }
      faults::disarm();
      const std::string found = content();
      if (told.empty()) {
        ASSERT_TRUE(found == fresh_) << "call " << at;
      } else {
        const bool saved = told.find("the file is saved") != std::string::npos;
        ASSERT_TRUE(found == (saved ? fresh_ : old_)) << "call " << at << ": " << told;
        EXPECT_NE(told.find(std::strerror(code)), std::string::npos) << told;
        EXPECT_NE(told.find(path_), std::string::npos) << told;
      }
      EXPECT_EQ(files(), 1u) << "call " << at << ": " << told;
      if (!faults::struck()) break;
    }
}

TEST_P(Atomic, FullFromEveryWriteOn) {
  int refused = 0;
  const int calls = calls_of_a_save();
  for (int at = 0; at < calls; ++at) {
    folder_.write("model", old_);
    faults::arm(Fault::full, at);
    bool failed = false;
    try {
      save();
    } catch (const Error& error) {
      failed = true;
      EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(ErrorCode::io)) << error.what();
    }
    faults::disarm();
    const std::string found = content();
    ASSERT_TRUE(failed ? found == old_ || found == fresh_ : found == fresh_) << "call " << at;
    refused += found == old_;
    EXPECT_EQ(files(), 1u);
  }
  EXPECT_GT(refused, 1);
}

TEST_P(Atomic, ShortAndInterruptedWritesAreContinued) {
  const int calls = calls_of_a_save();
  for (const Fault fault : {Fault::part, Fault::signal})
    for (int at = 0; at < calls; ++at) {
      folder_.write("model", old_);
      faults::arm(fault, at);
      bool failed = false;
      try {
        save();
      } catch (const Error&) {
        failed = true;  // an interrupted fsync isn't tried again
      }
      faults::disarm();
      ASSERT_TRUE(failed || content() == fresh_) << at;
      EXPECT_FALSE(failed && fault == Fault::part);
    }
}

TEST_P(Atomic, OverTheLimitOfAFileSize) {
  const int ended = in_child([&] {
    const rlimit limit{fresh_.size() / 2, fresh_.size() / 2};
    ::signal(SIGXFSZ, SIG_IGN);
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    try {
      save();
      return 3;
    } catch (const Error& error) {
      return error.code() == ErrorCode::io ? 0 : 4;
    }
  });
  EXPECT_EQ(ended, 0);
  EXPECT_TRUE(content() == old_);
  EXPECT_EQ(files(), 1u);
}

// A file system of its own, too small for the model.
TEST_P(Atomic, OnAFullDisk) {
  constexpr int not_allowed = 77;
  const int ended = in_child([&] {
    if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return not_allowed;
    const std::string size = cat("size=", std::max<std::size_t>(fresh_.size() / 2, 4096));
    if (::mount("none", folder_.path().c_str(), "tmpfs", 0, size.c_str()) != 0) return not_allowed;
    folder_.write("model", old_);
    try {
      save();
      return 3;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::io) return 4;
    }
    return content() == old_ && files() == 1 ? 0 : 5;
  });
  if (ended == not_allowed) GTEST_SKIP() << "no file system may be mounted here";
  EXPECT_EQ(ended, 0);
}

constexpr Saved rows[] = {
    {"cnn.keras", ".keras"}, {"cnn.h5", "h5"}, {"cnn.weights.h5", "h5"}, {"cnn.json", "json"}};
INSTANTIATE_TEST_SUITE_P(Formats, Atomic, ::testing::ValuesIn(rows), [](const auto& row) {
  std::string name = row.param.model;
  for (char& c : name)
    if (c == '.') c = '_';
  return name;
});

}  // namespace
}  // namespace keratin::serialization
