/// The commands. Each prints its answer on stdout, talks on stderr and returns its exit code;
/// errors are thrown.
#pragma once

#include "options.hpp"
#include "talk.hpp"

namespace mpisize::tools {

[[nodiscard]] int command(const Answer& answer, const Talk& talk);
[[nodiscard]] int command(const ProbeOptions& options, const Talk& talk);
[[nodiscard]] int command(const ProfileOptions& options, const Talk& talk);
[[nodiscard]] int command(const PlanOptions& options, const Talk& talk);
[[nodiscard]] int command(const RunOptions& options, const Talk& talk);
[[nodiscard]] int command(const SubmitOptions& options, const Talk& talk);
[[nodiscard]] int command(const LintCommand& options, const Talk& talk);
[[nodiscard]] int command(const MapOptions& options, const Talk& talk);
[[nodiscard]] int command(const ExportOptions& options, const Talk& talk);
[[nodiscard]] int command(const HistoryOptions& options, const Talk& talk);
[[nodiscard]] int command(const ClusterOptions& options, const Talk& talk);
[[nodiscard]] int command(const ValidateOptions& options, const Talk& talk);
[[nodiscard]] int command(const CompareOptions& options, const Talk& talk);

}  // namespace mpisize::tools
