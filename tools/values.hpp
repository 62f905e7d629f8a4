/// Values of options, from text. Each function throws UsageError naming the option, the value and
/// the bound.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/base/units.hpp"
#include "mpisize/model/schedule.hpp"

namespace mpisize::tools {

/// A whole number of at least 1.
[[nodiscard]] int read_count(std::string_view option, std::string_view text);

/// The same up to 2^53, which is exact as a double.
[[nodiscard]] std::int64_t read_large_count(std::string_view option, std::string_view text);

/// A whole number of at least 0.
[[nodiscard]] std::int64_t read_whole(std::string_view option, std::string_view text);

/// A whole number from `least` to `most`.
[[nodiscard]] std::int64_t read_between(std::string_view option, std::string_view text,
                                        std::int64_t least, std::int64_t most);

/// A finite ratio above 0.
[[nodiscard]] double read_ratio(std::string_view option, std::string_view text);

/// A time above 0: "60", "60s", "250ms", "1.5min", "2h"; also "1:30:00" and "90:00" as Slurm writes
/// it.
[[nodiscard]] Seconds read_time(std::string_view option, std::string_view text);

/// A size above 0: "4096", "512M", "4G", "4GiB"; K, M, G and T are powers of 1024.
[[nodiscard]] Bytes read_size(std::string_view option, std::string_view text);

[[nodiscard]] Schedule read_schedule(std::string_view option, std::string_view text);

/// "yes" or "no".
[[nodiscard]] bool read_yes_no(std::string_view option, std::string_view text);

/// Rank counts of one profile: "2" or "1,2,4"; ascending, each once.
[[nodiscard]] std::vector<int> read_counts(std::string_view option, std::string_view text);

/// Which rank counts a program accepts: "4", "4,8,16", "2-8", "2^k", "n*6" and lists of these.
class RankRule {
 public:
  [[nodiscard]] static RankRule read(std::string_view option, std::string_view text);

  /// A single number forces it.
  [[nodiscard]] bool forces() const;

  /// The counts, ascending. Numbers and ranges are taken as they stand; powers and multiples up to
  /// `most`. Of very many those that are a thirty-second apart, between which no plan is much
  /// better, and the last.
  [[nodiscard]] std::vector<int> counts(int most) const;

  /// The fewest accepted from `from` on, of powers and multiples up to `most`.
  [[nodiscard]] std::optional<int> next(std::int64_t from, int most) const;

  /// The most accepted up to `most`.
  [[nodiscard]] std::optional<int> previous(int most) const;

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Term {
    enum class Kind { range, powers, multiples } kind;
    int first;
    int last;  ///< Of a range.
    [[nodiscard]] std::optional<int> next(std::int64_t from, std::int64_t most) const;
    [[nodiscard]] std::optional<int> previous(std::int64_t most) const;
  };
  std::string text_;
  std::vector<Term> terms_;
};

}  // namespace mpisize::tools
