// Regular expressions of Python as optimizers' configs have them, about the paths of variables.
#pragma once

#include <string>

namespace keratin::train {

// re.search and re.fullmatch. Throw Error{unsupported} for a pattern that can't be read.
bool finds(const std::string& pattern, const std::string& text);
bool fits(const std::string& pattern, const std::string& text);

}  // namespace keratin::train
