// A test is a function that registers itself; a failed check says where and ends the program with 1.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <utility>
#include <vector>

namespace check {

using Tests = std::vector<std::pair<const char*, std::function<void()>>>;

inline Tests& tests() {
    static Tests all;
    return all;
}

struct Register {
    Register(const char* name, std::function<void()> body) { tests().emplace_back(name, std::move(body)); }
};

inline void that(bool holds, const char* what, const char* file, int line) {
    if (holds) return;
    std::fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
    std::exit(1);
}

}  // namespace check

#define TEST(name)                                         \
    static void name();                                    \
    static const check::Register name##_here(#name, name); \
    static void name()
#define CHECK(condition) check::that((condition), #condition, __FILE__, __LINE__)
