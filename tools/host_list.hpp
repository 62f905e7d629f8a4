/// Names of hosts, from the command line or a hostfile of Open MPI.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mpisize::tools {

/// "a,b,c". Throws UsageError for an empty or impossible name and for one that is there twice.
[[nodiscard]] std::vector<std::string> read_hosts(std::string_view option, std::string_view text);

/// A hostfile: one host a line, then slots=N or max_slots=N if at all, # begins a comment. Throws
/// UsageError, naming the line.
[[nodiscard]] std::vector<std::string> read_hostfile(const std::string& file);

/// "--host a:2,b:2" as mpirun takes it.
[[nodiscard]] std::string host_slots(const std::vector<std::string>& hosts, int slots);

}  // namespace mpisize::tools
