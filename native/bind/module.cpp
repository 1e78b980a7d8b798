#include <nanobind/nanobind.h>

namespace nb = nanobind;

NB_MODULE(_native, module) { module.def("simd_path", [] { return "portable"; }); }
