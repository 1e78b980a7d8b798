// What the leaves of a tree know of a background, and those without a table laid out for the kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/deep.hpp"
#include "memory.hpp"
#include "plan.hpp"
#include "pool.hpp"

namespace pellucid {

// The distinct background patterns of one deep leaf, in order of first appearance.
struct LeafCohort {
    std::vector<std::uint64_t> patterns;  // (count, words)
    std::vector<double> weights;          // (count,)
};

// What a tree's leaves know of the background; weights sum to 1.
struct TreeBackground {
    std::vector<double> histograms;   // laid out as TableSpec::histogram says
    std::vector<LeafCohort> cohorts;  // one a deep leaf
};

// The patterns of a tree's deep leaves, as the players that each lacks.
template <class Real>
class TreeCohorts {
  public:
    TreeCohorts() = default;
    TreeCohorts(const TreePlan& plan, const TreeBackground& background, const Stop& stop);

    NarrowSet<Real> narrow(std::size_t leaf) const;
    WideSet<Real> wide(std::size_t leaf) const;

    // Distinct patterns of a leaf.
    std::size_t count(std::size_t leaf) const { return places_[leaf].count[0] + places_[leaf].count[1]; }

    std::size_t bytes() const {
        return places_.size() * sizeof(Place) + narrow_.size() * sizeof(std::uint16_t) +
               wide_.size() * sizeof(std::uint64_t) + weights_.size() * sizeof(Real);
    }

  private:
    struct Place {
        std::size_t patterns, weights;
        std::size_t count[2];  // by class: see NarrowSet
        int players;
        bool siblings;

        std::size_t size() const { return padded_patterns(count[0]) + padded_patterns(count[1]); }
    };

    void fill(const LeafCohort& cohort, const DeepLeaf& leaf, const Place& place, std::vector<std::size_t>& order);

    std::vector<Place> places_;  // by deep leaf
    Aligned<std::uint16_t> narrow_;
    Aligned<std::uint64_t> wide_;
    Aligned<Real> weights_;
};

// What so many patterns of a deep leaf take there, at most.
template <class Real>
std::size_t bytes_of_patterns(const DeepLeaf& leaf, std::size_t count) {
    const std::size_t pattern = leaf.is_narrow() ? sizeof(std::uint16_t) : leaf.words() * sizeof(std::uint64_t);
    return (padded_patterns(count) + padded_patterns(1)) * (pattern + sizeof(Real));
}

}  // namespace pellucid
