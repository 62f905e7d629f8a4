#include "scaling.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "planning.hpp"

namespace mpisize::tools {
namespace {

constexpr std::size_t most_rows = 64;

std::vector<int> thinned(const std::vector<int>& counts) {
  if (counts.size() <= most_rows) return counts;
  const double ratio = static_cast<double>(counts.back()) / counts.front();
  const double step = std::pow(ratio, 1.0 / (most_rows - 1));
  std::vector<int> kept;
  double next = 0;
  for (const int count : counts) {
    if (count < next && count != counts.back()) continue;
    kept.push_back(count);
    next = count * step;
  }
  return kept;
}

}  // namespace

bool names_several(const Planning& planning) { return planning.ranks && !planning.ranks->forces(); }

std::vector<int> counts_shown(const Planning& planning, const Machine& machine) {
  const int most = most_ranks(planning, machine);
  if (names_several(planning)) return thinned(planning.ranks->counts(most));
  std::vector<int> counts = RankRule::read("--ranks", "2^k").counts(most);
  if (counts.back() != most) counts.push_back(most);
  return counts;
}

std::vector<Choice> plans_around(const Choice& chosen, const Machine& machine,
                                 const KernelProfile& kernel, const Planning& planning) {
  auto counts = counts_shown(planning, machine);
  const int ranks = chosen.plan.layout.ranks();
  const auto place = std::lower_bound(counts.begin(), counts.end(), ranks);
  if (place == counts.end() || *place != ranks) counts.insert(place, ranks);
  auto choices = plans_over(counts, machine, kernel, planning);
  for (Choice& choice : choices) {
    if (choice.plan.layout.ranks() == ranks) choice = chosen;
  }
  return choices;
}

std::vector<Choice> plans_over(const std::vector<int>& counts, const Machine& machine,
                               const KernelProfile& kernel, const Planning& planning) {
  std::vector<Choice> choices;
  for (const int ranks : counts) {
    Planning one = planning;
    one.ranks = RankRule::read("--ranks", std::to_string(ranks));
    Choice choice = plan_for(machine, kernel, one);
    if (choice.plan.verdict != Verdict::infeasible) choices.push_back(std::move(choice));
  }
  return choices;
}

}  // namespace mpisize::tools
