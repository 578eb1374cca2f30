#include "auth/upkeep.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "auth/context.h"
#include "auth/feed.h"
#include "auth/tokens.h"
#include "base/error.h"
#include "model/api_token.h"

namespace tokctl::auth {
namespace {

constexpr std::chrono::milliseconds kPause{250};  // between two looks at the feed
constexpr Seconds kSweep{31};
constexpr Seconds kProbe{1};   // between two attempts to reach Redis
constexpr Seconds kQuiet{60};  // after which another failure of Redis is news

}  // namespace

struct Upkeep::Work {
  Work(Context& context_, Tokens& tokens_) : context(context_), tokens(tokens_) {}

  // Runs `task`; remembers what it throws first, and goes on.
  template <typename Task>
  void attempt(std::exception_ptr& first, const Task& task) {
    try {
      task();
    } catch (...) {
      if (!first) first = std::current_exception();
    }
  }

  void tick() {
    std::exception_ptr first;
    const Clock::Steady now = context.clock.steady();
    if (!feed) {
      feed.emplace(context, context.begin_caching());
      sweep_at = now + kSweep;
    }
    attempt(first, [&] { feed->poll(); });
    attempt(first, [&] { look_after_redis(now); });
    if (now >= sweep_at) {
      sweep_at = now + kSweep;
      attempt(first, [&] { context.caches()->sweep(now, context.clock.now()); });
      attempt(first, [&] { tokens.flush_uses(); });
      context.caches()->share_stats();
    }
    if (first) std::rethrow_exception(first);
  }

  // Finds out when Redis is back; tells once when it is gone.
  void look_after_redis(Clock::Steady now) {
    cache::Shared* shared = context.caches()->shared();
    if (shared == nullptr) return;
    if (shared->redis().up()) {
      if (now - redis_down_at > kQuiet) redis_told = false;
      return;
    }
    redis_down_at = now;
    if (now >= probe_at) {
      probe_at = now + kProbe;
      shared->probe();
    }
    if (std::exchange(redis_told, true)) return;
    throw Error(Code::kUnavailable, "redis.down",
                "Redis " + shared->redis().trouble() + ": going on from the database");
  }

  void tick_telling() {
    try {
      tick();
    } catch (const std::exception& error) {
      tell(error);
    }
  }

  void tell(const std::exception& error) {
    const std::lock_guard lock(telling);
    if (on_error) on_error(error);
  }

  void run() {
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, kPause, [this] { return stopping; })) {
      lock.unlock();
      tick_telling();
      lock.lock();
    }
  }

  void run(const Duty& duty) {
    const auto ending = [this] {
      const std::lock_guard lock(mutex);
      return stopping;
    };
    std::unique_lock lock(mutex);
    do {
      lock.unlock();
      try {
        duty.work(ending, [this](const std::exception& error) { tell(error); });
      } catch (const std::exception& error) {
        tell(error);
      }
      lock.lock();
    } while (!wake.wait_for(lock, duty.every, [this] { return stopping; }));
  }

  Context& context;
  Tokens& tokens;
  std::optional<Feed> feed;
  Clock::Steady sweep_at{0}, probe_at{0}, redis_down_at{0};
  bool redis_told = false;
  OnError on_error;
  std::mutex telling;
  std::vector<Duty> duties;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::thread thread;
  std::vector<std::thread> duty_threads;
};

Upkeep::Upkeep(Context& context, Tokens& tokens) : work_(std::make_unique<Work>(context, tokens)) {}
Upkeep::Upkeep(Upkeep&&) noexcept = default;
Upkeep::~Upkeep() {
  if (work_) stop();
}

void Upkeep::add(Duty duty) { work_->duties.push_back(std::move(duty)); }

void Upkeep::start(OnError on_error) {
  if (work_->thread.joinable()) return;
  start_caching(std::move(on_error));
  for (const Duty& duty : work_->duties) {
    work_->duty_threads.emplace_back([work = work_.get(), &duty] { work->run(duty); });
  }
}

void Upkeep::start_caching(OnError on_error) {
  if (work_->thread.joinable()) return;
  work_->on_error = std::move(on_error);
  work_->stopping = false;
  work_->tick_telling();
  work_->thread = std::thread([work = work_.get()] { work->run(); });
}

void Upkeep::stop() {
  if (!work_->thread.joinable()) return;
  {
    const std::lock_guard lock(work_->mutex);
    work_->stopping = true;
  }
  work_->wake.notify_all();
  work_->thread.join();
  for (std::thread& thread : work_->duty_threads) thread.join();
  work_->duty_threads.clear();
  if (cache::Levels* caches = work_->context.caches()) caches->share_stats();
}

void Upkeep::tick() { work_->tick(); }

}  // namespace tokctl::auth
