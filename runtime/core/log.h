// Log lines on stderr, by topic: KERATIN_LOG=dispatch,pass. Off by default; a topic's state is read once.
#pragma once

#include <string>

#include "runtime/core/error.h"

namespace keratin {

enum class Topic { load, pass, dispatch, memory, exec };

bool logs(Topic topic);
void log_line(Topic topic, const std::string& line);

template <class... Parts>
void log(Topic topic, const Parts&... parts) {
  if (logs(topic)) [[unlikely]]
    log_line(topic, cat(parts...));
}

}  // namespace keratin
