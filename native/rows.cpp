#include "rows.hpp"

#include <vector>

namespace pellucid {
namespace {

template <class X>
void load_columns(const std::vector<std::int32_t>& features, const Rows& rows, std::size_t stride, Aligned<X>& to) {
    to.assign(features.size() * stride, X{0});
    for (std::size_t c = 0; c < features.size(); ++c) {
        const double* from = rows.data + features[c];
        X* column = to.data() + c * stride;
        for (std::size_t r = 0; r < rows.count; ++r) column[r] = static_cast<X>(from[r * rows.width]);
    }
}

}  // namespace

void Columns::load(const Forest& forest, const Rows& rows, std::size_t lanes) {
    stride_ = (rows.count + lanes - 1) / lanes * lanes;
    load_columns(forest.columns32, rows, stride_, f32_);
    load_columns(forest.columns64, rows, stride_, f64_);
}

}  // namespace pellucid
