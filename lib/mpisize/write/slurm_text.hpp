/// Lines, fields and values as Slurm's commands print them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/base/units.hpp"
#include "mpisize/model/cluster.hpp"

namespace mpisize::slurm_text {

/// A line, its command and its number, for errors.
struct Place {
  std::string_view command;
  std::size_t line = 0;
  /// Throws InputError: "line 3 of what sinfo says ...".
  [[noreturn]] void fail(const std::string& what) const;
};

/// Without line ends; empty lines too, so that they can be counted.
[[nodiscard]] std::vector<std::string_view> lines(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char at);
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// UNLIMITED, NONE, N/A, (null) ...: words for no value.
[[nodiscard]] bool is_nothing(std::string_view text);

/// A whole number without sign and nothing else.
[[nodiscard]] std::optional<std::int64_t> digits(std::string_view text);
/// "RUNNING" of JobState in "JobId=1 JobState=RUNNING ...", up to a blank; empty if it is not
/// there.
[[nodiscard]] std::string_view field(std::string_view line, std::string_view name);

/// A whole number, "32+" (of the least of several) too.
[[nodiscard]] std::int64_t number(std::string_view text, std::int64_t most, const Place& place);
[[nodiscard]] int count(std::string_view text, const Place& place);
/// Mebibytes, as Slurm counts memory.
[[nodiscard]] Bytes memory(std::string_view text, const Place& place);
/// "30" (minutes), "30:00", "1:30:00", "2-00", "2-00:30" or "2-00:30:00".
[[nodiscard]] Seconds duration(std::string_view text, const Place& place);

/// "a,b"; empty for a word for no value and for ALL.
[[nodiscard]] std::vector<std::string> words(std::string_view text);
/// "gpu:a100:4(S:0-1),nvme:2K".
[[nodiscard]] std::vector<Gres> gres(std::string_view text, const Place& place);

}  // namespace mpisize::slurm_text
