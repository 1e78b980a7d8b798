#include "build.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

// E = (⊗ G) H, one axis at a time.
void apply(const double* histogram, int players, double t, double rest, double* __restrict e) {
    const std::size_t size = std::size_t{1} << players;
    for (std::size_t s = 0; s < size; ++s) e[s] = histogram[s];
    for (std::size_t half = 1; half < size; half *= 2) {
        for (std::size_t s = 0; s < size; s += 2 * half) {
            double* __restrict low = e + s;
            double* __restrict high = e + s + half;
            for (std::size_t i = 0; i < half; ++i) {
                const double absent = low[i], present = high[i];
                low[i] = rest * present;
                high[i] = t * absent + present;
            }
        }
    }
}

void add_slot(const double* __restrict e, int players, std::size_t half, double t, double rest, double w,
              double* __restrict values) {
    const double lost = w / rest, kept = w / t;
    for (std::size_t s = 0; s < (std::size_t{1} << players); s += 2 * half) {
        for (std::size_t i = s; i < s + half; ++i) {
            values[i] -= lost * e[i];
            values[i + half] += kept * (e[i + half] - e[i] / rest);
        }
    }
}

}  // namespace

void build(const BuildTask& task) {
    const std::size_t size = std::size_t{1} << task.players;
    for (std::size_t i = 0; i < size * static_cast<std::size_t>(task.players); ++i) task.values[i] = 0.0;
    for (int q = 0; q < task.nodes; ++q) {
        apply(task.histogram, task.players, task.t[q], task.rest[q], task.scratch);
        for (int j = 0; j < task.players; ++j)
            add_slot(task.scratch, task.players, std::size_t{1} << j, task.t[q], task.rest[q], task.w[q],
                     task.values + static_cast<std::size_t>(j) * size);
    }
}

}  // namespace pellucid::PELLUCID_PATH
