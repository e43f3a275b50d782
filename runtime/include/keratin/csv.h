// Tables of numbers as text (.csv), as arrays and as data to train on.
// Functions without shared state; safe from any thread.
#pragma once

#include <string>
#include <vector>

#include "keratin/fit.h"

namespace keratin {
inline namespace v1 {

struct CsvOptions {
  char separator = ',';
};
// One (rows) float64 array per column, called as the first line calls it. Empty lines are skipped; names and
// numbers may stand in double quotes. Throws Error{io}, and Error{data_mismatch} naming line and column of
// what is no number, of a line of another length, and of a name that is empty or comes twice.
KERATIN_API NamedTensors read_csv(const std::string& path, const CsvOptions& options = {});

// The labels' columns are y: (rows), or (rows, labels) for several. The column sample_weight is that; all
// others, in their order, are x: (rows, columns). Throws Error{data_mismatch} also when a label has no column
// or nothing is left for x.
KERATIN_API Dataset read_csv(const std::string& path, const std::vector<std::string>& labels,
                             const CsvOptions& options = {});

}  // namespace v1
}  // namespace keratin
