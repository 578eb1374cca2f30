#include "base/clock.h"
#include "base/random.h"
#include "cli/run.h"

int main(int argc, char** argv) {
  tokctl::SystemClock clock;
  tokctl::SystemRandom random;
  return tokctl::cli::run(argc, argv, clock, random);
}
