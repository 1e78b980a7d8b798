#include "odd.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

using Powers [[gnu::vector_size(kOddPowers * sizeof(double)), gnu::may_alias, gnu::aligned(8)]] = double;

// Of all players together: sums of the powers of their scales.
struct Whole {
    double first = 0, second = 0, third = 0, fourth = 0, fifth = 0;
};

// Rows of the scratch: for a pair with each other pair, and for each pair with the one of everybody.
struct Sums {
    double *first, *third, *fifth, *all_first, *all_third, *with_all;

    Sums(double* data, std::size_t n)
        : first(data), third(data + n), fifth(data + 2 * n), all_first(data + 3 * n), all_third(data + 4 * n),
          with_all(data + 5 * n) {}
};

Whole whole(const OddTask& task) {
    Whole sum;
    for (std::size_t j = 0; j < task.players; ++j) {
        const double a = task.scale[j], square = a * a;
        sum.first += a;
        sum.second += square;
        sum.third += a * square;
        sum.fourth += square * square;
        sum.fifth += a * square * square;
    }
    return sum;
}

// Sums over eight players of their powers, with the sign of what they agree on, for every way to agree.
void fill_table(const OddTask& task, std::size_t byte, double* numbers) {
    auto* table = reinterpret_cast<Powers*>(numbers);
    table[0] = Powers{};
    for (int bit = 0; bit < 8; ++bit) {
        const std::size_t j = 8 * byte + static_cast<std::size_t>(bit), half = std::size_t{1} << bit;
        const double a = j < task.players ? task.scale[j] : 0.0, square = a * a;
        const Powers power = {a, a * square, a * square * square, 0.0};
        for (std::size_t b = 0; b < half; ++b) {
            table[b + half] = table[b] + power;
            table[b] -= power;
        }
    }
}

// The products of three and five, by Newton's identities.
inline double odd(double q1, double q2, double q3, double q4, double q5, double fifth_part) {
    const double square = q1 * q1;
    const double third = q1 * (square - 3 * q2) + 2 * q3;
    const double fifth = q1 * (square * (square - 10 * q2) + 20 * q1 * q3 + (15 * q2 * q2 - 30 * q4)) +
                         (24 * q5 - 20 * q2 * q3);
    return third / 6 + fifth_part / 120 * fifth;
}

// Half the part of two and four other players in the covariance with a value.
inline double even(double q1, double q2, double q3, double q4, double fifth_part) {
    const double square = q1 * q1;
    const double fourth = square * (square - 6 * q2) + 8 * q1 * q3 + (3 * q2 * q2 - 6 * q4);
    return (square - q2) / 6 + fifth_part / 120 * fourth;
}

inline Powers agreed(const OddTask& task, const std::uint8_t* one, const std::uint8_t* other) {
    const auto* table = reinterpret_cast<const Powers*>(task.tables);
    Powers sum{};
    for (std::size_t b = 0; b < task.bytes; ++b, table += kOddByte)
        sum += table[static_cast<std::uint8_t>(~(one[b] ^ other[b]))];
    return sum;
}

void sum_with_all(const OddTask& task, const Whole& of, const Sums& sums) {
    const auto* tables = reinterpret_cast<const Powers*>(task.tables);
    for (std::size_t i = 0; i < task.pairs; ++i) {
        Powers sum{};
        for (std::size_t b = 0; b < task.bytes; ++b) sum += tables[b * kOddByte + task.members[i * task.bytes + b]];
        sums.all_first[i] = sum[0];
        sums.all_third[i] = sum[1];
        sums.with_all[i] = odd(sum[0], of.second, sum[1], of.fourth, sum[2], task.fifth);
    }
}

void fill_row(const OddTask& task, const Whole& of, double all, const Sums& sums, std::size_t i) {
    for (std::size_t k = 0; k <= i; ++k) {
        const Powers sum = agreed(task, task.members + i * task.bytes, task.members + k * task.bytes);
        sums.first[k] = sum[0];
        sums.third[k] = sum[1];
        sums.fifth[k] = sum[2];
    }
    const double factor = task.variance / all, mean = task.mean[i], with_all = sums.with_all[i];
    double* row = task.between + i * task.pairs;
    for (std::size_t k = 0; k <= i; ++k) {
        const double taken = with_all * task.mean[k] + sums.with_all[k] * mean - all * (mean * task.mean[k]);
        row[k] = factor * (odd(sums.first[k], of.second, sums.third[k], of.fourth, sums.fifth[k], task.fifth) - taken);
    }
    row[i] += task.noise[i];
    for (std::size_t k = i + 1; k < task.pairs; ++k) row[k] = 0;
}

// One value with each pair, what the pair of everybody says of it taken out.
void fill_value(const OddTask& task, const Whole& of, double factor, const Sums& sums, std::size_t j) {
    const double a = task.scale[j], square = a * a, q2 = of.second - square, q4 = of.fourth - square * square;
    const double alone = 2 * a * even(of.first - a, q2, of.third - a * square, q4, task.fifth);
    const double* sign = task.signs + j * task.pairs;
    double* out = task.of_values + j * task.pairs;
    for (std::size_t i = 0; i < task.pairs; ++i) {
        const double own = sign[i] * a;
        const double others = even(sums.all_first[i] - own, q2, sums.all_third[i] - own * square, q4, task.fifth);
        out[i] = factor * (2 * own * others - task.mean[i] * alone);
    }
}

// Values add up to a known total.
void centre_values(const OddTask& task, double* mean) {
    for (std::size_t i = 0; i < task.pairs; ++i) mean[i] = 0;
    for (std::size_t j = 0; j < task.players; ++j)
        for (std::size_t i = 0; i < task.pairs; ++i) mean[i] += task.of_values[j * task.pairs + i];
    for (std::size_t i = 0; i < task.pairs; ++i) mean[i] /= static_cast<double>(task.players);
    for (std::size_t j = 0; j < task.players; ++j)
        for (std::size_t i = 0; i < task.pairs; ++i) task.of_values[j * task.pairs + i] -= mean[i];
}

}  // namespace

void odd(const OddTask& task) {
    for (std::size_t b = 0; b < task.bytes; ++b) fill_table(task, b, task.tables + b * kOddByte * kOddPowers);
    const Sums sums(task.sums, task.pairs);
    const Whole of = whole(task);
    const double all = odd(of.first, of.second, of.third, of.fourth, of.fifth, task.fifth);
    sum_with_all(task, of, sums);
    for (std::size_t i = 0; i < task.pairs; ++i) fill_row(task, of, all, sums, i);
    for (std::size_t j = 0; j < task.players; ++j) fill_value(task, of, task.variance / all, sums, j);
    centre_values(task, sums.first);
}

}  // namespace pellucid::PELLUCID_PATH
