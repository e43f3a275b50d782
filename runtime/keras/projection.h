// The EinsumDense sub-layers of attention layers: one projection from features to heads, or back.
#pragma once

#include "runtime/keras/config.h"

namespace keratin::keras {

// The config keys that an attention layer hands on to its projections.
struct ProjectionConfig {
  InitializerConfig kernel_initializer, bias_initializer;
  Opaque kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint;

  template <class V>
  void describe(V& v) {
    v("kernel_initializer", kernel_initializer, "glorot_uniform");
    v("bias_initializer", bias_initializer, "zeros");
    v("kernel_regularizer", kernel_regularizer, nullptr);
    v("bias_regularizer", bias_regularizer, nullptr);
    v("activity_regularizer", activity_regularizer, nullptr);
    v("kernel_constraint", kernel_constraint, nullptr);
    v("bias_constraint", bias_constraint, nullptr);
  }
};

struct Projection {
  const char* attribute = nullptr;
  const char* old_attribute = nullptr;
  const char* name = nullptr;
  std::size_t bound = 1;              // how many of the input's last axes are contracted
  std::vector<std::int64_t> outputs;  // axes that take their place
  bool use_bias = true;
  const char* activation = "linear";
};
void add_projection(BuildContext& cx, const ProjectionConfig& config, const Projection& projection,
                    const ir::Type& input);

}  // namespace keratin::keras
