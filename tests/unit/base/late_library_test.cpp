#include "base/late_library.h"

#include <catch2/catch.hpp>

#include "base/error.h"

using tokctl::Code;
using tokctl::Error;
using tokctl::LateLibrary;

namespace {

LateLibrary::Terms terms(const char* file) {
  return {.file = file,
          .name = "libmath",
          .package = "libm1",
          .error = "test.no_math",
          .without = "nothing adds up"};
}

}  // namespace

TEST_CASE("a late library gives its functions", "[base]") {
  double (*root)(double) = nullptr;
  LateLibrary(terms("libm.so.6")).find("sqrt", root);
  REQUIRE(root(81) == 9);
}

TEST_CASE("a late library that is missing or another says what to install", "[base]") {
  try {
    LateLibrary none(terms("libtokctl-none.so.9"));
    FAIL("it was found");
  } catch (const Error& error) {
    CHECK(error.code() == Code::kUnavailable);
    CHECK(error.id() == "test.no_math");
    CHECK(std::string(error.what()) == "libmath is missing, and nothing adds up without it");
    CHECK(error.hint() == "install the package libm1");
  }
  void (*function)() = nullptr;
  try {
    LateLibrary(terms("libm.so.6")).find("tokctl_no_such_function", function);
    FAIL("it was found");
  } catch (const Error& error) {
    CHECK(error.id() == "test.no_math");
    CHECK(error.hint() == "install the package libm1 again");
  }
}
