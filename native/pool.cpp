#include "pool.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace pellucid {
namespace {

using namespace std::chrono_literals;
constexpr auto kPollEvery = 20ms;

// One loop in progress. Its caller owns it and waits until no worker holds it.
struct Loop {
    Loop(std::size_t count, unsigned limit, const Body& work) : items(count), workers(limit), body(work) {}

    bool has_work() const { return next < items && started < workers; }

    const std::size_t items;
    const unsigned workers;
    const Body& body;
    std::atomic<std::size_t> next{0};
    Stop stop;
    unsigned started = 0;  // guarded by the pool's mutex, as all below
    unsigned finished = 0;
    std::exception_ptr error;
};

class Pool {
  public:
    void run(std::size_t items, const Run& how, const Body& body) {
        const auto workers = static_cast<unsigned>(std::min<std::size_t>(std::max(1u, how.threads), items));
        Loop loop(items, workers, body);
        std::unique_lock lock(mutex_);
        loops_.push_back(&loop);
        wanted_ += workers;
        while (threads_ < wanted_ && start_thread()) {
        }
        wake_.notify_all();
        if (threads_ == 0) work_here(loop);
        wait(lock, loop, how.poll);
        wanted_ -= workers;
        if (loop.error) std::rethrow_exception(loop.error);
        loop.stop.check();
    }

    void stop_all() {
        const std::lock_guard lock(mutex_);
        for (Loop* loop : loops_) loop->stop.request();
    }

  private:
    bool start_thread() {
        try {
            std::thread([this] { work(); }).detach();
        } catch (const std::system_error&) {
            return false;
        }
        ++threads_;
        return true;
    }

    // Done when every started worker is back and none can start any more.
    void wait(std::unique_lock<std::mutex>& lock, Loop& loop, const Poll& poll) {
        const auto over = [&] { return loop.next >= loop.items && loop.finished == loop.started; };
        while (!done_.wait_for(lock, kPollEvery, over)) {
            if (!poll || loop.stop.requested()) continue;
            lock.unlock();
            const bool cancel = poll();
            lock.lock();
            if (cancel) loop.stop.request();
            if (cancel) loop.next = loop.items;
        }
        loops_.erase(std::find(loops_.begin(), loops_.end(), &loop));
    }

    void work() {
        block_signals();
        std::unique_lock lock(mutex_);
        for (;;) {
            // Workers draw items without the lock, so a loop that had work a moment ago may have none now: look once.
            Loop* found = nullptr;
            wake_.wait(lock, [&] { return (found = open_loop()) != nullptr; });
            Loop& loop = *found;
            const unsigned worker = loop.started++;
            lock.unlock();
            std::exception_ptr error = drain(loop, worker);
            lock.lock();
            ++loop.finished;
            if (error && !loop.error) loop.error = error;
            done_.notify_all();
        }
    }

    // The system gives no thread.
    static void work_here(Loop& loop) {
        loop.error = drain(loop, loop.started++);
        ++loop.finished;
    }

    Loop* open_loop() const {
        const auto open = std::find_if(loops_.begin(), loops_.end(), [](const Loop* loop) { return loop->has_work(); });
        return open == loops_.end() ? nullptr : *open;
    }

    // Signals belong to the interpreter's threads.
    static void block_signals() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);
    }

    static std::exception_ptr drain(Loop& loop, unsigned worker) {
        try {
            for (std::size_t i; (i = loop.next.fetch_add(1)) < loop.items;) loop.body(i, worker, loop.stop);
        } catch (const Cancelled&) {
            loop.next = loop.items;
        } catch (...) {
            loop.next = loop.items;
            return std::current_exception();
        }
        return nullptr;
    }

    std::mutex mutex_;
    std::condition_variable wake_, done_;
    std::deque<Loop*> loops_;
    unsigned threads_ = 0;
    unsigned wanted_ = 0;  // by all loops together
};

// Never destroyed: its threads live until the process ends. A forked child has none of them and starts anew.
std::atomic<Pool*> current{nullptr};

void forget_in_child() { current = nullptr; }

Pool& pool() {
    static const int registered = pthread_atfork(nullptr, nullptr, forget_in_child);
    static_cast<void>(registered);
    Pool* now = current;
    if (now) return *now;
    auto fresh = std::make_unique<Pool>();
    Pool* expected = nullptr;
    return current.compare_exchange_strong(expected, fresh.get()) ? *fresh.release() : *expected;
}

void run_here(std::size_t items, const Body& body) {
    const Stop never;
    for (std::size_t i = 0; i < items; ++i) body(i, 0, never);
}

}  // namespace

void parallel_for(std::size_t items, bool small, const Run& run, const Body& body) {
    if (items == 0) return;
    if (small) return run_here(items, body);
    pool().run(items, run, body);
}

void stop_all_loops() {
    if (Pool* now = current) now->stop_all();
}

}  // namespace pellucid
