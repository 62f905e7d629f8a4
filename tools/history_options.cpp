#include "history_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "errors.hpp"
#include "values.hpp"

namespace mpisize::tools {
namespace {

using Words = std::vector<std::string>;

HistoryAction action_of(const std::string& word) {
  if (word == "list") return HistoryAction::list;
  if (word == "show") return HistoryAction::show;
  if (word == "compare") return HistoryAction::compare;
  if (word == "delete") return HistoryAction::remove;
  if (word == "sync") return HistoryAction::sync;
  const std::string repair = nearest(word, {"list", "show", "compare", "delete", "sync"});
  throw UsageError(fmt::format(
      "'{}' is nothing that mpisize history can do{}", word,
      repair.empty() ? "; give show, compare, delete or sync, or nothing to list" : repair));
}

/// Options that say nothing about what is done.
void refuse_useless(HistoryAction action, const std::string& word, const Values& values) {
  Words useless;
  if (action != HistoryAction::list) useless.emplace_back("last");
  if (action != HistoryAction::remove) useless.insert(useless.end(), {"all", "yes"});
  if (action == HistoryAction::show || action == HistoryAction::compare) {
    useless.emplace_back("program");
  }
  for (const std::string& name : useless) {
    if (!values.has(name)) continue;
    throw UsageError(
        fmt::format("--{} has no use with mpisize history {}; leave it out", name, word));
  }
}

void check_words(const HistoryOptions& options) {
  const std::size_t given = options.words.size();
  const bool chosen = options.all || options.program;
  switch (options.action) {
    case HistoryAction::list:
    case HistoryAction::sync:
      if (given == 0) return;
      throw UsageError(fmt::format("'{}' is no option of mpisize history {}; leave it out",
                                   options.words.front(),
                                   options.action == HistoryAction::list ? "list" : "sync"));
    case HistoryAction::show:
      if (given == 1) return;
      throw UsageError(fmt::format(
          "mpisize history show takes one id, but {} are given; mpisize history lists them",
          given));
    case HistoryAction::compare:
      if (given == 2) return;
      throw UsageError(fmt::format(
          "mpisize history compare takes two, but {} are given; give ids or NAME@RANKS", given));
    case HistoryAction::remove:
      break;
  }
  if (given == 0 && !chosen) {
    throw UsageError("mpisize history delete is not told what; give ids, --program PART or --all");
  }
  if ((given > 0 && chosen) || (options.all && options.program)) {
    throw UsageError(
        "mpisize history delete takes ids, --program or --all; leave all but one of them out");
  }
}

}  // namespace

HistoryOptions history_of(const Common& common, const Values& values) {
  HistoryOptions options;
  options.common = common;
  options.words = values.words();
  const std::string word = options.words.empty() ? "list" : options.words.front();
  options.action = action_of(word);
  if (!options.words.empty()) options.words.erase(options.words.begin());
  options.program = values.filled("program");
  options.last = values.read("last", read_count);
  options.all = values.has("all");
  options.yes = values.has("yes");
  refuse_useless(options.action, word, values);
  check_words(options);
  return options;
}

}  // namespace mpisize::tools
