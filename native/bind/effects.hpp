// Effects: what of them Python sees.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>

#include "../effects.hpp"
#include "../effects_rows.hpp"
#include "../thresholds.hpp"
#include "arrays.hpp"
#include "run.hpp"

namespace pellucid::bind {
namespace effects {

using namespace nb::literals;
inline Players players_of(const Array1<std::int32_t>& of_feature, std::size_t count) {
    return {{of_feature.data(), of_feature.data() + of_feature.size()}, count};
}

using AnyMatrix = nb::ndarray<const double, nb::ndim<2>, nb::device::cpu>;

inline Table table(const AnyMatrix& matrix) {
    return {matrix.data(), matrix.shape(0), static_cast<std::size_t>(matrix.stride(0)),
            static_cast<std::size_t>(matrix.stride(1))};
}

inline std::shared_ptr<Effects> make_effects(const std::shared_ptr<Forest>& forest,
                                             const Array1<std::int32_t>& of_feature, std::size_t players, int most) {
    return std::make_shared<Effects>(forest, players_of(of_feature, players), most);
}

inline void add_effects(Effects& effects, const AnyMatrix& matrix, const Array1<double>& weights, unsigned threads) {
    const double* each = weights.size() == 0 ? nullptr : weights.data();
    run_released(threads, [&](const Run& run) { effects.add(table(matrix), each, run); });
}

inline std::vector<Domain> make_domains(const std::vector<std::int32_t>& players, const std::vector<Matrix>& points,
                                 const std::vector<bool>& ascending) {
    std::vector<Domain> domains;
    for (std::size_t d = 0; d < players.size(); ++d)
        domains.push_back({players[d], points[d].data(), points[d].shape(0), ascending[d]});
    return domains;
}

// (points of all domains, outputs)
inline Result effect_curves(const Effects& effects, const std::vector<std::int32_t>& players,
                     const std::vector<Matrix>& points, const std::vector<bool>& ascending, unsigned threads) {
    const std::vector<Domain> domains = make_domains(players, points, ascending);
    std::size_t count = 0;
    for (const Domain& domain : domains) count += domain.count;
    Zeros<double> out({count, effects.forest().n_outputs()});
    run_released(threads, [&](const Run& run) { effects.curves(domains, out.data, run); });
    return out.release();
}

// (points of all pairs, outputs); pairs holds two domains each
inline Result effect_joint(const Effects& effects, const std::vector<std::int32_t>& players,
                           const std::vector<Matrix>& points, const std::vector<bool>& ascending,
                           const std::vector<std::int32_t>& pairs, unsigned threads) {
    const std::vector<Domain> domains = make_domains(players, points, ascending);
    std::vector<DomainPair> asked;
    std::size_t count = 0;
    for (std::size_t p = 0; p + 1 < pairs.size(); p += 2) {
        asked.push_back({pairs[p], pairs[p + 1]});
        const auto first = static_cast<std::size_t>(pairs[p]), second = static_cast<std::size_t>(pairs[p + 1]);
        count += domains[first].count * domains[second].count;
    }
    Zeros<double> out({count, effects.forest().n_outputs()});
    run_released(threads, [&](const Run& run) { effects.joint(domains, asked, out.data, run); });
    return out.release();
}

// (rows, points, outputs)
inline Result individual_rows(const Forest& forest, const Array1<std::int32_t>& of_feature, std::size_t players,
                       std::int32_t player, const Matrix& points, bool ascending, const AnyMatrix& matrix,
                       unsigned threads) {
    Zeros<double> out({matrix.shape(0), points.shape(0), forest.n_outputs()});
    const Players map = players_of(of_feature, players);
    const Domain domain{player, points.data(), points.shape(0), ascending};
    run_released(threads, [&](const Run& run) { individual(forest, map, domain, table(matrix), out.data, run); });
    return out.release();
}

// (rows, domains, outputs)
inline Result left_out_rows(const Forest& forest, const Array1<std::int32_t>& of_feature, std::size_t n_players,
                     const std::vector<std::int32_t>& players, const std::vector<Matrix>& points,
                     const std::vector<bool>& ascending, const Array1<double>& shares, const AnyMatrix& matrix,
                     unsigned threads) {
    const std::vector<Domain> domains = make_domains(players, points, ascending);
    const Players map = players_of(of_feature, n_players);
    Zeros<double> out({matrix.shape(0), domains.size(), forest.n_outputs()});
    run_released(threads, [&](const Run& run) {
        left_out(forest, map, domains, shares.data(), table(matrix), out.data, run);
    });
    return out.release();
}

inline Result predict_some_trees(const Forest& forest, const std::vector<std::int32_t>& trees, const Matrix& matrix,
                          unsigned threads) {
    Zeros<double> out({matrix.shape(0), forest.n_outputs()});
    run_released(threads, [&](const Run& run) {
        predict_trees(forest, trees, matrix.data(), matrix.shape(0), out.data, run);
    });
    return out.release();
}

using Column = nb::ndarray<const double, nb::ndim<1>, nb::device::cpu>;

inline ResultOf<std::int32_t> find_positions(const Array1<double>& edges, const Column& values) {
    Zeros<std::int32_t> out({values.shape(0)});
    positions({edges.data(), edges.data() + edges.size()}, values.data(), static_cast<std::size_t>(values.stride(0)),
              values.shape(0), out.data);
    return out.release();
}

inline void define(nb::module_& module) {
    nb::class_<Effects>(module, "Effects")
        .def("add", &add_effects, "rows"_a, "weights"_a, "threads"_a)
        .def("curves", &effect_curves, "players"_a, "points"_a, "ascending"_a, "threads"_a)
        .def("joint", &effect_joint, "players"_a, "points"_a, "ascending"_a, "pairs"_a, "threads"_a)
        .def("total", &Effects::total)
        .def("base", [](const Effects& self) { return vector(self.base()); });
    module.def("effects", &make_effects, "forest"_a, "players"_a, "n_players"_a, "most"_a);
    module.def("individual", &individual_rows, "forest"_a, "players"_a, "n_players"_a, "player"_a, "points"_a,
               "ascending"_a, "rows"_a, "threads"_a);
    module.def("left_out", &left_out_rows, "forest"_a, "players"_a, "n_players"_a, "asked"_a, "points"_a, "ascending"_a,
               "shares"_a, "rows"_a, "threads"_a);
    module.def("predict_trees", &predict_some_trees, "forest"_a, "trees"_a, "rows"_a, "threads"_a);
    module.def("positions", &find_positions, "edges"_a, "values"_a);
    module.def("thresholds", [](const Forest& forest, std::int32_t feature) {
        return vector(thresholds(forest, feature));
    }, "forest"_a, "feature"_a);
}

}  // namespace effects
}  // namespace pellucid::bind
