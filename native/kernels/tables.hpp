#pragma once

#include "kernels.hpp"

namespace pellucid::PELLUCID_PATH {

// Shapley values of a tree's table leaves: acc += the table entry of each row's pattern.
//
// A path's slots 0 … k-1 are its players in order of first appearance, so all leaves below a node share the slots above
// it. Their table rows are therefore added, whole, to one running sum a row, and a slot is moved to its player only
// when the walk leaves the subtree in which it stands for that player.
template <class Real>
void tables(const TableTask<Real>& task);

}  // namespace pellucid::PELLUCID_PATH
