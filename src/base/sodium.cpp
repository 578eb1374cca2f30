#include "base/sodium.h"

#include <sodium.h>

#include "base/error.h"

namespace tokctl {

void require_sodium() {
  if (sodium_init() < 0) {
    throw Error(Code::kInternal, "random.init", "cannot set up the system's random generator");
  }
}

}  // namespace tokctl
