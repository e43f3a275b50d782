// KERATIN_API: what the shared library shows.
#pragma once

#define KERATIN_API __attribute__((visibility("default")))
