#include "cli/nearest.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using tokctl::cli::nearest;

TEST_CASE("nearest: what somebody meant who mistyped") {
  const std::vector<std::string> known = {"user", "session", "token", "--email", "gc"};
  CHECK(nearest("usr", known) == "user");
  CHECK(nearest("usre", known) == "user");
  CHECK(nearest("tokne", known) == "token");
  CHECK(nearest("sesion", known) == "session");
  CHECK(nearest("sessions", known) == "session");
  CHECK(nearest("--emial", known) == "--email");
}

TEST_CASE("nearest: nobody meant anything like it") {
  const std::vector<std::string> known = {"user", "session", "gc"};
  CHECK(nearest("", known).empty());
  CHECK(nearest("u", known).empty());
  CHECK(nearest("ac", known).empty());
  CHECK(nearest("uxxr", known).empty());
  CHECK(nearest("s3cret", known).empty());
  CHECK(nearest(std::string(1'000'000, 'u'), known).empty());
  CHECK(nearest("user", {}).empty());
}
