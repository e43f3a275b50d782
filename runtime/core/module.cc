#include "runtime/core/module.h"

#include <dlfcn.h>

#include <vector>

#include "runtime/core/env.h"
#include "runtime/core/error.h"

namespace keratin {
namespace {

// The folder of the library (or program) that this code lies in, with a slash; empty when unknown.
std::string own_folder() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<const void*>(&open_module), &info) || !info.dli_fname) return {};
  const std::string path = info.dli_fname;
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

std::vector<std::string> places(const std::string& file) {
  if (const std::string path = env::get("KERATIN_MODULE_PATH"); !path.empty()) return {path + "/" + file};
  return {own_folder() + file, file};
}

}  // namespace

const void* open_module(const std::string& name) {
  std::string tried;
  for (const std::string& path : places("lib" + name + ".so")) {
    // RTLD_LOCAL: nothing of the module may answer for a symbol of the host's.
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) {
      tried += cat("\n  ", dlerror());
      continue;
    }
    using Entry = const void* (*)(const char*);
    const auto entry = reinterpret_cast<Entry>(dlsym(library, name.c_str()));
    const void* table = entry ? entry(KERATIN_BUILD_ID) : nullptr;
    check(table != nullptr, ErrorCode::unsupported, path, ": belongs to another build of keratin than \"",
          KERATIN_BUILD_ID, "\"; install the two together");
    return table;
  }
  fail(ErrorCode::unsupported, "module ", name,
       " can't be opened; install it beside libkeratin. Tried:", tried);
}

}  // namespace keratin
