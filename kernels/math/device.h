// KERATIN_DEVICE marks the functions that device code calls, too: functors and the maths vocabulary.
#pragma once

#ifdef __CUDACC__
#define KERATIN_DEVICE __host__ __device__
#else
#define KERATIN_DEVICE
#endif
