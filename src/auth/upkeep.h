// What has to run in the background of a program that runs on.
#pragma once

#include <exception>
#include <functional>
#include <memory>

#include "base/clock.h"

namespace tokctl::auth {

struct Context;
class Tokens;

// Told of every error, on a thread of upkeep's, one at a time. Upkeep goes on after it.
using OnError = std::function<void(const std::exception&)>;

// What another part of the program has done in the background, beside upkeep's own work.
struct Duty {
  Seconds every;  // from the end of one time to the beginning of the next
  // May take long: it has a thread of its own. It is over soon after `stopping` says so. What it
  // throws is told like what it tells.
  std::function<void(const std::function<bool()>& stopping, const OnError& tell)> work;
};

// Caching begins with upkeep: without somebody who reads what others revoke, nothing may be
// remembered. `start` runs it on threads of its own until destruction.
class Upkeep {
 public:
  using OnError = auth::OnError;

  Upkeep(Context& context, Tokens& tokens);
  Upkeep(Upkeep&&) noexcept;
  ~Upkeep();

  // Before the start, with which it is done first.
  void add(Duty duty);

  // Returns once the caches are in use, or the first attempt has failed and been told of. Starting
  // again does nothing.
  void start(OnError on_error);
  // The same without duties, for a program that is here to validate and nothing else.
  void start_caching(OnError on_error);
  // Ends it and waits for it. What was collected is written.
  void stop();

  // Does once what is due, but for duties; `start` calls it all the time. For programs with a loop
  // of their own.
  // Throws the first error, after the rest was done.
  void tick();

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace tokctl::auth
