// Path-dependent values: absent players follow the training rows' weights.
#pragma once

#include <memory>
#include <vector>

#include "explain.hpp"
#include "forest.hpp"
#include "interactions.hpp"
#include "plan.hpp"
#include "rows.hpp"
#include "set_plan.hpp"

namespace pellucid {

// A forest ready to explain rows by its covers, with its tables where they are small enough to keep.
class PathDependent {
  public:
    // Throws ForestError where covers are missing.
    PathDependent(std::shared_ptr<const Forest> forest, Players players, const Run& run = {},
                  Semivalue semivalue = Semivalue::Shapley);

    // out (rows, players, outputs), zero before. In float64 throughout if `exact`.
    void explain(const Rows& rows, bool exact, double* out, const Run& run) const;

    // Of Shapley values alone: sets of so many players that share a path. `interact` gives those of each size values
    // (rows, sets, outputs), written, and the players (rows, players, outputs), zero before: n-Shapley values of the
    // order of `out`.
    std::shared_ptr<const std::vector<PlayerSet>> sets(int order) const;
    void interact(const Rows& rows, bool exact, const SetOut& out, const Run& run) const;

    // forest.base + the trees' cover-weighted means.
    const std::vector<double>& base() const { return base_; }
    std::size_t players() const { return players_.count; }
    const Forest& forest() const { return *forest_; }

  private:
    BackgroundOf product() const;
    template <class Real>
    void explain_in(const Rows& rows, double* out, const Run& run, Kept<Real>& kept) const;
    template <class Real>
    void interact_in(const Rows& rows, int order, const PairOut& out, const Run& run) const;

    std::shared_ptr<const Forest> forest_;
    Players players_;
    Semivalue semivalue_;
    std::vector<TreePlan> plans_;
    std::vector<double> base_;
    mutable Kept<float> kept32_;
    mutable Kept<double> kept64_;
    mutable KeptBySize kept_sets_;
    mutable Keep<SetPlan> set_plan_;  // for more than two players
};

}  // namespace pellucid
