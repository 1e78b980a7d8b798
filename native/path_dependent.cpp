#include "path_dependent.hpp"

#include "interactions.hpp"

namespace pellucid {
namespace {

constexpr int kTablePlayersByCover = 7;  // beyond, tables outgrow the cache and the quadrature is faster

// Adds each leaf's value times the share of training weight that reaches it.
class Mean : public PathVisitor {
  public:
    Mean(const Forest& forest, double* sum, std::size_t count) : forest_(forest), sum_(sum), count_(count) {}

    void leaf(std::int32_t node, const PathState& path) override {
        double share = 1.0;
        for (const double r : path.ratio) share *= r;
        const double* value = forest_.value.data() + static_cast<std::size_t>(node) * forest_.width;
        for (std::size_t o = 0; o < count_; ++o) sum_[o] += share * value[o];
    }

  private:
    const Forest& forest_;
    double* sum_;
    std::size_t count_;
};

std::vector<double> mean_prediction(const Forest& forest, const Players& players) {
    std::vector<double> base = forest.base;
    for (std::size_t t = 0; t < forest.n_trees(); ++t) {
        const bool vector_leaves = forest.is_vector(t);
        std::vector<double> tree(vector_leaves ? forest.n_outputs() : 1, 0.0);
        Mean mean(forest, tree.data(), tree.size());
        walk_paths(forest, forest.roots[t], players, true, mean);
        for (std::size_t o = 0; o < tree.size(); ++o)
            base[vector_leaves ? o : static_cast<std::size_t>(forest.tree_output[t])] += tree[o];
    }
    return base;
}

Players checked(const Forest& forest, Players players) {
    check_covers(forest);
    return players;
}

}  // namespace

PathDependent::PathDependent(std::shared_ptr<const Forest> forest, Players players)
    : forest_(std::move(forest)),
      players_(checked(*forest_, std::move(players))),
      plans_(make_plan(*forest_, players_, kTablePlayersByCover, Deep::Quadrature)),
      base_(mean_prediction(*forest_, players_)) {}

BackgroundOf PathDependent::product() const {
    return [this](std::size_t tree, const Stop&) { return product_of_covers(plans_[tree]); };
}

template <class Real>
void PathDependent::explain_in(const Rows& rows, double* out, const Run& run, Kept<Real>& kept) const {
    const BackgroundOf of_tree = product();
    const std::vector<std::size_t> nothing(plans_.size(), 0);
    explain_all<Real>({*forest_, players_.count, plans_, of_tree, nothing}, rows, out, run, kept);
}

void PathDependent::explain(const Rows& rows, bool exact, double* out, const Run& run) const {
    if (exact) return explain_in(rows, out, run, kept64_);
    explain_in(rows, out, run, kept32_);
}

void PathDependent::interact(const std::vector<PlayerPair>& pairs, const Rows& rows, double* values, double* main,
                             const Run& run) const {
    const BackgroundOf of_tree = product();
    const std::vector<std::size_t> nothing(plans_.size(), 0);
    explain_pairs({*forest_, players_.count, plans_, of_tree, nothing}, players_, pairs, rows, values, run);
    explain(rows, true, main, run);
    take_off_pairs(pairs, values, rows.count, players_.count, forest_->n_outputs(), main, run);
}

}  // namespace pellucid
