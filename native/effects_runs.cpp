#include "effects_runs.hpp"

#include <algorithm>
#include <cmath>

#include "dispatch.hpp"
#include "kernels/kernels.hpp"

namespace pellucid {
namespace {

PointRuns complement(const PointRuns& runs, std::int32_t count) {
    PointRuns rest;
    std::int32_t from = 0;
    for (const PointRun& run : runs) {
        if (run.begin > from) rest.push_back({from, run.begin});
        from = run.end;
    }
    if (count > from) rest.push_back({from, count});
    return rest;
}

PointRuns both(const PointRuns& a, const PointRuns& b) {
    PointRuns common;
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
        const std::int32_t begin = std::max(a[i].begin, b[j].begin), end = std::min(a[i].end, b[j].end);
        if (begin < end) common.push_back({begin, end});
        if (a[i].end < b[j].end) ++i;
        else ++j;
    }
    return common;
}

bool passes(const Node& node, double x) {
    switch (node.test) {
        case Test::LessF32: return static_cast<double>(static_cast<float>(x)) < node.threshold;
        case Test::LessEqualF32: return static_cast<double>(static_cast<float>(x)) <= node.threshold;
        default: return x <= node.threshold;
    }
}

class RunWalk : public PathVisitor {
  public:
    RunWalk(const Forest& forest, const Domains& domains, const OnLeaf& on_leaf)
        : forest_(forest), domains_(domains), on_leaf_(on_leaf) {}

    void split(const Edge& edge, const PathState& path) override {
        const auto slot = static_cast<std::size_t>(edge.slot);
        if (edge.fresh) {
            const std::int32_t number = domains_.of_player(path.player[slot]);
            numbers_.push_back(number);
            const std::int32_t count = number < 0 ? 0 : points(number);
            runs_.push_back(count ? PointRuns{{0, count}} : PointRuns{});
        }
        const std::int32_t number = numbers_[slot];
        Frame frame{runs_[slot], {}};
        if (number >= 0) frame.left = domains_.left(edge.node, domains_.all()[static_cast<std::size_t>(number)]);
        frames_.push_back(std::move(frame));
    }

    void descend(const Edge& edge, const PathState&) override {
        const auto slot = static_cast<std::size_t>(edge.slot);
        if (numbers_[slot] < 0) return;
        const Frame& frame = frames_.back();
        runs_[slot] = both(frame.above, edge.right ? complement(frame.left, points(numbers_[slot])) : frame.left);
    }

    void leaf(std::int32_t node, const PathState& path) override { on_leaf_(node, path, numbers_, runs_); }

    void leave(const Edge& edge, const PathState&) override {
        runs_[static_cast<std::size_t>(edge.slot)] = frames_.back().above;
        frames_.pop_back();
        if (!edge.fresh) return;
        numbers_.pop_back();
        runs_.pop_back();
    }

  private:
    struct Frame {
        PointRuns above;  // the player's points before the split
        PointRuns left;   // points that go left at it
    };

    std::int32_t points(std::int32_t number) const {
        return static_cast<std::int32_t>(domains_.all()[static_cast<std::size_t>(number)].count);
    }

    const Forest& forest_;
    const Domains& domains_;
    const OnLeaf& on_leaf_;
    std::vector<std::int32_t> numbers_;
    std::vector<PointRuns> runs_;
    std::vector<Frame> frames_;
};

}  // namespace

Domains::Domains(const Forest& forest, const Players& players, std::vector<Domain> domains)
    : forest_(forest),
      players_(players),
      domains_(std::move(domains)),
      of_player_(players.count, -1),
      place_(forest.n_features),
      width_(players.count, 0) {
    for (std::size_t f = 0; f < forest.n_features; ++f)
        place_[f] = width_[static_cast<std::size_t>(players.of_feature[f])]++;
    for (std::size_t d = 0; d < domains_.size(); ++d)
        of_player_[static_cast<std::size_t>(domains_[d].player)] = static_cast<std::int32_t>(d);
}

void Domains::walk(std::int32_t root, const OnLeaf& on_leaf) const {
    RunWalk walk(forest_, *this, on_leaf);
    walk_paths(forest_, root, players_, false, walk);
}

PointRuns Domains::left(std::int32_t index, const Domain& domain) const {
    const Node& node = forest_.nodes[static_cast<std::size_t>(index)];
    const auto count = static_cast<std::int32_t>(domain.count);
    PointRuns runs;
    if (domain.ascending && node.test < Test::InSet && !node.zero_is_missing) {
        const bool missing = count > 0 && std::isnan(domain.points[count - 1]);
        const double* end = domain.points + count - missing;
        const double* first_right =
            std::partition_point(domain.points, end, [&](double x) { return passes(node, x); });
        const auto lefts = static_cast<std::int32_t>(first_right - domain.points);
        if (lefts > 0) runs.push_back({0, lefts});
        if (!missing || !node.default_left) return runs;
        if (lefts == count - 1 && lefts > 0) runs.back().end = count;
        else runs.push_back({count - 1, count});
        return runs;
    }
    const auto feature = static_cast<std::size_t>(node.feature);
    const std::size_t width = width_[static_cast<std::size_t>(domain.player)];
    std::vector<std::uint8_t> goes(domain.count);
    kernels().goes(forest_.view(), index, domain.points + place_[feature], domain.count, width, goes.data());
    for (std::int32_t i = 0; i < count; ++i) {
        if (!goes[static_cast<std::size_t>(i)]) continue;
        if (!runs.empty() && runs.back().end == i) ++runs.back().end;
        else runs.push_back({i, i + 1});
    }
    return runs;
}

}  // namespace pellucid
