// Sums of weighted answers, entry by entry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pellucid {

// totals[entry[i]][t] += weight[i] · answers[i][t], for i one after another: the same bits however the entries are cut
// into calls. False, with some added, where an entry is not below `count`.
inline bool add_weighted(std::span<const std::int64_t> entry, const double* weight, const double* answers,
                         std::size_t targets, std::size_t count, double* totals) {
    for (std::size_t first = 0, last = 0; first < entry.size(); first = last) {
        const auto at = static_cast<std::size_t>(entry[first]);
        if (at >= count) return false;
        while (last < entry.size() && entry[last] == entry[first]) ++last;
        for (std::size_t t = 0; t < targets; ++t) {
            double sum = totals[at * targets + t];
            for (std::size_t i = first; i < last; ++i) sum += weight[i] * answers[i * targets + t];
            totals[at * targets + t] = sum;
        }
    }
    return true;
}

}  // namespace pellucid
