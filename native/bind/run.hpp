// How Python's threads wait for the engine: without the interpreter's lock, but still hearing Ctrl-C.
#pragma once

#include <nanobind/nanobind.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <thread>

#include "../pool.hpp"

namespace pellucid::bind {

namespace nb = nanobind;

// A thread that waits for the lock of an interpreter that is ending is ended by it, in the middle of our frames, which
// aborts the process. So once the end is near, threads that come back from the engine are parked instead.
inline std::atomic<bool> ending{false};
inline std::atomic<int> coming_back{0};

// The interpreter's lock, given up for a while.
class Unlocked {
  public:
    Unlocked() : state_(PyEval_SaveThread()) {}
    Unlocked(const Unlocked&) = delete;
    Unlocked& operator=(const Unlocked&) = delete;
    ~Unlocked() {
        ++coming_back;
        if (ending && !is_ending_thread()) park();
        PyEval_RestoreThread(state_);
        --coming_back;
    }

    static void set_ending_thread() { ending_thread_ = std::this_thread::get_id(); }

  private:
    static bool is_ending_thread() { return std::this_thread::get_id() == ending_thread_; }

    [[noreturn]] static void park() {
        --coming_back;
        for (;;) ::pause();
    }

    static inline std::thread::id ending_thread_;
    PyThreadState* state_;
};

// Called once, when the interpreter is about to end: cancels all work and lets no thread of it come back any more.
inline void shut_down() {
    Unlocked::set_ending_thread();
    ending = true;
    stop_all_loops();
    const Unlocked unlocked;
    while (coming_back > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

inline bool on_main_thread() {
    const nb::module_ threading = nb::module_::import_("threading");
    return threading.attr("current_thread")().is(threading.attr("main_thread")());
}

// Calls work(run) with the lock released. On the main thread a signal whose handler raises cancels the work and is
// raised here.
template <class Work>
void run_released(unsigned threads, const Work& work) {
    std::exception_ptr raised;
    const Poll poll = [&raised] {
        const nb::gil_scoped_acquire lock;
        if (PyErr_CheckSignals() == 0) return false;
        raised = std::make_exception_ptr(nb::python_error());
        return true;
    };
    const Run run{threads, on_main_thread() ? poll : Poll{}};
    try {
        const Unlocked unlocked;
        work(run);
    } catch (const Cancelled&) {
        std::rethrow_exception(raised);
    }
}

}  // namespace pellucid::bind
