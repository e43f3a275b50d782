// What the generators share: files that they write, or compare with what is there (--check).
// Used by the tools of development only.
#pragma once

#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keratin::tools {

using Files = std::vector<std::pair<std::string, std::string>>;  // path below the root, text

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Exit status: 0 written or fresh, 1 stale or not to be written, 2 wrong usage.
template <class Make>
int generated_main(int argc, char** argv, const char* program, const Make& make) {
  const bool only_check = argc == 3 && std::string_view(argv[1]) == "--check";
  if (argc != (only_check ? 3 : 2)) {
    std::fprintf(stderr, "usage: %s [--check] ROOT\n", program);
    return 2;
  }
  const std::string root = std::string(argv[argc - 1]) + "/";
  int status = 0;
  try {
    for (const auto& [path, text] : make()) {
      if (read_text(root + path) == text) continue;
      if (only_check) {
        std::fprintf(stderr, "%s is stale; run: %s %s\n", path.c_str(), program, argv[argc - 1]);
        status = 1;
        continue;
      }
      std::ofstream file(root + path, std::ios::binary);
      file << text;
      if (!file.flush()) {
        std::fprintf(stderr, "%s: %s can't be written\n", program, (root + path).c_str());
        status = 1;
      }
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", program, error.what());
    return 1;
  }
  return status;
}

}  // namespace keratin::tools
