// Images of which some regions are painted over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pellucid {

// Bytes that lie side by side in one region of an image; a run ends where the next one begins.
struct RegionRuns {
    std::span<const std::int64_t> ends;
    std::span<const std::int32_t> region;
};

// out (images, bytes of an image): the image's bytes where their region is present, elsewhere the other's. `present`
// (images, regions) is not 0 where a region is.
void paint_over(const RegionRuns& runs, const std::uint8_t* image, const std::uint8_t* other,
                const std::uint8_t* present, std::size_t images, std::size_t regions, std::uint8_t* out);

}  // namespace pellucid
