#include "odd_covariances.hpp"

#include "dispatch.hpp"
#include "kernels/odd.hpp"
#include "memory.hpp"

namespace pellucid {

void odd_covariances(const SignedPairs& pairs, const OddPrior& prior, double* between, double* of_values) {
    const std::size_t bytes = (pairs.players + 7) / 8;
    Aligned<double> tables(bytes * kOddByte * kOddPowers), sums(kOddSums * pairs.pairs);
    kernels().odd({pairs.pairs, pairs.players, bytes, pairs.members, pairs.signs, pairs.mean, pairs.noise, prior.scale,
                   prior.fifth, prior.variance, tables.data(), sums.data(), between, of_values});
}

}  // namespace pellucid
