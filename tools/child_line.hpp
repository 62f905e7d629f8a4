/// The child's command: a program alone, or behind the user's own mpirun.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "linkage.hpp"
#include "mpisize/choose/plan.hpp"
#include "mpisize/model/topology.hpp"
#include "mpisize/write/launch_line.hpp"

namespace mpisize::tools {

struct ChildLine {
  MpirunLine mpirun;              ///< Its program is empty where the line cannot be taken apart.
  bool wrapped = false;           ///< The user wrote mpirun.
  std::vector<std::string> argv;  ///< Word by word.
  std::optional<std::string> passed_on;  ///< Why it can be started as written only, a sentence.
  std::optional<Linkage> linkage;        ///< Of the program; empty: nobody has looked yet.
};

/// What stands behind "--"; asks a launcher of which MPI it is. Throws UsageError for what mpirun
/// would refuse.
[[nodiscard]] ChildLine read_child(const std::vector<std::string>& words);

/// Throws StartError if the program or its launcher is not there or cannot be executed.
void check_can_start(const ChildLine& child);

/// Whether the program can be sampled from within: as was seen before, or by a look into its file.
/// Throws StartError if it is not there.
[[nodiscard]] Linkage linkage_of(const ChildLine& child);

/// Whether the user's options say on which hosts.
[[nodiscard]] bool names_hosts(const ChildLine& child);

/// argv that starts the layout on a machine: mpirun with the user's options and ours; the program
/// alone for one rank, if the user wrote no mpirun. The hosts of the placement are named, in its
/// order, unless the user names hosts; ranks that it does not know of wait on its last one. Ranks
/// on other hosts are given the variables `exported` too.
[[nodiscard]] std::vector<std::string> start_line(const ChildLine& child, const Layout& layout,
                                                  const Topology& topology,
                                                  std::vector<PlacedNode> placement = {},
                                                  const std::vector<std::string>& exported = {});

/// Throws UsageError if the line can be started as written only.
void check_can_be_sized(const ChildLine& child);

/// Whether the root is started on another host than this one.
[[nodiscard]] bool starts_elsewhere(const std::vector<PlacedNode>& placement);

/// The same always with mpirun, and with ranks free to use every core, so that the threads that a
/// kernel starts show.
[[nodiscard]] std::vector<std::string> sampling_line(const ChildLine& child, int ranks,
                                                     const Topology& topology);

}  // namespace mpisize::tools
