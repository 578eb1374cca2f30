// What the daemon counts. The counters are prometheus-cpp's, in a module that is loaded when the
// daemon starts: no other command has to start with one more library.
//
// Header-only, like the seam of the database drivers: the module links nothing of the core.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tokctl::http {

// What is read off elsewhere when somebody asks. Counts never go back.
struct Gauges {
  std::uint64_t map_hits = 0;      // verdicts from memory
  std::uint64_t map_misses = 0;    // questions that memory could not answer
  std::uint64_t redis_hits = 0;    // ... and Redis could
  std::uint64_t redis_misses = 0;  // ... nor Redis
  std::uint64_t database = 0;      // verdicts by the database
  std::uint64_t entries = 0;       // remembered now
  double feed_lag_s = 0;           // since revocations by others were last read
};

// Thread-safe.
class __attribute__((visibility("default"))) Metrics {
 public:
  virtual ~Metrics() = default;

  virtual void answered(std::string_view route, int status, double seconds) = 0;
  // A verdict: `valid`, or why not.
  virtual void judged(std::string_view verdict) = 0;
  // Something in the background failed, by the id of its error.
  virtual void failed(std::string_view error) = 0;

  // The text of it all, as Prometheus reads it.
  virtual std::string text(const Gauges& gauges) = 0;
};

inline constexpr int kMetricsAbi = 2;
// What the module exports as `tokctl_metrics`: null for another number than kMetricsAbi.
using MakeMetrics = Metrics* (*)(int abi);

}  // namespace tokctl::http
