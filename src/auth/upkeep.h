// What has to run in the background of a program that runs on.
#pragma once

#include <exception>
#include <functional>
#include <memory>

#include "base/clock.h"

namespace tokctl::auth {

struct Context;
class Tokens;

// Caching begins with upkeep: without somebody who reads what others revoke, nothing may be
// remembered. `start` runs it on a thread of its own until destruction.
class Upkeep {
 public:
  // Told of every error, on upkeep's thread. Upkeep goes on after it.
  using OnError = std::function<void(const std::exception&)>;

  Upkeep(Context& context, Tokens& tokens);
  Upkeep(Upkeep&&) noexcept;
  ~Upkeep();

  // Returns once the caches are in use, or the first attempt has failed and been told of. Starting
  // again does nothing.
  void start(OnError on_error);
  // Ends it and waits for it. What was collected is written.
  void stop();

  // Does once what is due; `start` calls it all the time. For programs with a loop of their own.
  // Throws the first error, after the rest was done.
  void tick();

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace tokctl::auth
