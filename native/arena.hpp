// The numbers that kernels look up: pattern tables and quadrature constants of a run of trees.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "cohorts.hpp"
#include "memory.hpp"
#include "plan.hpp"
#include "pool.hpp"
#include "semivalue.hpp"

namespace pellucid {

// Gives a tree's background: the product of covers, or counted rows.
using BackgroundOf = std::function<std::shared_ptr<const TreeBackground>(std::size_t tree, const Stop& stop)>;

// Trees first … last - 1 with their numbers.
template <class Real>
struct Arena {
    std::size_t first, last;
    Semivalue semivalue;
    std::vector<std::size_t> offset;  // of each tree in `numbers`
    Room<Real> numbers;
    std::vector<TreeCohorts<Real>> cohorts;  // of each tree

    std::size_t bytes() const {
        std::size_t sum = numbers.size() * sizeof(Real);
        for (const TreeCohorts<Real>& tree : cohorts) sum += tree.bytes();
        return sum;
    }
};

// A run of trees: first, and one past the last.
using Trees = std::pair<std::size_t, std::size_t>;

// Cuts the forest into runs that take at most `limit` bytes together (or are one tree).
std::vector<Trees> runs_of_trees(const std::vector<std::size_t>& bytes_of_tree, std::size_t limit);

// Makes the numbers of one run of trees, in the room of an earlier one. Scalar leaves are folded into their tables;
// vector leaves get unit tables.
template <class Real>
Arena<Real> make_arena(const Forest& forest, const std::vector<TreePlan>& plans, Trees trees,
                       const BackgroundOf& background, Semivalue semivalue, Room<Real> room, const Run& run);

// Histogram of patterns whose players are independent, each satisfied with its cover ratio: Π_j (p_j ? r_j : 1 - r_j).
std::shared_ptr<const TreeBackground> product_of_covers(const TreePlan& plan);

}  // namespace pellucid
