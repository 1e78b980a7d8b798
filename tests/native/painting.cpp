// Painted images: each byte from the image where its region is present, and nothing beyond the last.
#include "painting.hpp"

#include <vector>

#include "check.hpp"

using namespace pellucid;

TEST(regions_that_are_absent_show_the_other_image) {
    const std::vector<std::int64_t> ends{2, 3, 7};
    const std::vector<std::int32_t> region{0, 1, 0};
    const std::vector<std::uint8_t> image{1, 2, 3, 4, 5, 6, 7}, other(7, 0);
    const std::vector<std::uint8_t> present{1, 0, 0, 1, 1, 1};
    std::vector<std::uint8_t> out(21, 99);
    paint_over({ends, region}, image.data(), other.data(), present.data(), 3, 2, out.data());
    CHECK((out == std::vector<std::uint8_t>{1, 2, 0, 4, 5, 6, 7, 0, 0, 3, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(no_pixels_and_no_images_write_nothing) {
    std::vector<std::uint8_t> out(1, 99);
    paint_over({}, nullptr, nullptr, nullptr, 3, 0, out.data());
    CHECK(out[0] == 99);
}
