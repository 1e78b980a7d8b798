// Runs every native test; built with sanitizers, so that a wrong access anywhere ends it.
#include "check.hpp"

int main() {
    for (const auto& [name, body] : check::tests()) {
        std::printf("%s\n", name);
        body();
    }
    std::printf("%zu tests passed\n", check::tests().size());
    return 0;
}
