#include "dispatch.hpp"

#include <atomic>

namespace pellucid {

namespace portable {
extern const Kernels kernels;
}
#ifdef PELLUCID_X86
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}
#endif

namespace {

struct Candidate {
    const Kernels* kernels;
    const char* missing;  // what the processor lacks, or null
};

#ifdef PELLUCID_X86
const char* lacks_avx2() { return __builtin_cpu_supports("avx2") ? nullptr : "the processor lacks AVX2"; }

const char* lacks_avx512() {
    const bool all = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return all ? nullptr : "the processor lacks AVX-512 F, BW, DQ or VL";
}
#endif

std::vector<Candidate> candidates() {
    return {
#ifdef PELLUCID_X86
        {&avx512::kernels, lacks_avx512()},
        {&avx2::kernels, lacks_avx2()},
#endif
        {&portable::kernels, nullptr},
    };
}

const Kernels* find(const std::string& name) {
    for (const Candidate& c : candidates())
        if (!c.missing && (name.empty() || name == c.kernels->name)) return c.kernels;
    return nullptr;
}

std::atomic<const Kernels*> in_use{nullptr};

}  // namespace

std::vector<Path> paths() {
    std::vector<Path> all;
    for (const Candidate& c : candidates()) all.push_back({c.kernels->name, !c.missing, c.missing ? c.missing : ""});
    return all;
}

const Kernels& kernels() {
    if (!in_use) in_use = find("");
    return *in_use;
}

bool force_path(const std::string& name) {
    const Kernels* found = find(name);
    if (found) in_use = found;
    return found != nullptr;
}

}  // namespace pellucid
