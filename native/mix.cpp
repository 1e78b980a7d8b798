#include "mix.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "dispatch.hpp"

namespace pellucid {
namespace {

constexpr std::size_t kTileBytes = 512;        // rows narrower than this are worked on several at a time
constexpr std::size_t kSmallBytes = 64 << 20;  // written before anyone could want to stop
constexpr std::size_t kBlockBytes = 1 << 20;

// A row and a coalition as two masks, side by side for as many background rows as make a tile.
template <class Word>
struct Tile {
    std::vector<Word> absent, own;

    explicit Tile(std::size_t words) : absent(words), own(words) {}

    void set(const Word* row, const bool* present, std::size_t columns) {
        for (std::size_t j = 0; j < columns; ++j) {
            absent[j] = present[j] ? Word{0} : static_cast<Word>(~Word{0});
            own[j] = present[j] ? row[j] : Word{0};
        }
        for (std::size_t j = columns; j < own.size(); ++j) {
            absent[j] = absent[j - columns];
            own[j] = own[j - columns];
        }
    }

    void put_over(const Word* background, std::size_t words, Word* out) const {
        const auto bytes = [](const Word* data) { return reinterpret_cast<const std::uint8_t*>(data); };
        for (std::size_t w = 0; w < words; w += own.size())
            kernels().mix(bytes(background + w), bytes(absent.data()), bytes(own.data()),
                          std::min(own.size(), words - w) * sizeof(Word), reinterpret_cast<std::uint8_t*>(out + w));
    }
};

}  // namespace

template <class Word>
void mix(const Mix<Word>& task, Word* out, const Run& run) {
    const std::size_t entries = task.n_rows * task.n_coalitions, words = task.n_background * task.columns;
    if (entries == 0 || words == 0) return;
    const std::size_t side_by_side = std::max<std::size_t>(1, kTileBytes / (task.columns * sizeof(Word)));
    const std::size_t tile_words = std::min(side_by_side, task.n_background) * task.columns;
    const std::size_t block = std::max<std::size_t>(1, kBlockBytes / (words * sizeof(Word)));
    const auto some = [&](std::size_t item, unsigned, const Stop&) {
        Tile<Word> tile(tile_words);
        for (std::size_t e = item * block; e < std::min((item + 1) * block, entries); ++e) {
            tile.set(task.rows + e / task.n_coalitions * task.columns,
                     task.present + e % task.n_coalitions * task.columns, task.columns);
            tile.put_over(task.background, words, out + e * words);
        }
    };
    parallel_for((entries + block - 1) / block, entries * words * sizeof(Word) <= kSmallBytes, run, some);
}

template void mix(const Mix<std::uint8_t>&, std::uint8_t*, const Run&);
template void mix(const Mix<std::uint16_t>&, std::uint16_t*, const Run&);
template void mix(const Mix<std::uint32_t>&, std::uint32_t*, const Run&);
template void mix(const Mix<std::uint64_t>&, std::uint64_t*, const Run&);

}  // namespace pellucid
