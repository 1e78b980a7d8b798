// NumPy arrays in and out.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <sys/mman.h>

#include <new>
#include <span>
#include <utility>
#include <vector>

#include "../rows.hpp"

namespace pellucid::bind {

namespace nb = nanobind;

template <class T>
using Array1 = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Matrix = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <class T>
using ResultOf = nb::ndarray<T, nb::numpy, nb::c_contig>;
using Result = ResultOf<double>;

template <class T>
std::span<const T> span(const Array1<T>& array) {
    return {array.data(), array.size()};
}

inline Rows rows(const Matrix& matrix) { return {matrix.data(), matrix.shape(0), matrix.shape(1)}; }

// Zeros, owned by the array that is returned.
template <class T>
struct Zeros {
    std::vector<std::size_t> shape;
    T* data;

    explicit Zeros(std::vector<std::size_t> shape_) : shape(std::move(shape_)) {
        std::size_t size = 1;
        for (const std::size_t n : shape) size *= n;
        data = new T[size]();
    }
    Zeros(const Zeros&) = delete;
    Zeros& operator=(const Zeros&) = delete;
    ~Zeros() { delete[] data; }

    ResultOf<T> release() {
        const nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<T*>(p); });
        T* given = std::exchange(data, nullptr);
        return ResultOf<T>(given, shape.size(), shape.data(), owner);
    }
};

// Memory that is written before it is read, in large pages where it is large: each page is fetched once.
template <class T>
struct Unwritten {
    std::vector<std::size_t> shape;
    T* data;

    explicit Unwritten(std::vector<std::size_t> shape_) : shape(std::move(shape_)) {
        std::size_t bytes = sizeof(T);
        for (const std::size_t n : shape) bytes *= n;
        data = static_cast<T*>(::operator new(bytes, page_));
#ifdef MADV_HUGEPAGE
        if (bytes >= static_cast<std::size_t>(page_)) ::madvise(data, bytes, MADV_HUGEPAGE);
#endif
    }
    Unwritten(const Unwritten&) = delete;
    Unwritten& operator=(const Unwritten&) = delete;
    ~Unwritten() { ::operator delete(data, page_); }

    ResultOf<T> release() {
        const nb::capsule owner(data, [](void* p) noexcept { ::operator delete(p, page_); });
        T* given = std::exchange(data, nullptr);
        return ResultOf<T>(given, shape.size(), shape.data(), owner);
    }

  private:
    static constexpr std::align_val_t page_{2 * 1024 * 1024};
};

inline Result vector(const std::vector<double>& values) {
    Zeros<double> out({values.size()});
    std::copy(values.begin(), values.end(), out.data);
    return out.release();
}

}  // namespace pellucid::bind
