// Runs something in a process of its own: what cannot be undone in this one.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <exception>
#include <vector>

namespace tokctl::testing {

// Whether `call` returned true there.
template <typename Call>
bool in_child(Call call) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int status = 2;
    try {
      status = call() ? 0 : 1;
    } catch (...) {
    }
    ::_exit(status);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Runs `call(n)` for each n below `count` in a process of its own, all at once. How many returned
// true.
template <typename Call>
int in_children(int count, Call call) {
  std::vector<pid_t> children;
  for (int n = 0; n < count; ++n) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      int status = 2;
      try {
        status = call(n) ? 0 : 1;
      } catch (const std::exception& error) {
        std::fprintf(stderr, "child %d: %s\n", n, error.what());
      }
      ::_exit(status);
    }
    children.push_back(child);
  }
  int succeeded = 0;
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) ++succeeded;
  }
  return succeeded;
}

}  // namespace tokctl::testing
