#include "paths.hpp"

namespace pellucid {
namespace {

struct Frame {
    Edge edge;
    int stage;  // 0: before the left child, 1: before the right one, 2: done
};

class Walk {
  public:
    Walk(const Forest& forest, const Players& players, bool covers, PathVisitor& visitor)
        : forest_(forest), players_(players), covers_(covers), visitor_(visitor) {
        path_.slot_of.assign(players.count, -1);
    }

    void run(std::int32_t root) {
        visit(root);
        while (!stack_.empty()) advance();
    }

  private:
    const Node& node(std::int32_t i) const { return forest_.nodes[static_cast<std::size_t>(i)]; }

    void visit(std::int32_t i) {
        if (!visitor_.enter(i)) return;
        if (node(i).is_leaf()) return visitor_.leaf(i, path_);
        stack_.push_back({open(i), 0});
        visitor_.split(stack_.back().edge, path_);
    }

    Edge open(std::int32_t i) {
        const std::int32_t player = players_.of_feature[static_cast<std::size_t>(node(i).feature)];
        std::int32_t& slot = path_.slot_of[static_cast<std::size_t>(player)];
        const bool fresh = slot < 0;
        if (fresh) add_slot(player, slot);
        const auto s = static_cast<std::size_t>(slot);
        return {i,
                static_cast<std::int32_t>(stack_.size()),
                slot,
                fresh,
                false,
                fresh ? -1 : path_.level[s],
                path_.ratio[s],
                1.0,
                1.0};
    }

    void add_slot(std::int32_t player, std::int32_t& slot) {
        slot = static_cast<std::int32_t>(path_.player.size());
        path_.player.push_back(player);
        path_.ratio.push_back(1.0);
        path_.level.push_back(-1);
    }

    void advance() {
        Frame& frame = stack_.back();
        if (frame.stage > 0) visitor_.ascend(frame.edge, path_);
        if (frame.stage == 2) return close();
        frame.edge.right = frame.stage == 1;
        ++frame.stage;
        take(frame.edge);
        visitor_.descend(frame.edge, path_);
        visit(frame.edge.right ? node(frame.edge.node).right : node(frame.edge.node).left);
    }

    void take(Edge& edge) {
        const auto s = static_cast<std::size_t>(edge.slot);
        edge.share = covers_ ? cover_ratio(forest_, node(edge.node), edge.right) : 1.0;
        edge.ratio = path_.ratio[s] = edge.ratio_above * edge.share;
        path_.level[s] = edge.level + 1;
    }

    void close() {
        const Edge edge = stack_.back().edge;
        visitor_.leave(edge, path_);
        stack_.pop_back();
        const auto s = static_cast<std::size_t>(edge.slot);
        path_.ratio[s] = edge.ratio_above;
        path_.level[s] = edge.previous;
        if (!edge.fresh) return;
        path_.slot_of[static_cast<std::size_t>(path_.player.back())] = -1;
        path_.player.pop_back();
        path_.ratio.pop_back();
        path_.level.pop_back();
    }

    const Forest& forest_;
    const Players& players_;
    const bool covers_;
    PathVisitor& visitor_;
    PathState path_;
    std::vector<Frame> stack_;
};

}  // namespace

void walk_paths(const Forest& forest, std::int32_t root, const Players& players, bool covers, PathVisitor& visitor) {
    Walk(forest, players, covers, visitor).run(root);
}

}  // namespace pellucid
