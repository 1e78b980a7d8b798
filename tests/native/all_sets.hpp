// Memory for the interactions of all sets up to an order.
#pragma once

#include <vector>

#include "interactions.hpp"

struct AllSets {
    std::vector<std::vector<double>> values;  // by size
    std::vector<double> main;

    template <class Explainer>
    AllSets(const Explainer& explainer, const pellucid::Rows& rows, int order, bool exact, const pellucid::Run& run)
        : values(static_cast<std::size_t>(order) + 1),
          main(rows.count * explainer.players() * explainer.forest().n_outputs()) {
        pellucid::SetOut out{std::vector<double*>(values.size()), main.data()};
        for (std::size_t size = 2; size < values.size(); ++size) {
            values[size].resize(rows.count * explainer.sets(static_cast<int>(size))->size() *
                                explainer.forest().n_outputs());
            out.values[size] = values[size].data();
        }
        explainer.interact(rows, exact, out, run);
    }
};
