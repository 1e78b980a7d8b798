// A tree made ready for the kernel of effects.
#pragma once

#include <cstddef>
#include <vector>

#include "forest.hpp"
#include "kernels/fails.hpp"
#include "memory.hpp"
#include "paths.hpp"

namespace pellucid {

// A leaf's sums: where no player fails, where each of its path's slots alone does, where each pair of slots does.
struct FailLeaf {
    std::int32_t node;
    std::size_t path;  // into FailPlan::path_players
    int players;
    std::size_t sums;
};

struct FailPlan {
    std::vector<FailStep> steps;
    std::vector<FailLeaf> leaves;
    std::vector<std::int32_t> path_players;
    std::size_t sums = 0;
    int levels = 1;
    int players = 0;  // most on a path
};

// Rows that fail more than `most` players (1 or 2) are dropped.
FailPlan make_fail_plan(const Forest& forest, std::int32_t root, const Players& players, int most);

// What the kernel needs beside rows and plan. Its blocks are shorter where paths are very long.
class FailWorkspace {
  public:
    void fit(const FailPlan& plan, int most);
    void lend(FailTask& task);
    static std::size_t block_rows(const FailPlan& plan);

  private:
    std::vector<FailLevel> levels_;
    std::vector<FailedRow> lists_;
    Aligned<std::uint64_t> sets_;
    Aligned<std::uint64_t> left_;
    Aligned<std::uint8_t> bytes_;
    int dense_levels_ = 0, dense_players_ = 0;
};

}  // namespace pellucid
