#pragma once

#include "deep.hpp"

namespace pellucid::PELLUCID_PATH {

// The numbers that `narrow` gives, bit by bit, of all row patterns of a leaf at once.
//
// A row pattern s meets the background patterns that lack some subset L of s. The weight U_a(s) of those that lack a
// players is a sum over subsets, made for all s bit after bit, and that of those that lack player j among them is
// U_a(s) - U_a(s without j): all exact.
template <class Real>
void deep_table(const DeepTableTask<Real>& task);

}  // namespace pellucid::PELLUCID_PATH
