#include "mpisize/choose/flow_bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "mpisize/base/human.hpp"

namespace mpisize {
namespace {

[[noreturn]] void refuse(const std::string& sentence) { throw std::invalid_argument(sentence); }

/// Bytes that one item takes at the root with its result.
std::int64_t bytes_each(const Request& r) {
  const Bytes item = std::max(r.kernel.item_memory, r.kernel.item_bytes);
  const Bytes result = std::max(r.kernel.result_memory, r.kernel.result_bytes);
  return std::max<std::int64_t>(1, (item + result).value());
}

std::int64_t in_grains(std::int64_t items, std::int64_t grain) {
  return std::max(grain, items / grain * grain);
}

/// Items of a batch: as memory allows, but a tenth of all where they are known, so that delivering
/// goes on beside computing.
void bound_batch(const Request& r, Situation& s, FlowBounds& bounds) {
  const std::int64_t memory = memory_of_flow(r).value();
  const std::int64_t each = bytes_each(r);
  // Two batches and the messages under way.
  constexpr double for_batches = 0.85;
  const auto fitting =
      static_cast<std::int64_t>(for_batches * static_cast<double>(memory)) / 2 / each;
  if (r.forced.batch) {
    s.mould.batch = *r.forced.batch;
    bounds.reasons.push_back(
        fmt::format("Batches of {} items: forced.", human_count(*r.forced.batch)));
    return;
  }
  if (fitting < r.grain) {
    bounds.too_small = fmt::format(
        "Two batches of {} item{} with results need {}, and the memory is {}; allow more, or make "
        "items or results smaller.",
        r.grain, r.grain == 1 ? "" : "s",
        human(Bytes(
            static_cast<std::int64_t>(2 * static_cast<double>(each * r.grain) / for_batches))),
        human(Bytes(memory)));
    return;
  }
  constexpr std::int64_t batches = 10;
  constexpr std::int64_t fewest = 1000;
  std::int64_t most = fitting;
  if (r.kernel.items_known) most = std::min(most, std::max(fewest, r.items / batches));
  s.mould.batch = in_grains(most, r.grain);
  if (most == fitting) {
    bounds.reasons.push_back(fmt::format(
        "Batches of {} items: two of them, {} an item with its result, fill {} of memory.",
        human_count(*s.mould.batch), human(Bytes(each)), human(Bytes(memory))));
  } else {
    bounds.reasons.push_back(fmt::format(
        "Batches of {} items, so that delivering goes on beside computing; memory would hold {}.",
        human_count(*s.mould.batch), human_count(fitting)));
  }
}

void bound_stream(const Request& r, Situation& s, FlowBounds& bounds) {
  const std::int64_t memory = memory_of_flow(r).value();
  const std::int64_t fitting = memory / bytes_each(r);
  if (fitting < 1) {
    bounds.too_small = fmt::format(
        "One item with its result needs {}, and the memory is {}; allow more, or make items or "
        "results smaller.",
        human(Bytes(bytes_each(r))), human(Bytes(memory)));
    return;
  }
  s.mould.window = std::min(r.forced.window.value_or(fitting), fitting);
  s.mould.ordered = r.forced.ordered.value_or(true);
}

/// Part of the run that an ordered stream stands still because a long item holds back a full
/// window: E[max(0, t - time of the window)] an item.
double stall_of(const Situation& s, const Plan& plan, std::int64_t window) {
  const int computing = std::max(
      1, plan.layout.ranks() - (plan.pattern.root_computes || plan.layout.ranks() <= 1 ? 0 : 1));
  if (computing <= 1 || s.work.mean <= 0) return 0;
  const double each = s.work.mean / computing;
  return expected_excess(s.work, each * static_cast<double>(window)) / each / computing;
}

}  // namespace

void validate_flow(const Request& r) {
  const Forced& f = r.forced;
  if (f.window && *f.window < 1) {
    refuse("window is " + std::to_string(*f.window) + "; give 1 or more");
  }
  if (f.batch && *f.batch < 1) refuse("batch is " + std::to_string(*f.batch) + "; give 1 or more");
  if (r.kind == PatternKind::map) {
    if (f.window || f.ordered || f.batch) {
      refuse("window, ordered and batch are for stream and batch, but this is a map; drop them");
    }
    return;
  }
  if (f.schedule && *f.schedule != Schedule::dynamic) {
    refuse("schedule is " + std::string(name_of(*f.schedule)) +
           ", but batch and stream hand out on demand; drop it");
  }
  if (r.kind == PatternKind::batch && (f.window || f.ordered)) {
    refuse("window and ordered are for stream, but this is a batch; give batch or max_memory");
  }
  if (r.kind == PatternKind::stream && f.batch) {
    refuse("batch is for batch, but this is a stream; give window or max_memory");
  }
}

Bytes memory_of_flow(const Request& r) {
  constexpr Bytes without_a_limit{std::int64_t{1} << 30U};
  if (r.limits.max_memory) return *r.limits.max_memory;
  if (const auto& granted = r.machine.topology.grant.memory) return Bytes(granted->value() / 4);
  return without_a_limit;
}

FlowBounds bound_flow(const Request& r, Situation& s) {
  FlowBounds bounds;
  if (r.kind == PatternKind::map) return bounds;
  // Chunks short enough that the first results come soon and sizes can follow the items.
  constexpr double longest_chunk = 50e-3;
  s.most_items_a_chunk = std::max<std::int64_t>(
      r.grain,
      static_cast<std::int64_t>(std::min(1e12, longest_chunk / std::max(1e-12, s.work.mean))));
  if (r.kind == PatternKind::batch) {
    bound_batch(r, s, bounds);
  } else {
    bound_stream(r, s, bounds);
  }
  return bounds;
}

void finish_flow(const Request& r, const Situation& s, Plan& plan,
                 std::vector<std::string>& reasons) {
  ScatterPattern& p = plan.pattern;
  if (r.kind == PatternKind::map) return;
  constexpr std::int64_t alone = 1024;
  if (plan.layout.ranks() <= 1) {
    p.schedule = Schedule::dynamic;
    p.queued = 1;
    p.chunk = std::min({alone, s.mould.window.value_or(alone), s.mould.batch.value_or(alone),
                        std::max<std::int64_t>(1, s.most_items_a_chunk)});
  }
  p.chunk = in_grains(p.chunk, r.grain);
  if (!r.kernel.items_known) {
    reasons.push_back(
        fmt::format("The source does not tell its length: what is predicted is for {} items.",
                    human_count(r.items)));
  }
  if (r.kind == PatternKind::batch) return;
  const std::int64_t at_work = static_cast<std::int64_t>(plan.layout.ranks()) * p.queued * p.chunk;
  constexpr std::int64_t chunks_a_place = 4;
  constexpr std::int64_t fewest = 256;
  if (!r.forced.window) p.window = std::min(*p.window, std::max(fewest, chunks_a_place * at_work));
  const Bytes memory{*p.window * bytes_each(r)};
  reasons.push_back(fmt::format("A window of {} items ({}): {}.", human_count(*p.window),
                                human(memory),
                                r.forced.window ? "forced" : "four times what is at the workers"));
  const double stall = stall_of(s, plan, *p.window);
  constexpr double worth_it = 0.05;
  if (r.forced.ordered) {
    reasons.push_back(fmt::format("{}: forced; standing still for order would cost {:.1f} %.",
                                  *r.forced.ordered ? "Ordered" : "Unordered", 100 * stall));
  } else if (stall > worth_it) {
    p.ordered = false;
    reasons.push_back(
        fmt::format("Unordered: long items would hold back a full window for {:.0f} % of the time.",
                    100 * stall));
  } else {
    p.ordered = true;
    reasons.push_back(fmt::format(
        "Ordered: it costs {:.1f} % of the time, and the window holds the results that wait.",
        100 * stall));
  }
}

}  // namespace mpisize
