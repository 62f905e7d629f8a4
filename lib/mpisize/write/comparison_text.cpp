#include <fmt/format.h>

#include <algorithm>

#include "mpisize/base/human.hpp"
#include "mpisize/write/history_text.hpp"
#include "mpisize/write/history_words.hpp"
#include "mpisize/write/json.hpp"
#include "mpisize/write/json_text.hpp"
#include "mpisize/write/layout_text.hpp"

namespace mpisize {
namespace {

using json_text::Json;
using json_text::write;

std::string side_line(const std::string& name, std::size_t width, const ComparedRuns& runs) {
  return fmt::format("  {:<{}}  {:>7}  median {}\n", name, width, counted(runs.runs, "run"),
                     runs.interval ? human(*runs.interval) : human(runs.median));
}

std::string noise_lines(const std::optional<NoiseBand>& noise) {
  if (!noise) {
    return "  noise band not known: neither program was run twice on the same ranks, threads and "
           "machine\n";
  }
  return fmt::format(
      "  noise band {:.1f} % (90 %): the scatter within {} of repetitions, {} in all, by Student's "
      "t\n",
      100 * noise->relative, counted(noise->sets, "set"), counted(noise->runs, "run"));
}

std::string difference_line(const RunComparison& comparison, const ComparedNames& names) {
  const std::string change = fmt::format("{} takes {:.3f} of the time of {} ({})", names.b,
                                         comparison.ratio, names.a, percent(comparison.ratio - 1));
  switch (comparison.difference) {
    case Difference::within_noise:
      return change + ": within the noise band\n";
    case Difference::faster:
    case Difference::slower:
      return fmt::format("{}: outside the noise band, {}\n", change,
                         name_of(comparison.difference));
    case Difference::unknown:
      break;
  }
  return change + "; whether that is more than noise is not known: run one of them again\n";
}

Json write(const ComparedRuns& runs, const std::string& name) {
  Json json{{"name", name}, {"runs", runs.runs}, {"median", write(runs.median)}};
  if (runs.interval) json["interval"] = write(*runs.interval);
  return json;
}

}  // namespace

std::string describe(const RunComparison& comparison, const ComparedNames& names,
                     const std::string& measure) {
  const ComparedNames shown{printable(names.a), printable(names.b)};
  const std::size_t width = std::max(shown.a.size(), shown.b.size());
  return fmt::format("time of {}\n", printable(measure)) + side_line(shown.a, width, comparison.a) +
         side_line(shown.b, width, comparison.b) + noise_lines(comparison.noise) +
         difference_line(comparison, shown);
}

std::string history_json(std::span<const HistoryEntry> entries,
                         const std::vector<std::string>& damaged) {
  Json json = json_text::document("mpisize-history");
  json["entries"] = Json::array();
  for (HistoryEntry entry : entries) {
    if (entry.seen) entry.seen->by_rank.clear();
    json["entries"].push_back(json_text::write(entry));
  }
  json["damaged"] = damaged;
  return json_text::print(json);
}

std::string comparison_json(const RunComparison& comparison, const ComparedNames& names,
                            const std::string& measure) {
  Json json = json_text::document("mpisize-comparison");
  json["measure"] = measure;
  json["a"] = write(comparison.a, names.a);
  json["b"] = write(comparison.b, names.b);
  json["ratio"] = write(comparison.ratio);
  if (comparison.noise) {
    json["noise"] = Json{{"relative", write(comparison.noise->relative)},
                         {"runs", comparison.noise->runs},
                         {"sets", comparison.noise->sets}};
  }
  json["difference"] = name_of(comparison.difference);
  return json_text::print(json);
}

}  // namespace mpisize
