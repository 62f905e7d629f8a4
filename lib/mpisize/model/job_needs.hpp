/// What a job asks of Slurm besides cores, memory and time, in sbatch's words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mpisize/model/cluster.hpp"

namespace mpisize {

/// Independent items that are split over the tasks of an array job.
struct ItemArray {
  int tasks = 1;
  std::int64_t items = 0;  ///< Of all tasks together.
  friend bool operator==(const ItemArray&, const ItemArray&) = default;
};

/// Items of a task.
struct ItemRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
  friend bool operator==(const ItemRange&, const ItemRange&) = default;
};

/// As even as can be; the first tasks have one more. Tasks count from 0.
[[nodiscard]] ItemRange items_of_task(const ItemArray& array, int task);

struct JobNeeds {
  std::optional<std::string> qos;
  std::optional<std::string> constraint;  ///< Features: "ib", "ib&avx512", "intel|amd".
  std::optional<std::string> gres;        ///< Of each node: "gpu:2", "gpu:a100:4,nvme".
  bool whole_nodes = false;               ///< --exclusive
  bool a_core_each = false;               ///< No two threads of ranks on one core.
  std::optional<ItemArray> array;
  friend bool operator==(const JobNeeds&, const JobNeeds&) = default;
};

/// What a node lacks, as "feature ib" or "2 of gpu"; empty if it has everything. Of a constraint
/// with brackets, parentheses, counts or both & and |, which concern nodes together, only sbatch
/// can tell: nothing is said to lack.
[[nodiscard]] std::optional<std::string> lacking(const NodeGroup& node, const JobNeeds& needs);

/// Throws InputError for a gres that no sbatch takes: an empty name, or a count that is none.
void check_needs(const JobNeeds& needs);

}  // namespace mpisize
