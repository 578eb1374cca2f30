// Threads for work that waits, and a queue before them that has an end.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tokctl::http {

class Workers {
 public:
  using Work = std::function<void()>;  // throws nothing

  Workers(std::size_t threads, std::size_t queue_max);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() { stop(); }

  // False, keeping nothing, when the queue is full or after `stop`.
  bool offer(Work work);
  // Does what is queued, and waits for it.
  void stop();

 private:
  void run();

  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tokctl::http
