# The system calls that faults.h lets fail are the program's own.
target_sources(${target} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/faults.cc)
