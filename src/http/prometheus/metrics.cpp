// The module tokctl-metrics.so.
#include "http/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace tokctl::http {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

// From a verdict out of memory to a login.
const Histogram::BucketBoundaries kSeconds{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025,
                                           0.005,   0.01,   0.025,   0.05,   0.1,   0.25,
                                           0.5,     1,      2.5,     5};

// Its metrics by their labels. prometheus-cpp looks them up under a lock by a map of all labels,
// which takes longer than most requests do.
template <typename Key, typename Metric>
class Remembered {
 public:
  template <typename Make>
  Metric& get(const Key& key, const Make& make) {
    const std::lock_guard lock(mutex_);
    auto found = known_.find(key);
    if (found == known_.end()) found = known_.emplace(key, &make()).first;
    return *found->second;
  }

 private:
  std::mutex mutex_;
  std::map<Key, Metric*, std::less<>> known_;
};

class PrometheusMetrics final : public Metrics {
 public:
  void answered(std::string_view route, int status, double seconds) override {
    requests_seen_
        .get({route, status},
             [&]() -> Counter& {
               return requests_.Add(
                   {{"route", std::string(route)}, {"status", std::to_string(status)}});
             })
        .Increment();
    durations_seen_
        .get(route,
             [&]() -> Histogram& {
               return durations_.Add({{"route", std::string(route)}}, kSeconds);
             })
        .Observe(seconds);
  }

  void judged(std::string_view verdict) override {
    verdicts_seen_
        .get(verdict,
             [&]() -> Counter& { return verdicts_.Add({{"verdict", std::string(verdict)}}); })
        .Increment();
  }

  void failed(std::string_view error) override {
    errors_.Add({{"error", std::string(error)}}).Increment();
  }

  std::string text(const Gauges& gauges) override {
    const std::lock_guard lock(gauges_mutex_);
    advance(map_hits_, gauges.map_hits);
    advance(map_misses_, gauges.map_misses);
    advance(redis_hits_, gauges.redis_hits);
    advance(redis_misses_, gauges.redis_misses);
    advance(database_, gauges.database);
    entries_.Set(static_cast<double>(gauges.entries));
    lag_.Set(gauges.feed_lag_s);
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

 private:
  // Of two who ask at once, one may come with what the other has passed already.
  static void advance(Counter& counter, std::uint64_t to) {
    counter.Increment(std::max(static_cast<double>(to) - counter.Value(), 0.0));
  }

  prometheus::Registry registry_;
  Family<Counter>& requests_ = prometheus::BuildCounter()
                                   .Name("tokctl_requests_total")
                                   .Help("Requests answered, by route and status")
                                   .Register(registry_);
  Family<Histogram>& durations_ = prometheus::BuildHistogram()
                                      .Name("tokctl_request_seconds")
                                      .Help("From the head of a request to its answer")
                                      .Register(registry_);
  Family<Counter>& verdicts_ = prometheus::BuildCounter()
                                   .Name("tokctl_verdicts_total")
                                   .Help("Credentials judged: valid, or why they were refused")
                                   .Register(registry_);
  Family<Counter>& errors_ = prometheus::BuildCounter()
                                 .Name("tokctl_upkeep_errors_total")
                                 .Help("Failures in the background, by the id of the error")
                                 .Register(registry_);
  Family<Counter>& levels_ = prometheus::BuildCounter()
                                 .Name("tokctl_lookups_total")
                                 .Help("Verdicts by what answered: map, redis, database")
                                 .Register(registry_);
  Family<Counter>& misses_ = prometheus::BuildCounter()
                                 .Name("tokctl_misses_total")
                                 .Help("Questions that a level could not answer: map, redis")
                                 .Register(registry_);
  Gauge& entries_ = prometheus::BuildGauge()
                        .Name("tokctl_cache_entries")
                        .Help("Verdicts in memory")
                        .Register(registry_)
                        .Add({});
  Gauge& lag_ = prometheus::BuildGauge()
                    .Name("tokctl_feed_lag_seconds")
                    .Help("Since revocations by others were last read; caches go unused above 1")
                    .Register(registry_)
                    .Add({});
  Counter& map_hits_ = levels_.Add({{"level", "map"}});
  Counter& redis_hits_ = levels_.Add({{"level", "redis"}});
  Counter& database_ = levels_.Add({{"level", "database"}});
  Counter& map_misses_ = misses_.Add({{"level", "map"}});
  Counter& redis_misses_ = misses_.Add({{"level", "redis"}});

  // Names of routes and verdicts are literals of the program, which outlive this.
  Remembered<std::pair<std::string_view, int>, Counter> requests_seen_;
  Remembered<std::string_view, Histogram> durations_seen_;
  Remembered<std::string_view, Counter> verdicts_seen_;
  std::mutex gauges_mutex_;
};

}  // namespace
}  // namespace tokctl::http

extern "C" __attribute__((visibility("default"))) tokctl::http::Metrics* tokctl_metrics(int abi) {
  if (abi != tokctl::http::kMetricsAbi) return nullptr;
  return new tokctl::http::PrometheusMetrics;
}
