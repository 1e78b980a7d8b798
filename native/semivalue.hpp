// Which mean of what a player adds to coalitions is its value.
#pragma once

#include "legendre.hpp"

namespace pellucid {

// A player's value is ∫ v_t dμ(t), v_t its mean contribution where each other player takes part with chance t. Shapley
// values take every t alike, Banzhaf values t = 1/2 alone: each coalition counts alike.
enum class Semivalue { Shapley, Banzhaf };

// Nodes t at which leaves of so many players are looked at: exact for μ.
inline int node_count(Semivalue semivalue, int players) {
    return semivalue == Semivalue::Banzhaf ? 1 : (players + 1) / 2;
}

inline Quadrature quadrature(Semivalue semivalue, int nodes) {
    return semivalue == Semivalue::Banzhaf ? Quadrature{{0.5}, {0.5}, {1.0}} : gauss_legendre(nodes);
}

}  // namespace pellucid
