// The program, given its words, a clock and randomness.
#pragma once

#include "base/clock.h"
#include "base/random.h"

namespace tokctl::cli {

// Runs one command line and returns the exit code. Everything that goes wrong ends here, as one
// line on standard error.
int run(int argc, const char* const* argv, Clock& clock, Random& random) noexcept;

}  // namespace tokctl::cli
