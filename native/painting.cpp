#include "painting.hpp"

#include <cstring>

namespace pellucid {
namespace {

bool is_present(const RegionRuns& runs, const std::uint8_t* present, std::size_t run) {
    return present[static_cast<std::size_t>(runs.region[run])] != 0;
}

// Neighbouring runs that come from the same image are copied as one.
void paint_one(const RegionRuns& runs, const std::uint8_t* image, const std::uint8_t* other,
               const std::uint8_t* present, std::uint8_t* out) {
    std::size_t at = 0;
    for (std::size_t run = 0; run < runs.region.size();) {
        const bool here = is_present(runs, present, run);
        do ++run;
        while (run < runs.region.size() && is_present(runs, present, run) == here);
        const auto end = static_cast<std::size_t>(runs.ends[run - 1]);
        std::memcpy(out + at, (here ? image : other) + at, end - at);
        at = end;
    }
}

}  // namespace

void paint_over(const RegionRuns& runs, const std::uint8_t* image, const std::uint8_t* other,
                const std::uint8_t* present, std::size_t images, std::size_t regions, std::uint8_t* out) {
    if (runs.ends.empty()) return;
    const auto bytes = static_cast<std::size_t>(runs.ends.back());
    for (std::size_t i = 0; i < images; ++i) paint_one(runs, image, other, present + i * regions, out + i * bytes);
}

}  // namespace pellucid
