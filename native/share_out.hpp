// n-Shapley values from Shapley interaction indices.
#pragma once

#include <memory>
#include <vector>

#include "interactions.hpp"

namespace pellucid {

using SetsBySize = std::vector<std::shared_ptr<const std::vector<PlayerSet>>>;

// Φ_S = Σ_{T ⊇ S, |T| ≤ order} B_{|T|-|S|} I_T with Bernoulli's numbers B (Bordt & von Luxburg 2023, theorem 8): what
// larger sets do is shared out so that all of it adds up. `out` holds I before and Φ after, sets[s] the sets of s players,
// from 2 on; the subsets of one are among the sets.
void share_out(const SetsBySize& sets, const SetOut& out, std::size_t rows, std::size_t players, std::size_t outputs,
               const Run& run);

// What an explainer of either game does: the Shapley values are in out.main; of_size(order, out) gives the interaction
// indices of the sets of one size.
template <class Explainer, class OfSize>
void interact_by_size(const Explainer& explainer, const Rows& rows, const SetOut& out, const Run& run,
                      const OfSize& of_size) {
    if (out.order() == 2) return of_size(2, {out.values[2], out.main});
    SetsBySize sets(out.values.size());
    for (int order = 2; order <= out.order(); ++order) {
        sets[static_cast<std::size_t>(order)] = explainer.sets(order);
        of_size(order, {out.values[static_cast<std::size_t>(order)], nullptr});
    }
    share_out(sets, out, rows.count, explainer.players(), explainer.forest().n_outputs(), run);
}

}  // namespace pellucid
