#include <fmt/format.h>

#include <algorithm>

#include "errors.hpp"
#include "history_actions.hpp"
#include "mpisize/measure/history.hpp"
#include "mpisize/model/run_comparison.hpp"
#include "mpisize/write/history_text.hpp"
#include "print.hpp"
#include "values.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;
using Entries = std::vector<HistoryEntry>;

/// One side: a run, or those that repeat each other.
struct Side {
  std::string name;
  Entries entries;  ///< Not empty; comparable to each other.
};

bool is_of(const HistoryEntry& entry, std::string_view name, int ranks) {
  const bool by_path = name.find('/') != std::string_view::npos;
  return entry.ranks == ranks &&
         (by_path ? entry.program.path == name : program_name(entry.program) == name);
}

/// "NAME@RANKS": the runs that repeat the newest one.
Side group_of(const History& history, const std::string& text, const Talk& talk) {
  const auto sign = text.rfind('@');
  const std::string name = text.substr(0, sign);
  const int ranks = read_count("the number of ranks in '" + text + "',", text.substr(sign + 1));
  Side side{text, {}};
  std::size_t others = 0;
  for (const HistoryEntry& entry : history.entries) {
    if (entry.kind != RunKind::run || !is_whole(entry) || !comparable_time(entry)) continue;
    if (!is_of(entry, name, ranks)) continue;
    if (side.entries.empty() || repeats(side.entries.front(), entry)) {
      side.entries.push_back(entry);
    } else {
      ++others;
    }
  }
  if (side.entries.empty()) {
    throw InputError(fmt::format(
        "no run of '{}' on {} {} that ended well is in the history; mpisize history lists what is",
        name, ranks, ranks == 1 ? "rank" : "ranks"));
  }
  if (others > 0) {
    warn(talk,
         fmt::format("{}: {} with other arguments, builds, threads, nodes or machines than the "
                     "newest {} left out; compare by id to have them",
                     text, others == 1 ? "one run" : fmt::format("{} runs", others),
                     others == 1 ? "is" : "are"));
  }
  return side;
}

Side side_of(const History& history, const fs::path& directory, const std::string& text,
             const Talk& talk) {
  if (text.find('@') != std::string::npos) return group_of(history, text, talk);
  HistoryEntry entry = read_entry(history_file(directory, text));
  if (!comparable_time(entry)) {
    throw InputError(fmt::format(
        "history entry {} did not run to a good end, so its time says nothing; compare another",
        entry.id));
  }
  return {entry.id, {std::move(entry)}};
}

Repetitions times_of(const Entries& entries) {
  Repetitions times;
  for (const HistoryEntry& entry : entries) times.push_back(comparable_time(entry).value());
  return times;
}

std::string measure_of(const HistoryEntry& entry) {
  const auto& steady = entry.seen->steady;
  return steady ? "one repetition of " + steady->pattern : "the whole program";
}

void check_alike(const Side& a, const Side& b, const Talk& talk) {
  const HistoryEntry& x = a.entries.front();
  const HistoryEntry& y = b.entries.front();
  for (const HistoryEntry& entry : a.entries) {
    const auto is_same = [&](const HistoryEntry& other) { return other.id == entry.id; };
    if (std::none_of(b.entries.begin(), b.entries.end(), is_same)) continue;
    throw InputError(
        fmt::format("history entry {} is on both sides, {} and {}; compare two that "
                    "have none in common",
                    entry.id, a.name, b.name));
  }
  if (!are_comparable(x, y)) {
    throw InputError(fmt::format("{} is the time of {}, {} that of {}; compare two of a kind",
                                 a.name, measure_of(x), b.name, measure_of(y)));
  }
  const Kinship kin = kinship(x.program, y.program);
  if (kin == Kinship::other) {
    warn(talk, "these are different programs, or their arguments differ");
  } else if (kin == Kinship::elsewhere) {
    warn(talk, "these ran in different directories, whose files may hold different problems");
  }
  if (x.machine != y.machine) warn(talk, "these ran on different machines");
}

}  // namespace

int compare_history(const HistoryOptions& options, const fs::path& directory, const Talk& talk) {
  const History history = read_history(directory);
  for (const std::string& sentence : history.damaged) warn(talk, sentence);
  const Side a = side_of(history, directory, options.words.at(0), talk);
  const Side b = side_of(history, directory, options.words.at(1), talk);
  check_alike(a, b, talk);
  constexpr std::uint64_t seed = 1;
  const RunComparison comparison =
      compare(times_of(a.entries), times_of(b.entries),
              repetitions_of(history.entries, a.entries, b.entries), seed);
  const ComparedNames names{a.name, b.name};
  const std::string measure = measure_of(a.entries.front());
  print(options.common.json ? comparison_json(comparison, names, measure)
                            : describe(comparison, names, measure));
  return 0;
}

}  // namespace mpisize::tools
