#include "serialization/hdf5/hdf5.h"

#include <algorithm>
#include <unordered_set>

#include "serialization/hdf5/attributes.h"
#include "serialization/hdf5/dataset.h"
#include "serialization/hdf5/groups.h"

namespace keratin::serialization {
namespace {

using namespace hdf5;

constexpr int most_depth = 64;
constexpr std::size_t most_objects = 1'000'000;

class Walk {
 public:
  explicit Walk(SourcePtr source) : file_(std::move(source)), heap_(file_) {}

  TensorDirectory run() {
    group(file_.root(), "/", 0);
    return std::move(out_);
  }

 private:
  void object(std::uint64_t address, const std::string& path, int depth) {
    check(++objects_ <= most_objects, ErrorCode::corrupt_file, "the file holds more than ", most_objects,
          " objects");
    file_.spend(2 * path.size() + sizeof(TensorEntry));
    read_object_header(file_, address, messages_);
    if (is_dataset(messages_)) return dataset(path);
    if (is_group(messages_)) return group_of(address, path, depth);
    // A named datatype: nothing that a model needs.
  }

  void group(std::uint64_t address, const std::string& path, int depth) {
    within(file_.source()->name(), [&] {
      read_object_header(file_, address, messages_);
      check(is_group(messages_), ErrorCode::corrupt_file, "the root is not a group; the file is damaged");
      group_of(address, path, depth);
    });
  }

  // messages_ hold the group's header; they are used up before any link is followed.
  void group_of(std::uint64_t address, const std::string& path, int depth) {
    if (!groups_.insert(address).second) {
      out_.refused[path] = "the group is reached by two paths; only the first is read";
      return;
    }
    check(depth <= most_depth, ErrorCode::corrupt_file, path, ": groups nest deeper than ", most_depth);
    Attributes attributes = read_attributes(file_, heap_, messages_);
    std::vector<Link> links = read_links(file_, messages_);
    out_.text.try_emplace(out_.text.end(), path)->second.merge(attributes.text);
    if (!attributes.names.empty()) out_.names[path].merge(attributes.names);
    if (!attributes.numbers.empty()) out_.numbers[path].merge(attributes.numbers);
    for (auto& [name, why] : attributes.refused) out_.refused[path + "@" + name] = std::move(why);
    for (const Link& link : links) follow(link, path, depth);
  }

  void follow(const Link& link, const std::string& parent, int depth) {
    check(!link.name.empty() && link.name.find('\0') == std::string::npos, ErrorCode::corrupt_file, parent,
          ": a link has no proper name; the file is damaged");
    std::string path = parent.size() > 1 ? parent + "/" + link.name : "/" + link.name;
    std::replace(path.begin() + static_cast<std::ptrdiff_t>(parent.size()), path.end(), '\\', '/');
    if (link.kind == Link::Kind::hard) {
      try {
        object(link.address, path, depth + 1);
      } catch (const Error& e) {
        if (e.code() != ErrorCode::unsupported) throw_with_path(e, path);
        out_.refused[path] = e.what();
      }
    } else {
      out_.refused[path] =
          cat(link.kind == Link::Kind::soft ? "a soft link to \"" : "a link to another file (\"", link.target,
              link.kind == Link::Kind::soft ? "\"" : "\")", "; links are not followed");
    }
  }

  // The innermost path alone stands in front of a message.
  [[noreturn]] void throw_with_path(const Error& e, const std::string& path) {
    if (has_path_) throw;
    has_path_ = true;
    throw Error(e.code(), path + ": " + e.what());
  }

  void dataset(const std::string& path) {
    std::string meaning;
    if (std::any_of(messages_.begin(), messages_.end(), [](const Message& m) {
          return m.type == MessageType::attribute || m.type == MessageType::attribute_info;
        })) {
      const Attributes attributes = read_attributes(file_, heap_, messages_);
      if (const auto at = attributes.text.find("dtype"); at != attributes.text.end()) meaning = at->second;
    }
    TensorEntry entry;
    std::string why = read_dataset(file_, messages_, meaning, entry);
    if (!why.empty()) {
      out_.refused[path] = std::move(why);
      return;
    }
    // Links come nearly in the order of paths.
    const std::size_t before = out_.tensors.size();
    out_.tensors.emplace_hint(out_.tensors.end(), path, std::move(entry));
    check(out_.tensors.size() > before, ErrorCode::corrupt_file,
          "two datasets have this name; the file is damaged");
  }

  File file_;
  GlobalHeap heap_;
  std::vector<Message> messages_;  // of the object at hand
  std::unordered_set<std::uint64_t> groups_;
  std::size_t objects_ = 0;
  bool has_path_ = false;
  TensorDirectory out_;
};

}  // namespace

TensorDirectory read_hdf5(SourcePtr source) { return Walk(std::move(source)).run(); }

}  // namespace keratin::serialization
