// Values from sampled coalitions: what of them Python sees.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>

#include "../mix.hpp"
#include "../odd_covariances.hpp"
#include "../weighted_sums.hpp"
#include "arrays.hpp"
#include "reused.hpp"
#include "run.hpp"

namespace pellucid::bind {
namespace sampled {

using namespace nb::literals;

template <class T>
using MatrixOf = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

// (rows · coalitions · background, columns)
template <class Word>
ResultOf<Word> mix_rows(const MatrixOf<Word>& rows, const MatrixOf<Word>& background, const MatrixOf<bool>& present) {
    const std::size_t columns = rows.shape(1);
    if (background.shape(1) != columns || present.shape(1) != columns)
        throw nb::value_error("rows to be mixed must have the same columns");
    const Mix<Word> task{rows.data(),   background.data(),   present.data(),   rows.shape(0),
                         background.shape(0), present.shape(0), columns};
    ResultOf<Word> out = reused<Word>({task.n_rows * task.n_coalitions * task.n_background, columns});
    run_released(1, [&](const Run& run) { mix(task, out.data(), run); });
    return out;
}

template <class Word>
void define_mix(nb::module_& module) {
    module.def("mix", &mix_rows<Word>, "rows"_a.noconvert(), "background"_a.noconvert(), "present"_a.noconvert());
}

using Vector = Array1<double>;

// Into memory of the caller's: (pairs, pairs) and (players, pairs).
inline void write_covariances(const MatrixOf<std::uint8_t>& members, const Matrix& signs, const Vector& mean,
                              const Vector& noise, const Vector& scale, double fifth, double variance,
                              nb::ndarray<double, nb::ndim<2>, nb::c_contig, nb::device::cpu> between,
                              nb::ndarray<double, nb::ndim<2>, nb::c_contig, nb::device::cpu> of_values) {
    const std::size_t pairs = signs.shape(1), players = signs.shape(0);
    const bool fit = members.shape(0) == pairs && members.shape(1) == (players + 7) / 8 && mean.size() == pairs &&
                     noise.size() == pairs && scale.size() == players && between.shape(0) == pairs &&
                     between.shape(1) == pairs && of_values.shape(0) == players && of_values.shape(1) == pairs;
    if (!fit) throw nb::value_error("the arrays are not those of the same pairs and players");
    const SignedPairs signed_pairs{pairs, players, members.data(), signs.data(), mean.data(), noise.data()};
    run_released(1, [&](const Run&) {
        odd_covariances(signed_pairs, {scale.data(), fifth, variance}, between.data(), of_values.data());
    });
}

// Into memory of the caller's, (entries, targets).
inline void add_answers(const Array1<std::int64_t>& entry, const Vector& weight, const Matrix& answers,
                        nb::ndarray<double, nb::ndim<2>, nb::c_contig, nb::device::cpu> totals) {
    if (weight.size() != entry.size() || answers.shape(0) != entry.size() || answers.shape(1) != totals.shape(1))
        throw nb::value_error("there is not one weight and one answer an entry");
    if (!add_weighted(span(entry), weight.data(), answers.data(), totals.shape(1), totals.shape(0), totals.data()))
        throw nb::value_error("an entry is not one of the totals");
}

inline void define(nb::module_& module) {
    define_mix<std::uint8_t>(module);
    define_mix<std::uint16_t>(module);
    define_mix<std::uint32_t>(module);
    define_mix<std::uint64_t>(module);
    module.def("add_weighted", &add_answers, "entry"_a, "weight"_a, "answers"_a, "totals"_a.noconvert());
    module.def("odd_covariances", &write_covariances, "members"_a.noconvert(), "signs"_a.noconvert(),
               "mean"_a.noconvert(), "noise"_a.noconvert(), "scale"_a.noconvert(), "fifth"_a, "variance"_a,
               "between"_a.noconvert(), "of_values"_a.noconvert());
}

}  // namespace sampled
}  // namespace pellucid::bind
