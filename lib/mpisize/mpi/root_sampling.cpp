/// The sampling of a call: first items, one rank alone, all ranks together.
#include <algorithm>
#include <array>

#include "mpisize/measure/fingerprint.hpp"
#include "mpisize/measure/hwloc_topology.hpp"
#include "mpisize/measure/machine_cache.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/mpi/check.hpp"
#include "mpisize/mpi/compute_slice.hpp"
#include "mpisize/mpi/dispatch_probe.hpp"
#include "mpisize/mpi/polite_wait.hpp"
#include "mpisize/mpi/root_call.hpp"

namespace mpisize {
namespace {

/// Of this machine with this MPI, as `mpisize probe` keeps it.
std::string fingerprint_here(const Topology& topology) {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> version{};
  int length = 0;
  check(MPI_Get_library_version(version.data(), &length), "MPI_Get_library_version");
  return fingerprint(host_name(), topology, cpu_model(),
                     mpi_name(std::string_view(version.data(), static_cast<std::size_t>(length))),
                     current_environment());
}

}  // namespace

void RootCall::sample() {
  if (flow_ != nullptr && !reach_new_item()) return;
  task_->check_packing(0);
  first_items();
  if (workers_ > 0) alone_items();
  if (dispatcher_.failure()) return;
  if (workers_ > 0 && !serial_for_sure()) {
    probe_machine();
    items_together();
  } else {
    while (!dispatcher_.failure()) {
      if (const auto why = stop_rule_.stop(kernel_, picked_, elapsed())) {
        kernel_.stopped_because = *why;
        break;
      }
      if (all_picked_) break;
      if (!root_sample() && deliver() == 0) break;
    }
  }
}

/// Passes on what the journal holds; false if nothing is left to compute.
bool RootCall::reach_new_item() {
  while (!flow_->reach_new_item()) {
    if (deliver() == 0) break;
  }
  all_picked_ = flow_->exhausted();
  return !all_picked_;
}

/// One for every rank: page faults, lazy binding and thread pools show there.
void RootCall::first_items() {
  // One is left for the root, also where a journal or a small window leave few.
  const std::int64_t most = flow_ != nullptr
                                ? std::min(expected_items() - flow_->kept(), flow_->terms().window)
                                : order_.items() - measured_.resumed;
  for (int w = 1; w <= workers_ && picked_ < most - 1; ++w) {
    if (!send_sample(w)) break;
  }
  // One must be back. None may be left for the root of a source with fewer items than ranks, or
  // none yet while results of a journal fill the window.
  PoliteWait wait(comm_->oversubscribed());
  while (!root_sample() && kernel_.samples.empty() && !dispatcher_.failure()) {
    if (dispatcher_.poll([this](Returned& r) { sampled(r); }) || deliver() > 0) continue;
    if (dispatcher_.chunks_in_flight() == 0) return;
    wait.pause();
  }
}

/// The root alone, for the slow-down when others compute too; ends after 1 % of the run or 20 ms.
void RootCall::alone_items() {
  constexpr Seconds longest_wait{20e-3};
  constexpr int fewest_in_the_limit = 5;
  const auto on_returned = [this](Returned& r) { sampled(r); };
  PoliteWait wait(comm_->oversubscribed());
  const Seconds begin = now();
  while (!dispatcher_.failure() && may_sample()) {
    if (dispatcher_.poll(on_returned)) continue;
    const Seconds limit = solo_limit(parallel_run());
    if (alone_spent_ >= limit || mean_item() * fewest_in_the_limit > limit) return;
    if (dispatcher_.chunks_in_flight() > 0) {
      // First items of the others are not worth a long wait.
      if (now() - begin > std::min(longest_wait, limit * 4)) return;
      wait.pause();
      continue;
    }
    if (!root_sample() && deliver() == 0) return;
  }
}

/// All ranks, on demand, until the rule says stop.
void RootCall::items_together() {
  const auto on_returned = [this](Returned& r) { sampled(r); };
  constexpr Seconds short_item{5e-3};
  const int depth = mean_item() < short_item ? 2 : 1;
  PoliteWait wait(comm_->oversubscribed());
  std::optional<Seconds> all_given_out;
  // Sampling is work: it costs little to see how all ranks get on with each other.
  constexpr Seconds longest_look{50e-3};
  constexpr double share_of_run = 0.02;
  const Seconds seen_enough = now() + std::min(longest_look, parallel_run() * share_of_run);
  const auto refill = [&] {
    for (int d = 1; d <= depth; ++d) {
      for (int w = 1; w <= workers_; ++w) {
        if (may_sample() && dispatcher_.queued(w) < d && !send_sample(w)) return;
      }
    }
  };
  refill();
  learn_topology();
  while (!dispatcher_.failure()) {
    refill();
    const bool news = dispatcher_.poll(on_returned) || deliver() > 0;
    const bool enough = !may_sample();
    const std::int64_t back = picked_ - dispatcher_.items_in_flight();
    const bool settled = enough || now() > seen_enough || elapsed() > bounds_.budget;
    if (settled) {
      if (const auto why = stop_rule_.stop(kernel_, back, elapsed())) {
        kernel_.stopped_because = *why;
        return;
      }
    }
    if (enough) {
      // Wait for those under way, but not for one that takes far longer than the others.
      if (!all_given_out) all_given_out = now();
      if (dispatcher_.chunks_in_flight() == 0 ||
          now() - *all_given_out > mean_item() * (4.0 * depth)) {
        kernel_.stopped_because = "a tenth of the items, or 32, is the most that is sampled";
        return;
      }
      if (!news) wait.pause();
      continue;
    }
    // The root takes part while an item fits into the budget.
    const bool fits = elapsed() + mean_item() < bounds_.budget;
    if ((fits && root_sample()) || news) {
      wait.reset();
    } else {
      wait.pause();
    }
  }
}

bool RootCall::may_sample() const {
  if (signals_ && signals_->received()) return false;
  return !all_picked_ && picked_ + stretch_.items() <= bounds_.most_items &&
         static_cast<std::int64_t>(kernel_.samples.size()) < bounds_.most_stretches &&
         elapsed() < bounds_.budget;
}

/// False if there is no item for it now.
bool RootCall::send_sample(int worker) {
  Chunk chunk = pick();
  if (chunk.items == 0) return false;
  dispatcher_.send(worker, std::move(chunk));
  return true;
}

/// The next stretch to be sampled; without items if no place is left.
Chunk RootCall::pick() {
  Chunk chunk;
  chunk.measured = true;
  if (flow_ != nullptr) {
    const Run run = flow_->hand_out(stretch_.items());
    all_picked_ = flow_->exhausted();
    if (run.count == 0) return chunk;
    chunk.items = run.count;
    chunk.runs.push_back(run);
    chunk.position = run.first;
    picked_ += chunk.items;
    return chunk;
  }
  const std::int64_t first = picks_.next(stretch_.items());
  all_picked_ = first < 0;
  if (all_picked_) return chunk;
  chunk.items = stretch_.items();
  order_.indices({first, chunk.items}, chunk.runs);
  chunk.position = first;
  picked_ += chunk.items;
  return chunk;
}

/// False if there is no item for the root now.
bool RootCall::root_sample() {
  const Chunk chunk = pick();
  if (chunk.items == 0) return false;
  ItemSample s;
  s.index = chunk.runs.front().first;
  s.position = chunk.position;
  s.count = chunk.items;
  s.rank = comm_->rank();
  s.started = elapsed();
  s.alone = dispatcher_.chunks_in_flight() == 0;
  s.first = !has_computed_[static_cast<std::size_t>(s.rank)];
  const Workshop shop = workshop();
  task_->prepare_own(chunk.runs);
  const Stopwatch watch;
  for (const Run& run : chunk.runs) {
    if (!compute_here(shop, run)) return true;
  }
  const Lap lap = watch.stop();
  s.time = lap.wall - lap.waited.value_or(Seconds(0));
  s.cpu = lap.cpu;
  s.waited = lap.waited;
  for (const Run& run : chunk.runs) {
    for (std::int64_t i = run.first; i < run.first + run.count; ++i) {
      s.in += Bytes(task_->item_bytes(i));
      s.out += Bytes(task_->result_bytes(i));
    }
  }
  if (s.alone) alone_spent_ += lap.wall;
  if (!s.first) stretch_.took(lap.wall, bounds_.most_items / 64);
  record(s);
  settle(chunk);
  (void)deliver();
  return true;
}

void RootCall::sampled(Returned& r) {
  RankWork& use = measured_.ranks[static_cast<std::size_t>(r.rank)];
  use.items += r.chunk.items;
  ++use.chunks;
  use.busy += Seconds(r.facts.busy);
  ItemSample s;
  s.index = r.chunk.runs.front().first;
  s.position = r.chunk.position;
  s.count = r.chunk.items;
  s.rank = r.rank;
  s.time = Seconds(r.facts.busy);
  s.in = Bytes(r.bytes_in);
  s.out = Bytes(r.bytes_out);
  s.first = !has_computed_[static_cast<std::size_t>(r.rank)];
  const Facts& f = r.facts;
  s.root_packing = r.packing;
  s.worker_packing = Seconds(f.packing);
  if (f.turn >= 0) s.turn = Seconds(f.turn);
  s.started = Seconds(f.started);
  if (f.waited >= 0) {
    s.waited = Seconds(f.waited);
    s.time = std::max(Seconds(0), s.time - *s.waited);
  }
  if (f.cpu >= 0) s.cpu = Seconds(f.cpu);
  if (f.resident >= 0) {
    kernel_.rank_memory = std::max(kernel_.rank_memory.value_or(Bytes(0)), Bytes(f.resident));
  }
  if (f.threads > 0) kernel_.threads_per_rank = std::max(kernel_.threads_per_rank, f.threads);
  record(s);
  settle(r.chunk);
}

void RootCall::record(ItemSample s) {
  has_computed_[static_cast<std::size_t>(s.rank)] = true;
  sampled_seconds_ += s.time.value();
  sampled_items_ += s.count;
  kernel_.samples.push_back(s);
}

Seconds RootCall::mean_item() const {
  return sampled_items_ == 0 ? Seconds(0)
                             : Seconds(sampled_seconds_ / static_cast<double>(sampled_items_));
}

Seconds RootCall::serial_run() const { return mean_item() * static_cast<double>(order_.items()); }

Seconds RootCall::parallel_run() const { return serial_run() / (workers_ + 1); }

/// A run that is over sooner than probing and planning is not worth them. Short runs are decided
/// with the smallest costs that dispatching can have: if even they do not pay, nothing is probed.
bool RootCall::serial_for_sure() {
  constexpr Seconds time_to_decide{10e-3};
  constexpr Seconds short_run{0.1};
  if (dispatcher_.chunks_in_flight() > 0 || kernel_.samples.empty()) return false;
  if (serial_run() > short_run) return false;
  if (options_.ranks.value_or(1) > 1) return false;
  summarise(kernel_, comm_->ranks_here());
  const Machine unknown;
  machine_ = unknown;
  machine_.topology.grant.pus = static_cast<int>(comm_->pus_here().size());
  machine_.topology.grant.cpus = machine_.topology.grant.pus;
  DispatchCost& cost = machine_.dispatch;
  cost.root_per_chunk.value = cost.root_per_chunk.low;
  cost.worker_per_chunk.value = cost.worker_per_chunk.low;
  cost.round_trip.value = cost.round_trip.low;
  cost.root_per_byte.value = cost.root_per_byte.low;
  parallel_setup_ = time_to_decide;
  Request r = request();
  constexpr std::int64_t few_events = 2000;
  r.replay_events = few_events;
  if (choose(r).plan.verdict != Verdict::serial) {
    parallel_setup_ = Seconds(0);
    machine_ = unknown;
    return false;
  }
  kernel_.stopped_because = "even the cheapest dispatching cannot pay";
  return true;
}

/// Waits until no worker computes; false if one does for longer than `patience`.
bool RootCall::wait_for_idle(Seconds patience) {
  const auto on_returned = [this](Returned& r) { sampled(r); };
  PoliteWait wait(comm_->oversubscribed());
  const Seconds begin = now();
  while (dispatcher_.chunks_in_flight() > 0 && !dispatcher_.failure()) {
    if (now() - begin > patience) return false;
    if (!dispatcher_.poll(on_returned)) wait.pause();
  }
  return !dispatcher_.failure();
}

/// Cost of a chunk, once per communicator, within 10 ms or 1 % of the run; not for a run so short
/// that it would not pay. Workers inside long items cannot echo: the cost is then assumed, and
/// matters little.
void RootCall::probe_machine() {
  if (comm_->machine) {
    machine_ = *comm_->machine;
    return;
  }
  machine_.host = comm_->host();
  machine_.topology.nodes = comm_->nodes();
  machine_.topology.grant.pus = static_cast<int>(comm_->pus_here().size());
  machine_.topology.grant.cpus = machine_.topology.grant.pus;
  constexpr Seconds worth_it{30e-3};
  constexpr Seconds longest{10e-3};
  // Between nodes large items travel for long, and what that takes must not be guessed: a part of
  // the run as it would go on at the pace of the samples.
  constexpr Seconds soon{5e-3};
  constexpr double worth_waiting = 0.08;
  const double left =
      static_cast<double>(order_.items()) / static_cast<double>(std::max<std::int64_t>(1, done_));
  const Seconds patience =
      comm_->nodes() > 1 ? std::max(soon, elapsed() * left * worth_waiting) : soon;
  if (serial_run() < worth_it || !wait_for_idle(patience)) return;
  machine_.dispatch =
      probe_dispatch(dispatcher_, workers_, std::min(longest, parallel_run() * 0.01));
}

/// What the grant allows; read while the workers compute samples.
void RootCall::learn_topology() {
  constexpr Seconds worth_it{30e-3};
  if (comm_->machine || serial_run() < worth_it) return;
  machine_.topology = read_topology(comm_->pus_here());
  machine_.topology.nodes = comm_->nodes();
  const std::string here = fingerprint_here(machine_.topology);
  if (const auto known = cached_machine(here)) machine_.model_error = known->model_error;
  if (comm_->nodes() > 1) {
    if (const auto known = cached_hosts(here)) {
      machine_.hosts = known->hosts;
      machine_.links = known->links;
    }
  }
  if (machine_.dispatch.root_per_chunk.source == Source::measured) comm_->machine = machine_;
}

}  // namespace mpisize
