#include "mpisize/measure/launch_probe.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

#include "mpisize/base/error.hpp"
#include "mpisize/base/statistics.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/measure/self.hpp"

namespace mpisize {
namespace {

constexpr Seconds longest_launch{30};

using TimesByRanks = std::map<int, std::vector<double>>;

/// Line through the medians, neither part negative. With one rank count the slope is given.
Line line_through(const TimesByRanks& times, double slope_if_one) {
  std::vector<double> ranks;
  std::vector<double> medians;
  for (const auto& [count, sample] : times) {
    ranks.push_back(count);
    medians.push_back(median(sample));
  }
  if (ranks.size() == 1) {
    const double slope = std::min(slope_if_one, medians[0] / ranks[0]);
    return {medians[0] - slope * ranks[0], slope};
  }
  const Line line = fit_line(ranks, medians);
  if (line.slope < 0) return {mean(medians), 0};
  if (line.intercept >= 0) return line;
  return {0, mean(medians) / mean(ranks)};
}

TimesByRanks redrawn(const TimesByRanks& times, Random& random) {
  TimesByRanks result;
  for (const auto& [ranks, sample] : times) {
    auto& drawn = result[ranks];
    for (std::size_t i = 0; i < sample.size(); ++i) {
      drawn.push_back(
          sample[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(sample.size())))]);
    }
  }
  return result;
}

/// Value with the 90 % range of its replicates. Few launches show little of their spread: at least
/// 10 % either way (launches vary by as much from one minute to the next).
Estimate<Seconds> estimate(double value, const std::vector<double>& replicates) {
  constexpr double least_spread = 0.1;
  const double low = std::min(quantile(replicates, 0.05), (1 - least_spread) * value);
  const double high = std::max(quantile(replicates, 0.95), (1 + least_spread) * value);
  return measured(Seconds(value), Seconds(std::max(0.0, low)), Seconds(high));
}

/// A file for the words of mpirun, removed at the end.
class ScratchFile {
 public:
  ScratchFile() {
    std::error_code error;
    path_ = (std::filesystem::temp_directory_path(error) / "mpisize-XXXXXX").string();
    const int file = error ? -1 : mkstemp(path_.data());
    if (file < 0) {
      throw InputError("cannot write a temporary file '" + path_ +
                       "'; set TMPDIR to a directory that can be written");
    }
    close(file);
  }
  ~ScratchFile() { unlink(path_.c_str()); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Seconds launch(std::span<const std::string> mpirun, const std::string& program, int ranks) {
  const ScratchFile words;
  Command command;
  command.argv.assign(mpirun.begin(), mpirun.end());
  command.argv.insert(command.argv.end(), {"-n", std::to_string(ranks), program});
  command.output = words.path();
  command.errors = words.path();
  command.input = false;
  command.timeout = longest_launch;
  const ChildRun done = run(command);
  if (done.timed_out) {
    throw InputError(fmt::format(
        "'{}' did not finish an empty program on {} ranks within {:.0f} s; try it by hand",
        fmt::join(command.argv, " "), ranks, longest_launch.value()));
  }
  if (done.exit_code() != 0) throw InputError(explain_mpirun(read_file(words.path())));
  return done.wall;
}

}  // namespace

Launch fit_launch(std::span<const LaunchTime> times) {
  if (times.empty()) throw std::invalid_argument("launch cost of no launch");
  TimesByRanks by_ranks;
  for (const LaunchTime& t : times) by_ranks[t.ranks].push_back(t.time.value());
  Launch result;
  const Estimate<Seconds> guess = result.per_rank;
  const bool one_count = by_ranks.size() == 1;

  const Line line = line_through(by_ranks, guess.value.value());
  constexpr int replicates = 200;
  constexpr std::uint64_t seed = 1;
  Random random(seed);
  std::vector<double> fixed;
  std::vector<double> per_rank;
  for (int i = 0; i < replicates; ++i) {
    const double slope = guess.low.value() + random.uniform() * (guess.high - guess.low).value();
    const Line drawn = line_through(redrawn(by_ranks, random), slope);
    fixed.push_back(drawn.intercept);
    per_rank.push_back(drawn.slope);
  }
  result.fixed = estimate(line.intercept, fixed);
  if (!one_count) result.per_rank = estimate(line.slope, per_rank);
  return result;
}

Launch probe_launch(std::span<const std::string> mpirun, const std::string& empty_program,
                    const std::vector<int>& rank_counts, Seconds budget) {
  if (mpirun.empty() || rank_counts.empty()) {
    throw std::invalid_argument("a launch probe needs an mpirun and a rank count");
  }
  const Seconds start = now();
  // The first launch reads programs and libraries from the disk.
  static_cast<void>(launch(mpirun, empty_program, rank_counts.front()));
  constexpr int most_rounds = 5;
  std::vector<LaunchTime> times;
  Seconds longest_round{};
  for (int round = 0; round < most_rounds; ++round) {
    const Seconds round_start = now();
    if (round > 0 && round_start - start + longest_round > budget) break;
    for (const int ranks : rank_counts) {
      times.push_back({ranks, launch(mpirun, empty_program, ranks)});
    }
    longest_round = std::max(longest_round, now() - round_start);
  }
  return fit_launch(times);
}

std::string explain_mpirun(const std::string& words) {
  struct Known {
    std::string_view sign;
    std::string_view repair;
  };
  constexpr Known known[] = {
      {"detected an attempt to run as root",
       "run as another user, or set OMPI_ALLOW_RUN_AS_ROOT=1 and "
       "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 if this is a container"},
      {"unable to complete a TCP connection", "look at the network between the hosts"},
      {"not enough slots", "ask for fewer ranks, or add --oversubscribe to the mpirun options"},
  };
  // The first line that says something: Open MPI frames its messages with lines of dashes. What it
  // only warns of is not why it failed.
  std::string first;
  bool warning = false;
  std::string said;
  std::string_view repair = "run it by hand to see what is wrong";
  for (std::size_t from = 0; from < words.size();) {
    const std::size_t to = std::min(words.find('\n', from), words.size());
    const std::string line = words.substr(from, to - from);
    from = to + 1;
    if (line.find_first_not_of("- \t") == std::string::npos) {
      if (!line.empty()) warning = false;
      continue;
    }
    warning = warning || line.rfind("WARNING", 0) == 0;
    if (first.empty() && !warning) first = line;
    for (const auto& [sign, advice] : known) {
      if (said.empty() && line.find(sign) != std::string::npos) {
        said = line;
        repair = advice;
      }
    }
  }
  if (said.empty()) said = first;
  while (!said.empty() && std::string_view(" .,:;").find(said.back()) != std::string_view::npos) {
    said.pop_back();
  }
  if (said.empty()) return fmt::format("mpirun failed without a word; {}", repair);
  return fmt::format("mpirun failed: \"{}\"; {}", said, repair);
}

}  // namespace mpisize
