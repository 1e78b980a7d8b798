// The engine's threads: every item once, errors and cancelling come through, several callers at once.
#include "pool.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "check.hpp"

using namespace pellucid;

TEST(every_item_is_done_once) {
    for (const unsigned threads : {1u, 2u, 7u}) {
        std::vector<std::atomic<int>> done(1000);
        std::vector<std::atomic<int>> inside(threads);
        parallel_for(done.size(), false, {threads, {}}, [&](std::size_t i, unsigned worker, const Stop&) {
            CHECK(inside[worker].fetch_add(1) == 0);
            ++done[i];
            --inside[worker];
        });
        for (const auto& n : done) CHECK(n == 1);
    }
}

TEST(an_error_reaches_the_caller) {
    bool caught = false;
    try {
        parallel_for(100, false, {4, {}}, [](std::size_t i, unsigned, const Stop&) {
            if (i == 50) throw std::runtime_error("fifty");
        });
    } catch (const std::runtime_error&) {
        caught = true;
    }
    CHECK(caught);
}

TEST(a_poll_cancels) {
    bool cancelled = false;
    try {
        parallel_for(1u << 30, false, {2, [] { return true; }}, [](std::size_t, unsigned, const Stop& stop) {
            std::this_thread::sleep_for(std::chrono::microseconds(50));
            stop.check();
        });
    } catch (const Cancelled&) {
        cancelled = true;
    }
    CHECK(cancelled);
}

TEST(many_callers_share_the_threads) {
    std::vector<std::thread> callers;
    std::atomic<int> sum{0};
    for (int c = 0; c < 8; ++c)
        callers.emplace_back([&] {
            for (int repeat = 0; repeat < 50; ++repeat)
                parallel_for(20, false, {3, {}}, [&](std::size_t, unsigned, const Stop&) { ++sum; });
        });
    for (std::thread& caller : callers) caller.join();
    CHECK(sum == 8 * 50 * 20);
}
