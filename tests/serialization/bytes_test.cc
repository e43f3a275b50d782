#include "serialization/bytes.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "tests/serialization/expect_error.h"
#include "tests/serialization/temporary_folder.h"

namespace keratin::serialization {
namespace {

using testing::TemporaryFolder;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }
std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::vector<std::byte> vector_of(std::string_view text) {
  const auto bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}
std::size_t entries_in(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(Bytes, ReadsRangesOfFilesAndMemory) {
  TemporaryFolder folder;
  const auto file = open_file(folder.write("a", "0123456789"));
  for (const SourcePtr& source : {file, memory_source("m", vector_of("0123456789"))}) {
    EXPECT_EQ(source->size(), 10u);
    EXPECT_EQ(read_text(*source), "0123456789");
    const SourcePtr middle = sub_range(sub_range(source, "r", 2, 6), "q", 1, 4);
    EXPECT_EQ(middle->name(), "q");
    EXPECT_EQ(read_text(*middle), "3456");
    std::byte out[2];
    EXPECT_ERROR(middle->read(3, out), ErrorCode::corrupt_file, "past the end");
    EXPECT_ERROR(source->read(~0ull, out), ErrorCode::corrupt_file, "past the end");
    EXPECT_TRUE(middle->view(3, 2).empty());
    EXPECT_ERROR(sub_range(source, "r", 5, 6), ErrorCode::corrupt_file, "past the end");
  }
}

TEST(Bytes, OpensRegularFilesOnly) {
  TemporaryFolder folder;
  EXPECT_ERROR(open_file(folder.path()), ErrorCode::io, "a folder");
  EXPECT_ERROR(open_file(folder / "none"), ErrorCode::io, "No such file");
  EXPECT_ERROR(open_file("/dev/zero"), ErrorCode::io, "a device");
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_ERROR(open_file(folder / "pipe"), ErrorCode::io, "pipe");
}

TEST(Bytes, MembersOfAFolderStayInside) {
  TemporaryFolder folder;
  folder.write("model/sub/shard", "inside");
  folder.write("secret", "outside");
  const std::string model = folder / "model";
  EXPECT_EQ(read_text(*open_beneath(model, "sub/shard")), "inside");
  for (const char* name :
       {"../secret", "sub/../../secret", "/etc/passwd", "", "sub//shard", "./sub/shard", "sub\\shard"})
    EXPECT_ERROR(open_beneath(model, name), ErrorCode::corrupt_file, "leads out of the folder");
  EXPECT_ERROR(open_beneath(model, "sub/none"), ErrorCode::corrupt_file, "not there");
  std::filesystem::create_symlink("../secret", model + "/link");
  std::filesystem::create_directory_symlink("..", model + "/up");
  EXPECT_ERROR(open_beneath(model, "link"), ErrorCode::corrupt_file, "symbolic link");
  EXPECT_ERROR(open_beneath(model, "up/secret"), ErrorCode::corrupt_file, "symbolic link");
}

TEST(Bytes, AMappingIsALoanThatAWriterEnds) {
  TemporaryFolder folder;
  const std::string path = folder.write("a", "0123456789");
  const SourcePtr source = open_file(path);
  const auto view = source->view(2, 3);
  if (view.empty()) GTEST_SKIP() << "this file system grants no lease";
  EXPECT_EQ(text_of(view), "234");
  EXPECT_TRUE(source->loan_stands());
  // O_NONBLOCK: a writer that would wait is told so; the holder of the loan is told, too.
  EXPECT_EQ(::open(path.c_str(), O_WRONLY | O_TRUNC | O_NONBLOCK), -1);
  EXPECT_FALSE(source->loan_stands());
  EXPECT_TRUE(source->view(0, 1).empty());
  EXPECT_EQ(text_of(view), "234");  // nothing was truncated below the holder
  source->return_loan();
  const int writer = ::open(path.c_str(), O_WRONLY | O_NONBLOCK);
  EXPECT_GE(writer, 0);
  EXPECT_TRUE(source->view(0, 1).empty());
  EXPECT_EQ(read_text(*source), "0123456789");
  ::close(writer);
}

TEST(Bytes, WithoutALeaseNothingIsMapped) {
  TemporaryFolder folder;
  const std::string path = folder.write("a", "0123456789");
  const int writer = ::open(path.c_str(), O_WRONLY);
  const SourcePtr source = open_file(path);
  EXPECT_TRUE(source->view(0, 4).empty());
  EXPECT_EQ(read_text(*source), "0123456789");
  ASSERT_EQ(::ftruncate(writer, 3), 0);
  EXPECT_ERROR(read_all(*source), ErrorCode::corrupt_file, "shrank");
  ::close(writer);
}

TEST(Bytes, ASinkReplacesAFileOnlyOnCommit) {
  TemporaryFolder folder;
  const std::string path = folder.write("a", "old");
  ::chmod(path.c_str(), 0640);
  {
    FileSink sink(path);
    sink.write(bytes_of("new"));
    EXPECT_EQ(TemporaryFolder::read(path), "old");
  }
  EXPECT_EQ(TemporaryFolder::read(path), "old");
  EXPECT_EQ(entries_in(folder.path()), 1u);
  FileSink sink(path);
  const std::string large(3 << 20, 'x');
  sink.write(bytes_of("head"));
  sink.write(bytes_of(large));
  EXPECT_EQ(sink.position(), large.size() + 4);
  sink.patch(1, bytes_of("EA"));
  sink.commit();
  EXPECT_EQ(TemporaryFolder::read(path), "hEAd" + large);
  EXPECT_EQ(entries_in(folder.path()), 1u);
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
}

TEST(Bytes, ASinkWritesThroughLinksAndRemovesLeftovers) {
  TemporaryFolder folder;
  const std::string target = folder.write("real/a", "old");
  std::filesystem::create_symlink(target, folder / "link");
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  std::string name = host;
  std::replace(name.begin(), name.end(), '.', '_');
  folder.write("real/.a.tmp." + name + ".2147483646.0", "dead");
  FileSink sink(folder / "link");
  sink.write(bytes_of("new"));
  sink.commit();
  EXPECT_EQ(TemporaryFolder::read(target), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(entries_in(folder / "real"), 1u);
}

TEST(Bytes, ASinkRefusesWhatIsNoFile) {
  TemporaryFolder folder;
  EXPECT_ERROR(FileSink(folder.path()), ErrorCode::io, "folder");
  EXPECT_ERROR(FileSink("/dev/null"), ErrorCode::io, "device");
  EXPECT_ERROR(FileSink(folder / "none/a"), ErrorCode::io, "can't be created");
  EXPECT_ERROR(FileSink(folder.path() + "/"), ErrorCode::invalid_argument, "names a folder");
}

TEST(Bytes, TextForMessagesIsClean) {
  EXPECT_EQ(printable(std::string("a\0b\x1b", 4)), "a\\x00b\\x1b");
  EXPECT_EQ(printable(std::string(300, 'x')).size(), 203u);
}

}  // namespace
}  // namespace keratin::serialization
