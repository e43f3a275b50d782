// CustomObjects' inner side: what make_layer looks names up in besides the built-in layers.
#pragma once

#include "runtime/keras/layer.h"

namespace keratin::keras {

// Where make_layer finds classes that keratin doesn't know: the user's, or layers revived from functions.
class Resolver {
 public:
  virtual ~Resolver() = default;
  // Null when it doesn't know the class. registered_name: "package>Name", may be empty.
  virtual LayerPtr make(const std::string& class_name, const std::string& registered_name,
                        const Json& object) const = 0;
  // A function of one tensor by name; empty when it doesn't know it.
  virtual std::function<ir::Value(ir::Value)> function(const std::string& name) const = 0;
  // Values for a variable by the name of an initializer; empty when it doesn't know it.
  using Initializer = std::function<Tensor(const Shape& shape, DType dtype, std::uint64_t seed)>;
  virtual Initializer initializer(const std::string& name) const = 0;
};
// The resolvers in force on this thread, innermost first.
class ResolverScope {
 public:
  explicit ResolverScope(const Resolver* resolver);
  ~ResolverScope();
  ResolverScope(const ResolverScope&) = delete;
  ResolverScope& operator=(const ResolverScope&) = delete;
};
std::span<const Resolver* const> resolvers();
// Asked after all scopes, on every thread. It must live as long as the process.
void set_default_resolver(const Resolver* resolver);

// Whether an object form's module or registered name says that its class isn't Keras' own, whatever its name.
bool is_users_class(const Json& object);

DTypePolicy read_dtype(const Json& value);

}  // namespace keratin::keras
