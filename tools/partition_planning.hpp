/// From facts and wishes to a partition and the plan on its nodes.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "mpisize/choose/partition_choice.hpp"
#include "mpisize/write/job_request.hpp"
#include "planning.hpp"
#include "program_request.hpp"

namespace mpisize::tools {

/// A partition, and a plan of a call on the machine that it is.
struct PlacedCall {
  PartitionChoice partitions;
  Machine machine;
  Choice choice;           ///< Infeasible: the nearest.
  int launched_ranks = 1;  ///< More than the plan uses if the program does not accept those few.
};

/// The same of a whole program.
struct PlacedProgram {
  PartitionChoice partitions;
  Machine machine;
  ProgramDecision decision;
};

/// Plans on all partitions that the user may have, and takes the one for the goal; Slurm is asked
/// when the best would start, unless its facts come from a file. Links, launch and dispatch are
/// those of `machine`, wherever it is. Throws InputError as cluster_facts() and offers_of(), and
/// InfeasibleError for an array that the cluster does not take.
[[nodiscard]] PlacedCall place_call(const Machine& machine, const KernelProfile& kernel,
                                    const Planning& planning, const ClusterWishes& wishes,
                                    const Talk& talk);
[[nodiscard]] PlacedProgram place_program(const Machine& machine, const ProgramFile& program,
                                          const Planning& planning, const ClusterWishes& wishes,
                                          const Common& common, const Talk& talk);

/// The job that starts a choice, with the ranks that are launched; what goes before the call and
/// memory are the kernel's. Program, partition and wishes are left to the caller.
[[nodiscard]] JobScript call_job(const Choice& choice, int launched_ranks, const Machine& machine,
                                 const std::optional<KernelProfile>& kernel);

/// Whether a call is planned elsewhere than on the machine: on a partition, or as a task of an
/// array.
[[nodiscard]] bool plans_on_cluster(const ClusterWishes& wishes);

/// The same as decide() for those. Says which partition it is. Throws InfeasibleError if no
/// partition takes the job.
[[nodiscard]] Decision decide_on_cluster(const ChildLine& child, const Facts& facts,
                                         const Planning& planning, const ClusterWishes& wishes,
                                         const Common& common, SpooledInput& input,
                                         const Talk& talk);

/// Writes what is asked of Slurm into a job whose choice is set, with the partition that was
/// chosen, if one was.
void place(JobScript& job, const Decision& decision, const Planning& planning,
           const ClusterWishes& wishes);
void place(JobScript& job, const PartitionChoice& partitions, const JobNeeds& needs);

/// Throws InfeasibleError with the deciding reason.
void check_feasible(const PartitionChoice& partitions);

}  // namespace mpisize::tools
