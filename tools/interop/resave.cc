// resave IN OUT [FORMAT [FLAVOUR]]: loads a model file and saves it as a file of its own, for another Keras
// to read. OUT tells the format where FORMAT is missing or "-".
#include <cstdio>
#include <string>

#include "keratin/keratin.h"

int main(int argc, char** argv) {
  if (argc < 3 || argc > 5) {
    std::fprintf(stderr, "usage: resave IN OUT [FORMAT [FLAVOUR]]\n");
    return 2;
  }
  try {
    const std::string format = argc > 3 && argv[3] != std::string("-") ? argv[3] : "";
    keratin::load_model(argv[1], {.threads = 1})
        .save(argv[2], {.format = format, .flavour = argc > 4 ? argv[4] : ""});
    return 0;
  } catch (const keratin::Error& error) {
    std::fprintf(stderr, "resave: %s\n", error.what());
    return error.code() == keratin::ErrorCode::unsupported ? 4 : 1;
  }
}
