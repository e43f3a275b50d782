// LoadReport: what a load read, matched, converted, left out and could not restore.
#pragma once

#include <string>
#include <vector>

namespace keratin::keras {

struct LoadReport {
  std::size_t matched = 0;             // variables that got a value
  std::vector<std::string> converted;  // "dense_1: Keras 1 name output_dim read as units"
  std::vector<std::string> unset;      // variables of the model without a value in the file
  std::vector<std::string> unused;     // entries of the file without a place in the model
  std::vector<std::string> skipped;    // left out on purpose: other shape with skip_mismatch
  std::size_t training_arrays = 0;     // of optimizer and metrics, which are not the model's weights
  std::vector<std::string> notes;      // irregularities of the file, things not restored
};

}  // namespace keratin::keras
