// How Python's threads wait for the engine: without the interpreter's lock, but still hearing Ctrl-C.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>

#include "../pool.hpp"

namespace pellucid::bind {

namespace nb = nanobind;

// Calls work(run) with the lock released. A signal whose handler raises cancels the work and is raised here.
template <class Work>
void run_released(unsigned threads, const Work& work) {
    std::exception_ptr raised;
    const Run run{threads, [&raised] {
                      const nb::gil_scoped_acquire lock;
                      if (PyErr_CheckSignals() == 0) return false;
                      raised = std::make_exception_ptr(nb::python_error());
                      return true;
                  }};
    try {
        const nb::gil_scoped_release unlocked;
        work(run);
    } catch (const Cancelled&) {
        std::rethrow_exception(raised);
    }
}

}  // namespace pellucid::bind
