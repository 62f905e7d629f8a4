/// What a plan's job asks for, with the terms of each number. Private.
#pragma once

#include <optional>

#include "mpisize/write/job_request.hpp"
#include "mpisize/write/job_script.hpp"

namespace mpisize {

/// Throws InputError if there is no job to write.
void check_job(const JobScript& script);

/// The layout of the job: a serial verdict takes one task.
[[nodiscard]] Layout job_layout(const Choice& choice);

/// Hosts that take unlike numbers of ranks need leave for the most.
[[nodiscard]] int most_on_a_node(const JobScript& script);

struct JobTime {
  Seconds upper;   ///< Upper ends of call, launch and the time before the call, added up.
  Seconds margin;  ///< At least least_time_margin.
  /// Of the warning before the time limit; 0: there is none. At most a third of a limit that is
  /// given, so that something is computed.
  Seconds lead;
  std::optional<Seconds> wished;

  [[nodiscard]] Seconds asked() const { return wished.value_or(upper + margin + lead); }
};
/// Throws InputError if that is no time.
[[nodiscard]] JobTime job_time(const JobScript& script);

}  // namespace mpisize
