// The engine's own threads: work is a counted loop, its items handed out one at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace pellucid {

// The caller asked to stop; nothing is wrong with the work.
struct Cancelled {};

// Read by kernels between pieces of work.
class Stop {
  public:
    void request() { flag_.store(true, std::memory_order_relaxed); }
    bool requested() const { return flag_.load(std::memory_order_relaxed); }
    void check() const {
        if (requested()) throw Cancelled{};
    }

  private:
    std::atomic<bool> flag_{false};
};

// Called by the waiting thread every few milliseconds; true asks the work to stop.
using Poll = std::function<bool()>;

// One item of a loop, done by worker 0 … threads - 1 (no worker does two items at a time).
using Body = std::function<void(std::size_t item, unsigned worker, const Stop& stop)>;

// How a loop may run.
struct Run {
    unsigned threads = 1;
    Poll poll = {};
};

// Runs body for every item in [0, items) on at most run.threads threads of the pool, or on this thread when `small`.
// Throws what a body throws, or Cancelled after run.poll answered true.
void parallel_for(std::size_t items, bool small, const Run& run, const Body& body);

// Cancels every loop in progress.
void stop_all_loops();

}  // namespace pellucid
