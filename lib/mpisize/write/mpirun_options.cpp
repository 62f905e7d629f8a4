#include "mpisize/write/mpirun_options.hpp"

#include <algorithm>
#include <array>

namespace mpisize {
namespace {

using Role = MpirunRole;

constexpr std::array options{
    MpirunOption{"allow-run-as-root", 0, Role::other},
    MpirunOption{"am", 1, Role::other},
    MpirunOption{"app", 1, Role::several_programs},
    MpirunOption{"bind-to", 1, Role::binding},
    MpirunOption{"bind-to-core", 0, Role::binding},
    MpirunOption{"bind-to-socket", 0, Role::binding},
    MpirunOption{"bycore", 0, Role::mapping},
    MpirunOption{"bynode", 0, Role::mapping},
    MpirunOption{"byslot", 0, Role::mapping},
    MpirunOption{"c", 1, Role::ranks},
    MpirunOption{"cartofile", 1, Role::other},
    MpirunOption{"cf", 1, Role::other},
    MpirunOption{"continuous", 0, Role::other},
    MpirunOption{"cpu-list", 1, Role::mapping_and_binding},
    MpirunOption{"cpu-set", 1, Role::other},
    MpirunOption{"cpus-per-proc", 1, Role::mapping_and_binding},
    MpirunOption{"cpus-per-rank", 1, Role::mapping_and_binding},
    MpirunOption{"d", 0, Role::other},
    MpirunOption{"debug", 0, Role::other},
    MpirunOption{"debug-daemons", 0, Role::other},
    MpirunOption{"debug-daemons-file", 0, Role::other},
    MpirunOption{"debug-devel", 0, Role::other},
    MpirunOption{"debugger", 1, Role::other},
    MpirunOption{"default-hostfile", 1, Role::other},
    MpirunOption{"disable-recovery", 0, Role::other},
    MpirunOption{"display-allocation", 0, Role::other},
    MpirunOption{"display-devel-allocation", 0, Role::other},
    MpirunOption{"display-devel-map", 0, Role::other},
    MpirunOption{"display-diffable-map", 0, Role::other},
    MpirunOption{"display-map", 0, Role::other},
    MpirunOption{"display-topo", 0, Role::other},
    MpirunOption{"do-not-launch", 0, Role::other},
    MpirunOption{"do-not-resolve", 0, Role::other},
    MpirunOption{"dvm", 0, Role::no_job},
    MpirunOption{"enable-instant-on-support", 0, Role::other},
    MpirunOption{"enable-recovery", 0, Role::other},
    MpirunOption{"fwd-mpirun-port", 0, Role::other},
    MpirunOption{"get-stack-traces", 0, Role::other},
    MpirunOption{"gmca", 2, Role::mca},
    MpirunOption{"H", 1, Role::other},
    MpirunOption{"h", 0, Role::no_job},
    MpirunOption{"help", 0, Role::no_job},
    MpirunOption{"hnp", 1, Role::other},
    MpirunOption{"host", 1, Role::other},
    MpirunOption{"hostfile", 1, Role::other},
    MpirunOption{"index-argv-by-rank", 0, Role::other},
    MpirunOption{"launch-agent", 1, Role::other},
    MpirunOption{"leave-session-attached", 0, Role::other},
    MpirunOption{"machinefile", 1, Role::other},
    MpirunOption{"map-by", 1, Role::mapping},
    MpirunOption{"max-restarts", 1, Role::other},
    MpirunOption{"max-vm-size", 1, Role::other},
    MpirunOption{"mca", 2, Role::mca},
    MpirunOption{"merge-stderr-to-stdout", 0, Role::other},
    MpirunOption{"N", 1, Role::ranks_per_node},
    MpirunOption{"n", 1, Role::ranks},
    MpirunOption{"nolocal", 0, Role::other},
    MpirunOption{"nooversubscribe", 0, Role::no_oversubscribe},
    MpirunOption{"noprefix", 0, Role::other},
    MpirunOption{"novm", 0, Role::other},
    MpirunOption{"np", 1, Role::ranks},
    MpirunOption{"npernode", 1, Role::ranks_per_node},
    MpirunOption{"npersocket", 1, Role::per_package},
    MpirunOption{"ompi-server", 1, Role::other},
    MpirunOption{"output-filename", 1, Role::other},
    MpirunOption{"output-proctable", 0, Role::other},
    MpirunOption{"oversubscribe", 0, Role::oversubscribe},
    MpirunOption{"path", 1, Role::other},
    MpirunOption{"pernode", 0, Role::one_rank_per_node},
    MpirunOption{"personality", 1, Role::other},
    MpirunOption{"ppr", 1, Role::mapping},
    MpirunOption{"prefix", 1, Role::other},
    MpirunOption{"preload-binary", 0, Role::other},
    MpirunOption{"preload-files", 1, Role::other},
    MpirunOption{"q", 0, Role::other},
    MpirunOption{"quiet", 0, Role::other},
    MpirunOption{"rank-by", 1, Role::other},
    MpirunOption{"rankfile", 1, Role::mapping_and_binding},
    MpirunOption{"report-bindings", 0, Role::other},
    MpirunOption{"report-child-jobs-separately", 0, Role::other},
    MpirunOption{"report-events", 1, Role::other},
    MpirunOption{"report-pid", 1, Role::other},
    MpirunOption{"report-state-on-timeout", 0, Role::other},
    MpirunOption{"report-uri", 1, Role::other},
    MpirunOption{"rf", 1, Role::mapping_and_binding},
    MpirunOption{"s", 0, Role::other},
    MpirunOption{"set-cwd-to-session-dir", 0, Role::other},
    MpirunOption{"show-progress", 0, Role::other},
    MpirunOption{"stdin", 1, Role::other},
    MpirunOption{"tag-output", 0, Role::other},
    MpirunOption{"timeout", 1, Role::other},
    MpirunOption{"timestamp-output", 0, Role::other},
    MpirunOption{"tune", 1, Role::other},
    MpirunOption{"tv", 0, Role::other},
    MpirunOption{"use-hwthread-cpus", 0, Role::other},
    MpirunOption{"use-regexp", 0, Role::other},
    MpirunOption{"V", 0, Role::no_job},
    MpirunOption{"v", 0, Role::other},
    MpirunOption{"verbose", 0, Role::other},
    MpirunOption{"version", 0, Role::no_job},
    MpirunOption{"wd", 1, Role::other},
    MpirunOption{"wdir", 1, Role::other},
    MpirunOption{"x", 1, Role::other},
    MpirunOption{"xml", 0, Role::other},
    MpirunOption{"xml-file", 1, Role::other},
    MpirunOption{"xterm", 1, Role::other},
};

}  // namespace

std::optional<MpirunOption> mpirun_option(std::string_view name) {
  const auto* const found = std::find_if(options.begin(), options.end(),
                                         [&](const MpirunOption& o) { return o.name == name; });
  if (found != options.end()) return *found;
  constexpr std::string_view letters = "dqsv";
  if (!name.empty() && name.find_first_not_of(letters) == std::string_view::npos) {
    return MpirunOption{name, 0, MpirunRole::other};
  }
  return std::nullopt;
}

}  // namespace mpisize
