// Which instruction-set path runs.
#pragma once

#include <string>
#include <vector>

#include "kernels/kernels.hpp"

namespace pellucid {

struct Path {
    std::string name;
    bool available;
    std::string reason;  // why not, or empty
};

// Every path of this build, best first.
std::vector<Path> paths();

// The path in use: the best available one, unless another was forced.
const Kernels& kernels();

// Forces a path by name; "" goes back to the best. False where it is unknown or not available.
bool force_path(const std::string& name);

}  // namespace pellucid
