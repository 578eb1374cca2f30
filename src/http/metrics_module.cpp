#include "http/metrics_module.h"

#include <dlfcn.h>

#include "base/error.h"
#include "base/module.h"

namespace tokctl::http {

std::unique_ptr<Metrics> load_metrics() {
  const auto path = find_module("tokctl-metrics.so");
  // Never closed: what it made lives as long as the daemon.
  void* module = path ? dlopen(path->c_str(), RTLD_NOW | RTLD_LOCAL) : nullptr;
  if (module == nullptr) {
    throw Error(Code::kUnavailable, "serve.no_metrics",
                "the module that counts requests is missing, or prometheus-cpp is",
                "install tokctl again, with the libraries it needs");
  }
  const auto make = reinterpret_cast<MakeMetrics>(dlsym(module, "tokctl_metrics"));
  std::unique_ptr<Metrics> metrics(make != nullptr ? make(kMetricsAbi) : nullptr);
  if (metrics) return metrics;
  throw Error(Code::kUnavailable, "serve.no_metrics",
              "the module that counts requests was made for another version of tokctl",
              "install the one of this version");
}

}  // namespace tokctl::http
