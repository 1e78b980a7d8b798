// How a forest's mean prediction over a background moves with one player, or with two.
#pragma once

#include <memory>
#include <shared_mutex>
#include <vector>

#include "effects_plan.hpp"
#include "effects_runs.hpp"
#include "effects_table.hpp"
#include "forest.hpp"
#include "pool.hpp"
#include "sum.hpp"

namespace pellucid {

// Two domains by number.
struct DomainPair {
    std::int32_t first, second;
};

// Where the numbers of a pair lie; turned: the domains were asked for in the other order.
struct PairPlace {
    std::size_t start;
    bool turned;
};

class PairPlaces {
  public:
    PairPlaces(const std::vector<Domain>& domains, const std::vector<DomainPair>& pairs);
    const PairPlace* find(std::int32_t a, std::int32_t b) const;
    std::size_t start(std::size_t pair) const { return starts_[pair]; }
    std::size_t size() const { return starts_.back(); }

  private:
    std::size_t domains_;
    std::vector<std::size_t> starts_;
    std::vector<std::int32_t> number_;  // by two domains: 1 + the pair's, negative where turned, 0 where not asked for
    std::vector<PairPlace> places_, turned_;
};

// Weighted background rows, counted by leaf: the weight that satisfies the whole path, the weight that fails one player
// alone, and if `most` is 2 the weight that fails two players alone. With these the leaf's part of a partial dependence
// is known for every value of the player: no row is needed any more. Rows added in chunks, or all at once, give the
// same bits.
class Effects {
  public:
    Effects(std::shared_ptr<const Forest> forest, Players players, int most);

    // weights null: each 1.
    void add(const Table& rows, const double* weights, const Run& run);
    double total() const { return total_.value(); }
    std::vector<double> base() const;  // weighted mean prediction

    // Mean predictions with a player set to each point of its domain. out (points of all domains, outputs).
    void curves(const std::vector<Domain>& domains, double* out, const Run& run) const;

    // What two players add to the sum of their curves, less the base: F_pq = F_p + F_q - base + joint. out: by pair
    // (points of the first, points of the second, outputs). Needs most = 2.
    void joint(const std::vector<Domain>& domains, const std::vector<DomainPair>& pairs, double* out,
               const Run& run) const;

    const Forest& forest() const { return *forest_; }
    int most() const { return most_; }

  private:
    void curves_of(std::size_t tree, const Domains& domains, const std::vector<std::size_t>& starts,
                   std::vector<double>& steps) const;
    void joint_of(std::size_t tree, const Domains& domains, const PairPlaces& places,
                  std::vector<double>& steps) const;

    std::shared_ptr<const Forest> forest_;
    Players players_;
    int most_;
    std::vector<FailPlan> plans_;
    std::vector<std::vector<double>> sums_;  // by tree
    Sum total_;
    mutable std::shared_mutex mutex_;
};

}  // namespace pellucid
