// EXPECT_ERROR(statement, code, text): the statement throws that Error and its message holds the text.
#pragma once

#include <gtest/gtest.h>

#include "keratin/error.h"

#define EXPECT_ERROR(statement, expected_code, text)                                                     \
  do {                                                                                                   \
    try {                                                                                                \
      statement;                                                                                         \
      ADD_FAILURE() << "nothing was thrown by " #statement;                                              \
    } catch (const ::keratin::Error& error) {                                                            \
      EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(expected_code)) << error.what();        \
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << "message: " << error.what(); \
    }                                                                                                    \
  } while (false)
