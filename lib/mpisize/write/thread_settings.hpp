/// How many threads each rank is to start: the variables that OpenMP and BLAS libraries read.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mpisize {

struct ThreadSettings {
  std::map<std::string, std::string> set;                 ///< By us.
  std::vector<std::pair<std::string, std::string>> kept;  ///< The user's own, name and value.
};

/// OMP_NUM_THREADS, OPENBLAS_NUM_THREADS and MKL_NUM_THREADS for `threads` a rank. What the user's
/// environment or mpirun's -x says is kept. With an OMP_NUM_THREADS of the user's nothing is set:
/// OpenBLAS and MKL follow it where they have no variable of their own (OpenBLAS README; oneMKL
/// Developer Guide, "Using Additional Threading Control").
[[nodiscard]] ThreadSettings thread_settings(int threads,
                                             std::span<const std::string> mpirun_options,
                                             const std::map<std::string, std::string>& environment);

/// The user's own settings of threads, by name; -x NAME=value before the environment.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> own_thread_settings(
    std::span<const std::string> mpirun_options,
    const std::map<std::string, std::string>& environment);

}  // namespace mpisize
