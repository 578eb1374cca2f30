// Finding the module that counts.
#pragma once

#include <memory>

#include "http/metrics.h"

namespace tokctl::http {

// Beside the program, or where modules are installed. Throws Error(kUnavailable,
// "serve.no_metrics") when it is not there, or is of another version.
std::unique_ptr<Metrics> load_metrics();

}  // namespace tokctl::http
