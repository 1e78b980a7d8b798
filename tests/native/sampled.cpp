// Rows put together, sums of answers and covariances of pairs are those written out, on every path.
#include <array>
#include <cmath>
#include <memory>
#include <random>

#include "check.hpp"
#include "dispatch.hpp"
#include "mix.hpp"
#include "odd_covariances.hpp"
#include "weighted_sums.hpp"

using namespace pellucid;

namespace {

template <class Test>
void on_every_path(const Test& test) {
    for (const Path& path : paths()) {
        if (!path.available) continue;
        CHECK(force_path(path.name));
        test();
    }
    CHECK(force_path(""));
}

template <class Word>
void try_mix(std::size_t rows, std::size_t background, std::size_t coalitions, std::size_t columns) {
    std::mt19937_64 random(columns);
    std::vector<Word> x(rows * columns), other(background * columns);
    for (Word& word : x) word = static_cast<Word>(random());
    for (Word& word : other) word = static_cast<Word>(random());
    const auto present = std::make_unique<bool[]>(coalitions * columns);
    for (std::size_t i = 0; i < coalitions * columns; ++i) present[i] = random() % 2;
    std::vector<Word> out(rows * coalitions * background * columns);
    mix(Mix<Word>{x.data(), other.data(), present.get(), rows, background, coalitions, columns}, out.data(), {});
    std::size_t i = 0;
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < coalitions; ++c)
            for (std::size_t b = 0; b < background; ++b)
                for (std::size_t j = 0; j < columns; ++j, ++i)
                    CHECK(out[i] == (present[c * columns + j] ? x[r * columns + j] : other[b * columns + j]));
}

struct Sample {
    std::size_t pairs, players;
    std::vector<std::uint8_t> members;
    std::vector<double> signs, mean, noise, scale, between, of_values;

    Sample(std::size_t n, std::size_t p)
        : pairs(n), players(p), members(n * ((p + 7) / 8)), signs(p * n), mean(n), noise(n), scale(p), between(n * n),
          of_values(p * n) {
        std::mt19937_64 random(p);
        for (std::size_t j = 0; j < p; ++j) scale[j] = 1.0 / static_cast<double>(1 + random() % 9);
        for (std::size_t i = 0; i < n; ++i) {
            noise[i] = 0.5 + static_cast<double>(i);
            for (std::size_t j = 0; j < p; ++j) {
                const bool in = random() % 2;
                members[i * ((p + 7) / 8) + j / 8] |= static_cast<std::uint8_t>(in << (j % 8));
                signs[j * n + i] = in ? 1 : -1;
                mean[i] += signs[j * n + i] / static_cast<double>(p);
            }
        }
    }

    void write() {
        odd_covariances({pairs, players, members.data(), signs.data(), mean.data(), noise.data()},
                        {scale.data(), 0.1, 10.0}, between.data(), of_values.data());
    }

    // Σ over sets of three and, times `fifth`, of five of the products of what `factor` gives for a player.
    template <class Factor>
    double over_sets(const Factor& factor) const {
        std::array<double, 6> of_size{1};
        for (std::size_t j = 0; j < players; ++j)
            for (std::size_t size = 5; size > 0; --size) of_size[size] += of_size[size - 1] * factor(j);
        return of_size[3] + 0.1 * of_size[5];
    }

    double expected(std::size_t i, std::size_t k) const {
        const auto sign = [&](std::size_t pair, std::size_t j) { return signs[j * pairs + pair]; };
        const double all = over_sets([&](std::size_t j) { return scale[j]; });
        const double both = over_sets([&](std::size_t j) { return scale[j] * sign(i, j) * sign(k, j); });
        const double first = over_sets([&](std::size_t j) { return scale[j] * sign(i, j); });
        const double second = over_sets([&](std::size_t j) { return scale[j] * sign(k, j); });
        const double known = first * mean[k] + second * mean[i] - all * mean[i] * mean[k];
        return 10.0 / all * (both - known) + (i == k ? noise[i] : 0.0);
    }
};

}  // namespace

TEST(rows_are_put_together_by_coalition) {
    on_every_path([] {
        for (const std::size_t columns : {1u, 3u, 10u, 64u, 130u}) {
            try_mix<std::uint64_t>(2, 7, 3, columns);
            try_mix<std::uint32_t>(1, 5, 4, columns);
            try_mix<std::uint16_t>(3, 1, 2, columns);
            try_mix<std::uint8_t>(1, 50, 2, columns);
        }
        try_mix<std::uint64_t>(0, 7, 3, 2);
    });
}

TEST(many_rows_are_put_together_in_blocks) { try_mix<std::uint64_t>(3, 400, 60, 130); }

TEST(answers_add_up_whatever_the_cuts) {
    const std::vector<std::int64_t> entry{2, 2, 0, 0, 0, 2};
    const std::vector<double> weight{0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
    const std::vector<double> answers{1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6};
    std::vector<double> whole(6), cut(6);
    CHECK(add_weighted(entry, weight.data(), answers.data(), 2, 3, whole.data()));
    for (std::size_t i = 0; i < entry.size(); ++i)
        CHECK(add_weighted({&entry[i], 1}, &weight[i], &answers[2 * i], 2, 3, cut.data()));
    CHECK(whole == cut);
    CHECK(whole[4] == 0.1 * 1 + 0.2 * 2 + 0.6 * 6);
    CHECK(whole[2] == 0 && whole[5] == -whole[4]);
    const std::vector<std::int64_t> outside{3}, negative{-1};
    CHECK(!add_weighted(outside, weight.data(), answers.data(), 2, 3, whole.data()));
    CHECK(!add_weighted(negative, weight.data(), answers.data(), 2, 3, whole.data()));
}

TEST(covariances_sum_over_sets_of_three_and_five_on_every_path) {
    for (const std::size_t players : {3u, 5u, 8u, 9u, 17u, 70u}) {
        Sample first(players == 70 ? 9 : 21, players);
        first.write();
        for (std::size_t i = 0; i < first.pairs; ++i)
            for (std::size_t k = 0; k < first.pairs; ++k) {
                const double want = k <= i ? first.expected(i, k) : 0.0;
                CHECK(std::abs(first.between[i * first.pairs + k] - want) <= 1e-10);
            }
        on_every_path([&] {
            Sample again(first.pairs, players);
            again.write();
            CHECK(again.between == first.between);
            CHECK(again.of_values == first.of_values);
        });
    }
}
