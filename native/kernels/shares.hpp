// What a row pattern and a background pattern that meet at a leaf give to its players.
//
// For a row pattern s and a background pattern p the leaf's game is a conjunction: it can be won only if s or p
// satisfies every player. Then the a players that p lacks are held by s alone and the c that s lacks by p alone, and
// ∫ t^(a-1) (1-t)^c dt = B(a, c+1) goes to each of the a and -B(a+1, c) to each of the c, times the leaf's value.
//
// Of two siblings, the row's own can be won wherever s and p meet above, and the other one too where they part at the
// last split: with a and c of the players above, B(a+1, c+1) goes to the last one for the side of s and is taken off
// for the side of p.
#pragma once

#include "deep.hpp"

namespace pellucid::PELLUCID_PATH {

// A number for each weight, in the order of its players: gained by those that the row alone holds, lost by those that
// it lacks, and given to the last one of siblings.
struct Shares {
    double gain, loss, last;
};

// Whether a row that holds the last bit, or does not, parts there from the patterns of a class: see NarrowSet.
inline bool parts_from(bool siblings, bool row_holds, int pattern_class) {
    return siblings && row_holds == (pattern_class == 1);
}

class SharesOf {
  public:
    SharesOf(const LeafGame& game, bool row_holds, int lacking)
        : own_(row_holds ? game.value : game.sibling),
          across_(row_holds ? game.sibling : game.value),
          row_(game.row(lacking)),
          stride_(game.stride) {}

    Shares operator()(int a, bool part) const {
        if (!part) return {own_ * at(1, a), own_ * at(0, a + 1), 0.0};
        const double both = at(1, a + 1);
        return {own_ * both + across_ * at(2, a), own_ * at(0, a + 2) + across_ * both, (own_ - across_) * both};
    }

  private:
    double at(int more, int a) const { return row_[more * stride_ + a]; }

    double own_, across_;
    const double* row_;
    int stride_;
};

}  // namespace pellucid::PELLUCID_PATH
