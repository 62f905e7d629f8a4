/// Items without a result, as a dataset beside the results.
#pragma once

#include <vector>

#include "mpisize/model/dead_letter.hpp"
#include "mpisize/store/dataset.hpp"

namespace mpisize {

/// Adds the dataset `path.dataset` + ".failed" to the file: a table of index, rank, tries, host and
/// message. Throws InputError.
void append_dead_letters(const DatasetPath& path, const std::vector<DeadLetter>& lost);

}  // namespace mpisize
