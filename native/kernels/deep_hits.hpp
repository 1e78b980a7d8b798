#pragma once

#include "deep.hpp"

namespace pellucid::PELLUCID_PATH {

// Interventional numbers of one leaf for row patterns, from the background patterns that they meet: see shares.hpp.
template <class Real>
void narrow(const NarrowTask<Real>& task);
template <class Real>
void wide(const WideTask<Real>& task);

}  // namespace pellucid::PELLUCID_PATH
