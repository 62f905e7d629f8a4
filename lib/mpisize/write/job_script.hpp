/// A Slurm batch script for a plan.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/base/estimate.hpp"
#include "mpisize/base/units.hpp"
#include "mpisize/choose/plan.hpp"
#include "mpisize/model/job_lessons.hpp"
#include "mpisize/model/job_needs.hpp"

namespace mpisize {

/// What starts the ranks inside the job; own: the program itself, as `mpisize map` does.
enum class Launcher { mpirun, srun, own };

/// Of a program that keeps a journal: Slurm warns before the time limit, the ranks end in order,
/// and the job goes back into the queue, to go on from the journal.
struct Resumption {
  std::string journal;  ///< Its file: the job is put back only if it has changed since the start.
  Seconds stop{30};     ///< For the ranks to end in order; what takes longer is computed anew.
  std::optional<std::string> result;  ///< A file that is there when everything is done, not before.
};

/// A job that runs a program under a plan: one that is linked with mpisize, or a whole one
/// (program_job()). What is empty is left out of the script, with a comment that says so where it
/// matters.
struct JobScript {
  std::string job_name = "mpisize";
  Choice choice;
  std::vector<std::string> program;  ///< The program, then its arguments; not empty.
  Launcher launcher = Launcher::mpirun;
  std::string launcher_path;                  ///< Empty: "mpirun" or "srun".
  std::vector<std::string> launcher_options;  ///< The user's own, put before ours, in order.
  Interval launch;  ///< Start-up of the job, launch_time(); 0: the prediction holds it.
  std::optional<Seconds> before_call;  ///< From the start of the program to the call.
  std::optional<Bytes> rank_memory;    ///< Largest resident memory of a worker.
  std::optional<Bytes> root_memory;    ///< Resident memory of the root.
  std::optional<Bytes> node_memory;    ///< Of all ranks of the fullest node, instead of these two.
  /// Variables for the libraries that start threads; empty: OMP_NUM_THREADS of the layout.
  std::optional<std::map<std::string, std::string>> environment;
  std::optional<std::string> plan_path;  ///< MPISIZE_PLAN in the job.
  std::optional<std::string> partition;
  std::optional<std::string> account;
  JobNeeds needs;                     ///< QoS, features, resources, whole nodes, array.
  std::optional<Seconds> longest;     ///< Time limit of the partition: the margin ends there.
  std::optional<std::string> output;  ///< Slurm's file name pattern for stdout and stderr.
  JobLessons lessons;                 ///< Of earlier jobs of it.
  std::optional<Resumption> resume;
  std::optional<Seconds> time_limit;  ///< As wished, whatever is predicted.
  double time_margin = 0.25;          ///< Share added to the upper end of the job's time.
  double memory_margin = 0.2;         ///< Share added to the measured memory.
};

/// Least that is added to the job's time, whatever time_margin says: Slurm counts whole minutes and
/// looks only now and then. Chosen, not measured.
inline constexpr Seconds least_time_margin{30};

/// Slurm's warning may come so much too late, and up to a minute too early, sbatch(1): a warning
/// for 15 s before the end came 14 s late with Slurm 22.05.
inline constexpr Seconds warning_lateness{60};

/// For mpirun to end its daemons, and for the controller to take the job back. Chosen.
inline constexpr Seconds requeue_time{30};

/// Memory of a node that is neither root's nor workers': of mpirun or srun with their daemons, the
/// batch shell and slurmstepd. 33 MB were seen with Open MPI 4.1.4 and Slurm 22.05.
inline constexpr Bytes launcher_memory{std::int64_t{64} << 20};

/// Variables that a task of an array has, besides Slurm's: its items, from 0. In the words of the
/// program {first} and {count} stand for them. The library does not read them.
inline constexpr const char* first_item_variable = "MPISIZE_FIRST_ITEM";
inline constexpr const char* item_count_variable = "MPISIZE_ITEM_COUNT";

/// The script as text: directives, each number after a comment that says why it is there, then the
/// environment and the launch. A serial verdict gives a job of one task.
/// Throws InputError if the plan is infeasible, the program is missing, a margin is negative, or a
/// word cannot stand in a script.
[[nodiscard]] std::string render(const JobScript& script);

}  // namespace mpisize
