#include "thresholds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pellucid {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr float kLargest = std::numeric_limits<float>::max();

float before(float x) { return std::nextafter(x, -std::numeric_limits<float>::infinity()); }
double before(double x) { return std::nextafter(x, -kInfinity); }

// The largest double that is rounded to a float of at most g.
double last_double(float g) {
    const float next = std::nextafter(g, std::numeric_limits<float>::infinity());
    const double half_step = std::ldexp(1.0, 103);  // half of what separates the largest float from infinity
    double middle = (static_cast<double>(g) + static_cast<double>(next)) / 2;
    if (g == kLargest) middle = static_cast<double>(kLargest) + half_step;
    if (next == -kLargest) middle = -static_cast<double>(kLargest) - half_step;
    return static_cast<float>(middle) <= g ? middle : before(middle);
}

bool in_float(Test test) { return test == Test::LessF32 || test == Test::LessEqualF32 || test == Test::NotInSet; }

class Edges {
  public:
    explicit Edges(const Forest& forest) : forest_(forest) {}

    void add(std::size_t index) {
        const Node& node = forest_.nodes[index];
        switch (node.test) {
            case Test::LessF32: below(static_cast<float>(node.threshold)); break;
            case Test::LessEqualF32: up_to(static_cast<float>(node.threshold)); break;
            case Test::LessEqualF64: up_to(node.threshold); break;
            default: add_set(index, node.test);
        }
        if (node.zero_is_missing) add_zero(node.test);
    }

    std::vector<double> sorted() {
        std::sort(edges_.begin(), edges_.end());
        edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
        return std::move(edges_);
    }

  private:
    void up_to(double t) {
        if (t < kInfinity) edges_.push_back(t);
    }
    void up_to(float t) {
        if (t < std::numeric_limits<float>::infinity()) edges_.push_back(last_double(t));
    }
    void below(float t) {
        if (t > -std::numeric_limits<float>::infinity()) up_to(before(t));
    }

    void add_zero(Test test) {
        if (test == Test::LessF32 || test == Test::LessEqualF32) {
            below(-kZeroThreshold);
            up_to(kZeroThreshold);
        } else {
            up_to(before(-static_cast<double>(kZeroThreshold)));
            up_to(static_cast<double>(kZeroThreshold));
        }
    }

    // Categories c are the values from c up to, and without, c + 1.
    void add_set(std::size_t index, Test test) {
        const std::int64_t bound = 32 * (forest_.set_start[index + 1] - forest_.set_start[index]);
        bool previous = false;
        for (std::int64_t c = 0; c <= bound; ++c) {
            const bool held = c < bound && has(index, c);
            if (held != previous) add_start(static_cast<double>(c), test);
            previous = held;
        }
    }

    bool has(std::size_t index, std::int64_t c) const {
        const auto word = static_cast<std::size_t>(forest_.set_start[index] + c / 32);
        return (forest_.set_words[word] >> (c % 32)) & 1u;
    }

    void add_start(double c, Test test) {
        if (in_float(test)) below(static_cast<float>(c));
        else if (c == 0.0) up_to(-1.0);  // truncation towards zero makes 0 of what lies above -1
        else up_to(before(c));
    }

    const Forest& forest_;
    std::vector<double> edges_;
};

}  // namespace

std::vector<double> thresholds(const Forest& forest, std::int32_t feature) {
    Edges edges(forest);
    for (std::size_t i = 0; i < forest.nodes.size(); ++i)
        if (forest.nodes[i].feature == feature) edges.add(i);
    return edges.sorted();
}

}  // namespace pellucid
