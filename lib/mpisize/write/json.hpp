/// Values as JSON text and back. Every document is one object that begins
///
///     {"schema": "mpisize-machine", "schema_version": 1, ...}
///
/// with the schema mpisize-machine, mpisize-cluster, mpisize-kernel, mpisize-plan,
/// mpisize-program-plan, mpisize-report, mpisize-topology, mpisize-program, mpisize-program-run or
/// mpisize-history-entry. Keys are the names of the fields of the value types (model/, choose/),
/// with these conventions:
///
/// - Durations are numbers of seconds, energies of joules, sizes integer numbers of bytes, inverse
///   bandwidths numbers of seconds per byte. Doubles are written with as many digits as it takes to
///   read back the same double, so from(to(value)) == value.
/// - Interval is {"value", "low", "high"}; Estimate the same with "source": "measured", "assumed",
///   "given" or "derived".
/// - An empty optional is an absent key. Enumerators are their names ("same_node", "static_block").
/// - What each rank of a program did is in columns, lists with one number per rank, so that ten
///   thousand ranks are read in a moment: json_program_run.cpp has the form.
/// - Readers ignore keys that they do not know, except in machines and clusters. No object has a
/// key twice.
///
/// Machines are written by people, too. Only "schema_version" and "topology" are needed there, and
/// of the topology "cores" (with "nodes", "packages", "numa_nodes", "pus" and "memory" of one node)
/// where "node" and "grant" are not. A link may be {"level", "latency", "bandwidth"}, a cost a
/// plain number. What has no source is given; what is absent is derived from the links or assumed.
/// "comment" may stand in any object.
///
/// Errors: the readers trust nothing. Text that is no JSON (line and column are named), a missing
/// field, a wrong type, a number out of its bounds, an unknown word and a newer schema_version
/// throw InputError; its sentence begins with `origin` (the file's name, say) and names the field,
/// the value and the repair. The writers throw std::invalid_argument for NaN and infinities: JSON
/// has no word for them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mpisize/choose/plan.hpp"
#include "mpisize/choose/program_plan.hpp"
#include "mpisize/choose/report.hpp"
#include "mpisize/model/cluster.hpp"
#include "mpisize/model/history_entry.hpp"
#include "mpisize/model/kernel_profile.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/model/program_run.hpp"
#include "mpisize/model/scaling_baselines.hpp"
#include "mpisize/model/topology.hpp"

namespace mpisize {

/// The schema_version that is written, and the newest that is read.
inline constexpr int schema_version = 1;

/// plan.json, as `mpisize plan` writes it and MPISIZE_PLAN names it. Keys: "name", "report_to",
/// "plan" and "predicted".
struct PlanFile {
  Choice choice;
  std::string name;                      ///< Options::name of the call site it is for; empty: any.
  std::optional<std::string> report_to;  ///< Where the linked program writes its Report as JSON.
  friend bool operator==(const PlanFile&, const PlanFile&) = default;
};

/// program.json, as `mpisize profile` writes it for a program that is not linked with mpisize.
struct ProgramFile {
  Program program;
  std::string machine;           ///< Fingerprint of where it ran.
  std::vector<ProgramRun> runs;  ///< To their end, or stretches of all of them.
  /// Of the pattern that stretches are counted in, in a whole run, if one was seen.
  std::optional<std::int64_t> repetitions;
  std::vector<int> failed;   ///< Rank counts on which it failed.
  std::vector<int> threads;  ///< Per rank, that are worth trying; empty: it starts none.
  bool dealt = false;        ///< Ranks were dealt to the nodes in turn.
  friend bool operator==(const ProgramFile&, const ProgramFile&) = default;
};

[[nodiscard]] std::string to_json(const Topology& topology);
[[nodiscard]] std::string to_json(const Machine& machine);
[[nodiscard]] std::string to_json(const Cluster& cluster);
[[nodiscard]] std::string to_json(const KernelProfile& kernel);
[[nodiscard]] std::string to_json(const PlanFile& plan);
[[nodiscard]] std::string to_json(const Report& report);
/// Routines of a rank are put in order, by routine and communicator size; throws
/// std::invalid_argument if one is there twice.
[[nodiscard]] std::string to_json(const ProgramRun& run);
[[nodiscard]] std::string to_json(const HistoryEntry& entry);
[[nodiscard]] std::string to_json(const ProgramFile& program);

/// Keys are the fields' names; candidates lists all that were weighed, held_out relative errors by
/// model. For readers elsewhere: there is no way back.
[[nodiscard]] std::string to_json(const ProgramChoice& choice,
                                  const std::vector<ProgramCandidate>& candidates = {},
                                  const std::vector<HeldOut>& held_out = {});

[[nodiscard]] Topology topology_from_json(std::string_view text, std::string_view origin);
[[nodiscard]] Machine machine_from_json(std::string_view text, std::string_view origin);
[[nodiscard]] Cluster cluster_from_json(std::string_view text, std::string_view origin);
[[nodiscard]] KernelProfile kernel_profile_from_json(std::string_view text,
                                                     std::string_view origin);
[[nodiscard]] PlanFile plan_from_json(std::string_view text, std::string_view origin);
[[nodiscard]] Report report_from_json(std::string_view text, std::string_view origin);
[[nodiscard]] ProgramRun program_run_from_json(std::string_view text, std::string_view origin);
[[nodiscard]] ProgramFile program_file_from_json(std::string_view text, std::string_view origin);
/// `repair` ends the sentence of an error: who knows where the entry is knows how to be rid of it.
[[nodiscard]] HistoryEntry history_entry_from_json(
    std::string_view text, std::string_view origin,
    std::string_view repair = "delete it with mpisize history delete");

/// What a command prints on stdout when it fails under --json:
/// {"error": {"message": "...", "exit_code": 2}}. Bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string error_json(std::string_view message, int exit_code);

}  // namespace mpisize
