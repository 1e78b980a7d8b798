#include "player_sets.hpp"

#include <iterator>
#include <string>

namespace pellucid {
namespace {

double number_of_sets(int n, int order) {
    double sets = 1.0;
    for (int i = 0; i < order; ++i) sets *= static_cast<double>(n - i) / (i + 1);
    return sets;
}

void check_number(double sets, int order) {
    if (sets <= static_cast<double>(kMostSets)) return;
    throw ForestError("the paths of its trees hold more than " + std::to_string(kMostSets) + " sets of " +
                      std::to_string(order) + " players");
}

void sort_once(std::vector<PlayerSet>& sets) {
    std::sort(sets.begin(), sets.end());
    sets.erase(std::unique(sets.begin(), sets.end()), sets.end());
}

// Joins each player with those above it, where it is met first.
class Meetings : public PathVisitor {
  public:
    Meetings(int order, std::vector<PlayerSet>& sets) : order_(order), sets_(sets) {}

    void split(const Edge& edge, const PathState& path) override {
        if (!edge.fresh) return;
        if (sets_.size() > kMostSets) sort_once(sets_);
        check_number(static_cast<double>(sets_.size()) + number_of_sets(edge.slot, order_ - 1), order_);
        for_each_set(edge.slot, order_ - 1, [&](const int* above) {
            std::array<int, kMostOrder> slots{};
            std::copy_n(above, order_ - 1, slots.begin());
            slots[static_cast<std::size_t>(order_ - 1)] = edge.slot;
            sets_.push_back(set_of(slots.data(), order_,
                                   [&](int slot) { return path.player[static_cast<std::size_t>(slot)]; }));
        });
    }

  private:
    const int order_;
    std::vector<PlayerSet>& sets_;
};

}  // namespace

std::vector<PlayerSet> sets_of_tree(const Forest& forest, std::int32_t root, const Players& players, int order) {
    std::vector<PlayerSet> sets;
    Meetings meetings(order, sets);
    walk_paths(forest, root, players, false, meetings);
    sort_once(sets);
    return sets;
}

std::vector<PlayerSet> sets_on_paths(const Forest& forest, const Players& players, int order) {
    std::vector<PlayerSet> all;
    for (const std::int32_t root : forest.roots) {
        const std::vector<PlayerSet> sets = sets_of_tree(forest, root, players, order), before = std::move(all);
        all.clear();
        std::ranges::set_union(before, sets, std::back_inserter(all));
        check_number(static_cast<double>(all.size()), order);
    }
    return all;
}

}  // namespace pellucid
