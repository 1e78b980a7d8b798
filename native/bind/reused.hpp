// Large arrays that are made and dropped again and again: the memory of the last one dropped waits for the next.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "arrays.hpp"

namespace pellucid::bind {

// One block that nobody uses. Fetching its pages from the system anew would take longer than filling them.
class Spare {
  public:
    using Block = Unwritten<std::byte>;

    std::unique_ptr<Block> take(std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        if (block_ && bytes <= block_->shape[0] && block_->shape[0] <= 2 * bytes) return std::move(block_);
        return std::make_unique<Block>(std::vector<std::size_t>{bytes});
    }

    void give_back(std::unique_ptr<Block> block) {
        const std::lock_guard lock(mutex_);
        if (block->shape[0] <= kMost) block_.swap(block);
    }

  private:
    static constexpr std::size_t kMost = 32 * 1024 * 1024;
    std::mutex mutex_;
    std::unique_ptr<Block> block_;
};

// Never destroyed: arrays may outlive everything else.
inline Spare& spare() {
    static Spare* const only = new Spare;
    return *only;
}

// Memory to be written before it is read, given back when the array that owns it, and all that see into it, are gone.
template <class T>
ResultOf<T> reused(std::vector<std::size_t> shape) {
    std::size_t bytes = sizeof(T);
    for (const std::size_t n : shape) bytes *= n;
    auto block = spare().take(std::max<std::size_t>(bytes, 1));
    T* data = reinterpret_cast<T*>(block->data);
    const nb::capsule owner(block.get(), [](void* p) noexcept {
        spare().give_back(std::unique_ptr<Spare::Block>(static_cast<Spare::Block*>(p)));
    });
    block.release();
    return ResultOf<T>(data, shape.size(), shape.data(), owner);
}

}  // namespace pellucid::bind
