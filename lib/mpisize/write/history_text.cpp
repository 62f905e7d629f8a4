#include "mpisize/write/history_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/human.hpp"
#include "mpisize/base/statistics.hpp"
#include "mpisize/model/routine_summary.hpp"
#include "mpisize/write/history_words.hpp"
#include "mpisize/write/layout_text.hpp"
#include "mpisize/write/shell_quote.hpp"

namespace mpisize {
namespace {

bool inside(const Interval& interval, Seconds time) {
  return interval.low <= time && time <= interval.high;
}

/// "12.8 s: +4.1 %, inside the interval"
std::string against_prediction(const HistoryEntry& entry, double error) {
  return fmt::format("{}: {}, {} the interval", human(entry.seen->wall), percent(error),
                     inside(*entry.predicted, entry.seen->wall) ? "inside" : "outside");
}

std::string measured_words(const HistoryEntry& entry) {
  if (!entry.seen) return "nothing yet";
  if (const auto& steady = entry.seen->steady) {
    const auto each = comparable_time(entry);
    return fmt::format("{} x {} in {}{}, after {} of start-up; then it was cut off",
                       human_count(steady->repetitions), printable(steady->pattern),
                       human(steady->time), each ? ", " + human(*each) + " each" : "",
                       human(steady->before));
  }
  const auto error = residual(entry);
  return error ? against_prediction(entry, *error) : human(entry.seen->wall);
}

std::string program_lines(const HistoryEntry& entry) {
  const Program& program = entry.program;
  std::string text = fmt::format("  program     {}\n", printable(program.path));
  if (!program.arguments.empty()) text += fmt::format("  command     {}\n", command_words(program));
  text += fmt::format("  directory   {}\n  content     {}\n", printable(program.directory),
                      program.hash.empty() ? "not known" : printable(program.hash));
  return text;
}

std::string slurm_line(const SlurmFacts& slurm) {
  std::string text = "job " + printable(slurm.job_id);
  if (slurm.state) text += ", " + printable(*slurm.state);
  if (slurm.memory_asked) text += fmt::format("; {} a node asked", human(*slurm.memory_asked));
  if (slurm.memory_used) text += fmt::format("; {} a node used", human(*slurm.memory_used));
  if (slurm.time_limit) text += fmt::format("; time limit {}", human(*slurm.time_limit));
  if (slurm.cause) text += fmt::format("; cause: {}", spaced(name_of(*slurm.cause)));
  return fmt::format("  slurm       {}\n", text);
}

std::string over_line(std::string_view name, const std::string& least, const std::string& median,
                      const std::string& most) {
  return fmt::format("    {:<16} {:>9} {:>9} {:>9}\n", name, least, median, most);
}

std::string over_line(std::string_view name, const OverRanks& over) {
  return over_line(name, human(over.least), human(over.median), human(over.most));
}

/// Of a whole number per rank.
template <class Of, class Show>
std::string over_line(std::string_view name, const std::vector<RankUse>& ranks, Of of, Show show) {
  std::vector<double> numbers;
  numbers.reserve(ranks.size());
  for (const RankUse& rank : ranks) numbers.push_back(static_cast<double>(of(rank)));
  const auto shown = [&](double number) { return show(std::llround(number)); };
  const auto [least, most] = std::minmax_element(numbers.begin(), numbers.end());
  return over_line(name, shown(*least), shown(median(numbers)), shown(*most));
}

std::string rank_lines(const ProgramRun& run) {
  const auto in_bytes = [](std::int64_t size) { return human(Bytes(size)); };
  const auto counted_up = [](std::int64_t count) { return human_count(count); };
  const auto size = static_cast<std::int64_t>(run.by_rank.size());
  std::string text = fmt::format("  {:<18} {:>9} {:>9} {:>9}\n", "over " + counted(size, "rank"),
                                 "least", "median", "most");
  text += over_line("before MPI_Init", over_ranks(run, &RankUse::before_init));
  text += over_line("in between", over_ranks(run, &RankUse::wall));
  text += over_line("of it in MPI", over_ranks(run, &RankUse::in_mpi));
  text += over_line("CPU", over_ranks(run, &RankUse::cpu));
  text += over_line(
      "peak memory", run.by_rank, [](const RankUse& rank) { return rank.peak_resident.value(); },
      in_bytes);
  text += over_line(
      "threads", run.by_rank, [](const RankUse& rank) { return rank.threads; }, counted_up);
  return text;
}

std::string routine_lines(const ProgramRun& run) {
  const auto routines = summarize_routines(run);
  if (routines.empty()) return "";
  std::string text =
      fmt::format("    {:<24} {:>7} {:>7} {:>13} {:>9} {:>9} {:>9} {:>9}\n", "routine", "on", "by",
                  "calls", "bytes", "least", "median", "most");
  for (const RoutineSummary& r : routines) {
    text += fmt::format("    {:<24} {:>7} {:>7} {:>13} {:>9} {:>9} {:>9} {:>9}\n",
                        printable(r.routine), r.comm_size == 0 ? "-" : human_count(r.comm_size),
                        human_count(r.ranks), human_count(r.calls), human(Bytes(r.bytes)),
                        human(r.time.least), human(r.time.median), human(r.time.most));
  }
  return text +
         "    on: size of the communicator; by: ranks that called; calls, bytes: of all; times: a "
         "rank\n";
}

/// How the predictions of earlier runs fared; empty without any.
std::string earlier_line(std::span<const HistoryEntry> earlier) {
  std::vector<double> errors;
  int hits = 0;
  for (const HistoryEntry& entry : earlier) {
    const auto error = residual(entry);
    if (!error) continue;
    errors.push_back(*error);
    if (inside(*entry.predicted, entry.seen->wall)) ++hits;
  }
  if (errors.empty()) return "";
  return fmt::format("Of its {}: median error {}, {} inside the interval.\n",
                     counted(static_cast<std::int64_t>(errors.size()), "earlier prediction"),
                     percent(median(errors)), hits);
}

}  // namespace

std::string describe(const HistoryEntry& entry) {
  std::string text = fmt::format("history entry {}, a {}\n  when        {}\n", entry.id,
                                 name_of(entry.kind), entry.time);
  text += program_lines(entry);
  text += fmt::format("  machine     {}{}, started on {}\n", printable(entry.machine),
                      entry.mpi.empty() ? "" : ", " + printable(entry.mpi), printable(entry.host));
  text += fmt::format("  layout      {} on {}, {} each\n", counted(entry.ranks, "rank"),
                      counted(entry.nodes, "node"), counted(entry.threads_per_rank, "thread"));
  std::vector<std::string> line;
  for (const std::string& word : entry.launch_line) line.push_back(printable(word));
  text += fmt::format("  launched    {}\n", line.empty() ? "not known" : shell_join(line));
  text += fmt::format("  predicted   {}\n", entry.predicted ? human(*entry.predicted) : "nothing");
  text += fmt::format("  measured    {}\n  ended       {}\n", measured_words(entry),
                      ending_words(entry));
  if (entry.seen && entry.seen->energy) {
    text += fmt::format("  energy      {}, of the node's processor packages\n",
                        human(*entry.seen->energy));
  }
  if (entry.slurm) text += slurm_line(*entry.slurm);
  if (!entry.seen || entry.seen->by_rank.empty()) return text;
  return text + rank_lines(*entry.seen) + routine_lines(*entry.seen);
}

std::string describe_outcome(const HistoryEntry& entry, std::span<const HistoryEntry> earlier) {
  std::string text;
  if (const auto error = residual(entry)) {
    text = fmt::format("Predicted {}, measured {}.\n", human(*entry.predicted),
                       against_prediction(entry, *error));
  } else if (!entry.predicted) {
    text = fmt::format("Nothing was predicted, measured {}.\n", measured_words(entry));
  } else {
    text = fmt::format(
        "Predicted {}, not to be compared: {}.\n", human(*entry.predicted),
        entry.seen ? fmt::format("ended after {}, {}", human(entry.seen->wall), ending_words(entry))
                   : "its end is not known");
  }
  return text + earlier_line(earlier);
}

}  // namespace mpisize
