// Painted images: what of them Python sees.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "../painting.hpp"
#include "arrays.hpp"
#include "run.hpp"

namespace pellucid::bind {
namespace painting {

using namespace nb::literals;
using Present = nb::ndarray<const std::uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Painted = nb::ndarray<std::uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

inline void paint(const Array1<std::int64_t>& ends, const Array1<std::int32_t>& region,
                  const Array1<std::uint8_t>& image, const Array1<std::uint8_t>& other, const Present& present,
                  Painted out) {
    const RegionRuns runs{span(ends), span(region)};
    const Unlocked unlocked;
    paint_over(runs, image.data(), other.data(), present.data(), present.shape(0), present.shape(1), out.data());
}

inline void define(nb::module_& module) {
    module.def("paint_over", &paint, "ends"_a, "region"_a, "image"_a, "other"_a, "present"_a, "out"_a);
}

}  // namespace painting
}  // namespace pellucid::bind
