// What a call that has to fail says.
#pragma once

#include <catch2/catch.hpp>

#include "base/error.h"

namespace tokctl::testing {

template <typename Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no tokctl::Error was thrown");
  throw;  // FAIL does not return
}

template <typename Call>
Code code_of(Call call) {
  return error_of(call).code();
}

}  // namespace tokctl::testing
