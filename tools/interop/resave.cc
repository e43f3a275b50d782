// resave IN OUT: loads a model file and saves it as a file of its own, for another Keras to read.
#include <cstdio>

#include "keratin/keratin.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: resave IN OUT.keras\n");
    return 2;
  }
  try {
    keratin::load_model(argv[1], {.threads = 1}).save(argv[2]);
    return 0;
  } catch (const keratin::Error& error) {
    std::fprintf(stderr, "resave: %s\n", error.what());
    return error.code() == keratin::ErrorCode::unsupported ? 4 : 1;
  }
}
