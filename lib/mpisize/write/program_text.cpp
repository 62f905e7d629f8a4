#include "mpisize/write/program_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/human.hpp"
#include "mpisize/base/statistics.hpp"
#include "mpisize/write/names.hpp"

namespace mpisize {
namespace {

constexpr double per_cent = 100;

std::string or_dash(const std::optional<double>& number) {
  return number ? human_number(*number) : "-";
}

std::string energy_cells(const ProgramCandidate& c) {
  if (!c.energy) return fmt::format("  {:>10}   {:>8}    {:<8}", "-", "", "");
  return fmt::format("  {:>10}   {:>8} to {:<8}", human(c.energy->value), human(c.energy->low),
                     human(c.energy->high));
}

std::string verdict_line(const ProgramChoice& choice) {
  const ProgramPrediction& p = choice.chosen.predicted;
  if (choice.verdict == Verdict::infeasible) {
    return fmt::format("infeasible: {}\n", choice.binding_limit.value_or("limits"));
  }
  return fmt::format("{}: {}, {}{}\n", name_of(choice.verdict), describe(p.config), human(p.total),
                     p.per_repetition ? " a repetition" : "");
}

std::string signed_per_cent(const std::optional<double>& error) {
  return error ? fmt::format("{:+.1f} %", per_cent * *error) : "-";
}

std::string median_error(const std::vector<double>& errors) {
  return errors.empty() ? "-" : fmt::format("{:.1f} %", per_cent * median(errors));
}

}  // namespace

std::string describe_front(const std::vector<ProgramCandidate>& front,
                           const ProgramConfig& chosen) {
  if (front.empty()) return "";
  const auto any = [&](auto has) { return std::any_of(front.begin(), front.end(), has); };
  const bool cost = any([](const ProgramCandidate& c) { return c.cost.has_value(); });
  const bool energy = any([](const ProgramCandidate& c) { return c.energy.has_value(); });
  const bool memory =
      any([](const ProgramCandidate& c) { return c.predicted.node_memory.has_value(); });
  std::string text =
      "      ranks threads   nodes      time   90 % interval          speed-up  efficiency  "
      "core-hours";
  if (cost) text += "        cost";
  if (energy) text += "      energy   90 % interval          ";
  if (memory) text += "  memory/node";
  text += "\n";
  for (const ProgramCandidate& c : front) {
    const ProgramPrediction& p = c.predicted;
    text +=
        fmt::format(" {} {:>8} {:>7} {:>7} {:>9}   {:>8} to {:<8} {:>10.2f} {:>9.0f} %  {:>10}",
                    p.config == chosen ? "->" : "  ", p.config.ranks, p.config.threads,
                    p.config.nodes, human(p.total.value), human(p.total.low), human(p.total.high),
                    p.speedup, per_cent * p.efficiency, human_number(c.core_hours));
    if (cost) text += fmt::format("  {:>10}", or_dash(c.cost));
    if (energy) text += energy_cells(c);
    if (memory) text += fmt::format("  {:>11}", p.node_memory ? human(*p.node_memory) : "-");
    text += "\n";
  }
  return text;
}

std::string describe(const ProgramChoice& choice) {
  std::string text = verdict_line(choice);
  text += describe_front(choice.front, choice.chosen.predicted.config);
  if (!choice.reasons.empty()) text += choice.reasons.front() + "\n";
  return text;
}

std::string explain(const ProgramChoice& choice) {
  std::string text = fmt::format("  goal: {}\n", name_of(choice.goal));
  for (const std::string& reason : choice.reasons) text += "  " + reason + "\n";
  if (choice.binding_limit) text += fmt::format("  binding limit: {}\n", *choice.binding_limit);
  if (choice.runner_up) {
    const ProgramPrediction& p = choice.runner_up->predicted;
    text += fmt::format("  runner-up: {}, {}, {} core-hours\n", describe(p.config), human(p.total),
                        human_number(choice.runner_up->core_hours));
  }
  if (!choice.chosen.energy) text += "  energy: not measured\n";
  for (const std::string& change : choice.would_change) {
    text += "  would change it: " + change + "\n";
  }
  return text;
}

std::string explain(const ProgramModel& model) {
  struct Named {
    Part part;
    const char* name;
  };
  constexpr Named named[] = {{Part::computing, "computing"},
                             {Part::root_excess, "rank 0 alone"},
                             {Part::lag, "slowest beyond the mean"},
                             {Part::communication, "communication"},
                             {Part::root, "root of workers"},
                             {Part::outside, "launch"},
                             {Part::before, "start-up"}};
  constexpr double worth_showing = 0.05;
  std::string text =
      fmt::format("  a run varies by {:.1f} % from the next\n", per_cent * model.noise);
  for (const CallKind& kind : model.calls.kinds) {
    text += fmt::format("  {}: {:.4g} x ({}) a rank, {:.4g} B x ({}){}\n", kind.routine,
                        kind.calls.coefficient, name_of(kind.calls.shape), kind.bytes.coefficient,
                        name_of(kind.bytes.shape),
                        kind.calls.certain && kind.bytes.certain ? "" : ", not certain");
  }
  if (model.calls.root) {
    text += fmt::format("  messages of the root: {:.4g}, {:.4g} B out, {:.4g} B in\n",
                        model.calls.root->messages, model.calls.root->bytes_out,
                        model.calls.root->bytes_in);
  }
  for (const Named& n : named) {
    for (const FittedLaw& law : model.part(n.part).laws) {
      if (law.weight < worth_showing) continue;
      text +=
          fmt::format("  {:<24} {:>4.0f} %  {}\n", n.name, per_cent * law.weight, describe(law));
    }
  }
  for (const std::string& run : model.points.left_out) text += "  not used: " + run + "\n";
  return text;
}

std::string describe_runs(const std::vector<ProgramRun>& runs) {
  const ProgramPoints points = program_points(runs);
  std::string text = fmt::format(
      "      ranks threads   nodes {:>12}    computing   imbalance  communication  memory/rank\n",
      points.per_repetition ? "a repetition" : "time");
  for (const ProgramPoint& point : points.points) {
    for (const RunParts& run : point.runs) {
      text += fmt::format("    {:>7} {:>7} {:>7} {:>12} {:>12} {:>11} {:>14} {:>12}\n",
                          point.config.ranks, point.config.threads, point.config.nodes,
                          human(Seconds(run.inside)), human(Seconds(run.mean)),
                          human(Seconds(run.imbalance)), human(Seconds(run.communication)),
                          run.most_memory ? human(Bytes(std::llround(*run.most_memory))) : "-");
    }
  }
  for (const std::string& run : points.left_out) text += "  not used: " + run + "\n";
  return text;
}

std::string describe_held_out(const std::vector<HeldOut>& table) {
  if (table.empty()) return "";
  std::string text =
      "  each rank count predicted from the others\n"
      "      ranks  measured       model";
  for (const Baseline b : all_baselines) text += fmt::format("{:>14}", name_of(b));
  text += "\n";
  std::vector<double> ours;
  std::array<std::vector<double>, all_baselines.size()> theirs;
  for (const HeldOut& row : table) {
    text += fmt::format("    {:>7} {:>9} {:>11}", row.ranks, human(Seconds(row.measured)),
                        signed_per_cent(row.of_model));
    if (row.of_model) ours.push_back(std::abs(*row.of_model));
    for (std::size_t i = 0; i < all_baselines.size(); ++i) {
      const auto& error = row.of_baselines.at(i);
      text += fmt::format("{:>14}", signed_per_cent(error));
      if (error) theirs.at(i).push_back(std::abs(*error));
    }
    text += "\n";
  }
  text += fmt::format("    median            {:>11}", median_error(ours));
  for (const auto& errors : theirs) text += fmt::format("{:>14}", median_error(errors));
  return text + "\n";
}

}  // namespace mpisize
