#include "path_dependent.hpp"

#include "share_out.hpp"

namespace pellucid {
namespace {

constexpr std::size_t kFewNodes = 50'000;  // in a forest for which waking a thread is not worth it
constexpr int kSetTablePlayers = 8;        // beyond, sets of more than two players are gone through leaf by leaf

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

std::vector<double> mean_prediction(const Forest& forest, const Players& players, const Run& run) {
    std::vector<std::vector<double>> trees(forest.n_trees());
    parallel_for(trees.size(), forest.nodes.size() < kFewNodes, run, [&](std::size_t t, unsigned, const Stop& stop) {
        stop.check();
        trees[t].assign(forest.is_vector(t) ? forest.n_outputs() : 1, 0.0);
        Mean mean(forest, trees[t].data(), trees[t].size());
        walk_paths(forest, forest.roots[t], players, true, mean);
    });
    std::vector<double> base = forest.base;
    for (std::size_t t = 0; t < trees.size(); ++t)
        for (std::size_t o = 0; o < trees[t].size(); ++o)
            base[forest.is_vector(t) ? o : static_cast<std::size_t>(forest.tree_output[t])] += trees[t][o];
    return base;
}

Players checked(const Forest& forest, Players players) {
    check_covers(forest);
    return players;
}

}  // namespace

PathDependent::PathDependent(std::shared_ptr<const Forest> forest, Players players, const Run& run,
                             Semivalue semivalue)
    : forest_(std::move(forest)),
      players_(checked(*forest_, std::move(players))),
      semivalue_(semivalue),
      plans_(make_plan(*forest_, players_, kTablePlayers, Deep::Quadrature, run, semivalue)),
      base_(mean_prediction(*forest_, players_, run)) {}

BackgroundOf PathDependent::product() const {
    return [this](std::size_t tree, const Stop&) { return product_of_covers(plans_[tree]); };
}

template <class Real>
void PathDependent::explain_in(const Rows& rows, double* out, const Run& run, Kept<Real>& kept) const {
    const BackgroundOf of_tree = product();
    const std::vector<std::size_t> nothing(plans_.size(), 0);
    explain_all<Real>({*forest_, players_.count, plans_, of_tree, nothing, semivalue_}, rows, out, run, kept);
}

void PathDependent::explain(const Rows& rows, bool exact, double* out, const Run& run) const {
    if (exact) return explain_in(rows, out, run, kept64_);
    explain_in(rows, out, run, kept32_);
}

std::shared_ptr<const std::vector<PlayerSet>> PathDependent::sets(int order) const {
    return kept_sets_[static_cast<std::size_t>(order)].sets.get(
        [&] { return sets_on_paths(*forest_, players_, order); });
}

template <class Real>
void PathDependent::interact_in(const Rows& rows, int order, const PairOut& out, const Run& run) const {
    const std::vector<std::size_t> nothing(plans_.size(), 0);
    const auto all = sets(order);
    KeptPairs<Real>& kept = kept_sets_[static_cast<std::size_t>(order)].tables<Real>();
    if (order == 2) {
        const BackgroundOf of_tree = product();
        return explain_sets<Real>({*forest_, players_.count, plans_, of_tree, nothing}, {players_, order, *all}, rows,
                                  out, run, kept);
    }
    const auto plan = set_plan_.get([&] { return make_set_plan(*forest_, players_, kSetTablePlayers, run); });
    const BackgroundOf of_tree = [&](std::size_t tree, const Stop&) { return product_of_covers(plan->plans[tree]); };
    explain_sets<Real>({*forest_, players_.count, plan->plans, of_tree, nothing},
                       {players_, order, *all, &plan->ratios}, rows, out, run, kept);
}

void PathDependent::interact(const Rows& rows, bool exact, const SetOut& out, const Run& run) const {
    explain(rows, exact, out.main, run);
    interact_by_size(*this, rows, out, run, [&](int order, const PairOut& of_size) {
        if (exact) interact_in<double>(rows, order, of_size, run);
        else interact_in<float>(rows, order, of_size, run);
    });
}

}  // namespace pellucid
