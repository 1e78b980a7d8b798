#include "share_out.hpp"

namespace pellucid {
namespace {

constexpr double kBernoulli[] = {1.0, -1.0 / 2, 1.0 / 6, 0.0, -1.0 / 30, 0.0};
static_assert(std::size(kBernoulli) == kMostOrder);

// A set's value goes to one of its subsets.
struct Link {
    std::size_t from, to;
};

std::vector<Link> links(const SetsBySize& sets, int from, int to) {
    std::vector<Link> all;
    for (std::size_t t = 0; t < sets[static_cast<std::size_t>(from)]->size(); ++t) {
        const PlayerSet& set = (*sets[static_cast<std::size_t>(from)])[t];
        for_each_set(from, to, [&](const int* places) {
            const PlayerSet part = set_of(places, to, [&](int i) { return set.player[static_cast<std::size_t>(i)]; });
            if (to == 1) return all.push_back({t, static_cast<std::size_t>(part.player[0])});
            const auto& smaller = *sets[static_cast<std::size_t>(to)];
            const auto found = std::lower_bound(smaller.begin(), smaller.end(), part);
            all.push_back({t, static_cast<std::size_t>(found - smaller.begin())});
        });
    }
    return all;
}

// Numbers of one row.
struct Part {
    double* values;
    std::size_t numbers;
};

void add_links(const std::vector<Link>& all, double weight, const Part& from, const Part& to, std::size_t rows,
               std::size_t outputs, const Run& run) {
    constexpr std::size_t block = 64;
    parallel_for((rows + block - 1) / block, rows < block, run, [&](std::size_t i, unsigned, const Stop& stop) {
        for (std::size_t r = i * block; r < std::min(rows, (i + 1) * block); ++r) {
            stop.check();
            const double* larger = from.values + r * from.numbers;
            double* smaller = to.values + r * to.numbers;
            for (const Link& link : all)
                for (std::size_t o = 0; o < outputs; ++o)
                    smaller[link.to * outputs + o] += weight * larger[link.from * outputs + o];
        }
    });
}

}  // namespace

void share_out(const SetsBySize& sets, const SetOut& out, std::size_t rows, std::size_t players, std::size_t outputs,
               const Run& run) {
    const auto part = [&](int size) -> Part {
        if (size == 1) return {out.main, players * outputs};
        return {out.values[static_cast<std::size_t>(size)], sets[static_cast<std::size_t>(size)]->size() * outputs};
    };
    for (int to = 1; to < out.order(); ++to)
        for (int from = to + 1; from <= out.order(); ++from) {
            const double weight = kBernoulli[from - to];
            if (weight != 0.0) add_links(links(sets, from, to), weight, part(from), part(to), rows, outputs, run);
        }
}

}  // namespace pellucid
