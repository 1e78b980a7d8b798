// Arrays aligned for vector loads.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace pellucid {

template <class T>
struct AlignedAllocator {
    using value_type = T;
    static constexpr std::align_val_t alignment{64};
    AlignedAllocator() = default;
    template <class U>
    AlignedAllocator(const AlignedAllocator<U>&) {}
    T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), alignment)); }
    void deallocate(T* p, std::size_t) { ::operator delete(p, alignment); }
    bool operator==(const AlignedAllocator&) const { return true; }
};

template <class T>
using Aligned = std::vector<T, AlignedAllocator<T>>;

// Room for numbers that are all written before they are read: no thread spends time on setting them to zero first.
template <class T>
class Room {
  public:
    void fit(std::size_t size) {
        if (size <= size_) return;
        at_.reset();
        at_.reset(AlignedAllocator<T>().allocate(size));
        size_ = size;
    }

    std::size_t size() const { return size_; }
    T* data() { return at_.get(); }
    const T* data() const { return at_.get(); }

  private:
    struct Free {
        void operator()(T* at) const { AlignedAllocator<T>().deallocate(at, 0); }
    };

    std::unique_ptr<T, Free> at_;
    std::size_t size_ = 0;
};

}  // namespace pellucid
