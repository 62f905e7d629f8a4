#include "mpisize/mpi/dispatch_probe.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "mpisize/base/statistics.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/model/scatter_pattern.hpp"
#include "mpisize/mpi/polite_wait.hpp"
#include "mpisize/mpi/worker.hpp"

namespace mpisize {
namespace {

/// How echoes are sent.
struct Burst {
  std::vector<int> workers;
  int count = 1;
  int under_way = 2;  ///< At each worker, at most.
  int queued = 2;     ///< Depth of the queue that a plan would have: from it messages are shared.
};

/// Sends echoes round robin and takes them back.
Seconds echo_time(Dispatcher& dispatcher, const Burst& burst,
                  const std::vector<std::byte>& payload) {
  int sent = 0;
  dispatcher.queues_hold(burst.queued);
  const Seconds begin = now();
  const auto again = [&](Returned& r) {
    if (sent < burst.count) {
      ++sent;
      dispatcher.echo(r.rank, payload);
    }
  };
  for (int d = 0; d < burst.under_way; ++d) {
    for (std::size_t i = 0; i < burst.workers.size() && sent < burst.count; ++i, ++sent) {
      dispatcher.echo(burst.workers[i], payload);
    }
  }
  PoliteWait wait(dispatcher.oversubscribed());
  while (dispatcher.chunks_in_flight() > 0) {
    if (dispatcher.poll(again)) {
      wait.reset();
    } else {
      wait.pause();
    }
  }
  return now() - begin;
}

/// Ends the naps of workers that have waited for long.
void wake(Dispatcher& dispatcher, const std::vector<int>& workers) {
  const std::vector<std::byte> little(1);
  (void)echo_time(dispatcher, {workers, static_cast<int>(workers.size()), 1, 1}, little);
}

/// One echo after the other, each with another worker, evenly over all of them. Mean.
Seconds round_trip_time(Dispatcher& dispatcher, const std::vector<int>& workers, int trips,
                        const std::vector<std::byte>& payload) {
  PoliteWait wait(dispatcher.oversubscribed());
  const auto nothing = [](Returned&) {};
  const auto all = static_cast<double>(workers.size());
  wake(dispatcher, workers);
  const Seconds begin = now();
  for (int i = 0; i < trips; ++i) {
    dispatcher.echo(workers[static_cast<std::size_t>((i + 0.5) * all / trips)], payload);
    while (dispatcher.chunks_in_flight() > 0) {
      if (dispatcher.poll(nothing)) {
        wait.reset();
      } else {
        wait.pause();
      }
    }
  }
  return (now() - begin) / trips;
}

/// Chunks of the long burst over those of the short one.
constexpr int more = 3;

/// Slope over the number of chunks, seconds; at most `affordable` of them the first time. Enough
/// are under way that the root never waits for one that travels.
double cost_of_chunk(Dispatcher& dispatcher, const std::vector<int>& workers, int queued,
                     Seconds round_trip, int affordable, const std::vector<std::byte>& payload) {
  constexpr Seconds quick_chunk{4e-6};
  constexpr int most_under_way = 32;
  constexpr int fewest = 32;
  const auto count = static_cast<int>(workers.size());
  const double needed = round_trip / (quick_chunk * count);
  Burst burst;
  burst.workers = workers;
  burst.queued = queued;
  const int fewest_under_way = std::max(4, queued);
  burst.under_way =
      std::clamp(static_cast<int>(std::ceil(2 * needed)), fewest_under_way, most_under_way);
  const int few =
      std::min(affordable, std::max(fewest, std::min(2 * count * burst.under_way, 8 * fewest)));
  burst.count = few;
  wake(dispatcher, workers);
  const Seconds t_few = echo_time(dispatcher, burst, payload);
  burst.count = more * few;
  const Seconds t_many = echo_time(dispatcher, burst, payload);
  return std::max(0.0, (t_many - t_few).value()) / ((more - 1) * few);
}

Estimate<Seconds> seconds_of(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return measured(Seconds(median(values)), Seconds(quantile(values, 0.05)),
                  Seconds(quantile(values, 0.95)));
}

/// A task that is never asked for anything: a worker that only echoes.
class NoTask final : public Task {
 public:
  void begin() override {}
  [[nodiscard]] std::int64_t items() const override { return 0; }
  [[nodiscard]] std::vector<std::int64_t> item_sizes() const override { return {}; }
  void compute_in_place(Run) override {}
  void pack_items(Run, ByteBuffer&) const override {}
  void unpack_results(Run, std::span<const std::byte>&) override {}
  [[nodiscard]] std::span<const std::byte> raw_items(Run) const override { return {}; }
  [[nodiscard]] std::span<std::byte> raw_results(Run) override { return {}; }
  void check_packing(std::int64_t) override {}
  void pack_results(Run, ByteBuffer&) const override {}
  [[nodiscard]] std::uint64_t input_hash(Run, std::uint64_t) const override { return 0; }
  [[nodiscard]] std::string result_name() const override { return {}; }
  [[nodiscard]] std::int64_t item_bytes(std::int64_t) const override { return 0; }
  [[nodiscard]] std::int64_t result_bytes(std::int64_t) const override { return 0; }
  void load(std::span<const Run>, std::span<const std::byte>) override {}
  void compute_loaded(std::int64_t, std::int64_t) override {}
  void blank_loaded(std::int64_t) override {}
  void pack_loaded(ByteBuffer&) const override {}
  [[nodiscard]] std::size_t packed_items(std::int64_t, std::span<const std::byte>) const override {
    return 0;
  }
};

/// Ranks of the workers, by where they are.
struct Workers {
  std::vector<int> all;
  std::vector<int> near;  ///< On the root's node.
  std::vector<int> far;
};

/// As many as keep the root busy, evenly from all: more could not stay awake between their turns.
std::vector<int> some_of(const std::vector<int>& all) {
  constexpr std::size_t enough = 16;
  const std::size_t count = std::min(all.size(), enough);
  std::vector<int> some;
  for (std::size_t i = 0; i < count; ++i) some.push_back(all[i * all.size() / count]);
  return some;
}

Workers workers_of(const Dispatcher& dispatcher, int count) {
  Workers workers;
  for (int w = 1; w <= count; ++w) {
    workers.all.push_back(w);
    (dispatcher.near(w) ? workers.near : workers.far).push_back(w);
  }
  return {some_of(workers.all), some_of(workers.near), some_of(workers.far)};
}

Estimate<SecondsPerByte> per_byte_of(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return measured(SecondsPerByte(median(values)), SecondsPerByte(quantile(values, 0.05)),
                  SecondsPerByte(quantile(values, 0.95)));
}

/// Cost of a byte between nodes, one way: the slope between two sizes that take the same protocol.
/// No longer than it takes to see it.
Estimate<SecondsPerByte> probe_port(Dispatcher& dispatcher, const std::vector<int>& far,
                                    Seconds deadline) {
  constexpr std::size_t large = std::size_t{1} << 17;
  const std::vector<std::byte> once(large);
  const std::vector<std::byte> thrice(3 * large);
  constexpr int most_repetitions = 5;
  std::vector<double> slopes;
  (void)round_trip_time(dispatcher, far, 1, once);  // Connection, buffers.
  for (int i = 0; i < most_repetitions && (i == 0 || now() < deadline); ++i) {
    const Seconds t_once = round_trip_time(dispatcher, far, 1, once);
    const Seconds t_thrice = round_trip_time(dispatcher, far, 1, thrice);
    slopes.push_back(std::max(0.0, (t_thrice - t_once).value()) / 2 / (2.0 * large));
  }
  return per_byte_of(slopes);
}

}  // namespace

DispatchCost probe_dispatch(Dispatcher& dispatcher, int workers, Seconds budget) {
  constexpr int depth = 2;  // Of chunks that travel alone.
  constexpr int deep = 2 * most_in_a_message;
  constexpr std::size_t small = 64;
  constexpr std::size_t large = std::size_t{1} << 17;
  const std::vector<std::byte> little(small);
  const std::vector<std::byte> much(large);
  const Workers ranks = workers_of(dispatcher, workers);
  const Seconds begin = now();
  // Connections, buffers; and how many chunks the budget is good for.
  const int warmed = 4 * static_cast<int>(ranks.all.size());
  wake(dispatcher, ranks.all);
  const Seconds warm_up = echo_time(dispatcher, {ranks.all, warmed, depth, depth}, little);
  const double bursts = (1 + more) * (ranks.far.empty() || ranks.near.empty() ? 2 : 3);
  constexpr int least = 64;
  constexpr double repetitions = 4;
  const double worth = budget / warm_up * warmed / bursts / repetitions;
  const int affordable = static_cast<int>(std::clamp(worth, double{least}, 1e6));
  if (!ranks.near.empty()) {
    (void)round_trip_time(dispatcher, ranks.near, static_cast<int>(ranks.near.size()), much);
  }

  std::vector<double> per_chunk;
  std::vector<double> shared_message;
  std::vector<double> round_trip;
  std::vector<double> per_byte;
  std::vector<double> near_per_chunk;
  std::vector<double> near_round_trip;
  constexpr int most_repetitions = 15;
  for (int i = 0; i < most_repetitions; ++i) {
    if (i > 0 && now() - begin > budget) break;
    constexpr int trips = 8;
    const Seconds trip = round_trip_time(dispatcher, ranks.all, trips, little);
    round_trip.push_back(trip.value());
    per_chunk.push_back(cost_of_chunk(dispatcher, ranks.all, depth, trip, affordable, little));
    const double sharing = cost_of_chunk(dispatcher, ranks.all, deep, trip, affordable, little);
    if (per_chunk.back() > 0) shared_message.push_back(std::min(1.0, sharing / per_chunk.back()));
    if (ranks.near.empty()) continue;
    if (!ranks.far.empty()) {
      const Seconds near_trip = round_trip_time(dispatcher, ranks.near, trips, little);
      near_round_trip.push_back(near_trip.value());
      near_per_chunk.push_back(
          cost_of_chunk(dispatcher, ranks.near, depth, near_trip, affordable, little));
    }
    const Seconds t_small = round_trip_time(dispatcher, ranks.near, 2, little) * 2;
    const Seconds t_large = round_trip_time(dispatcher, ranks.near, 2, much) * 2;
    // There and back: four copies of the payload's bytes pass through two ranks, half of them the
    // root's.
    per_byte.push_back(std::max(0.0, (t_large - t_small).value()) / 2 / (2.0 * large));
  }
  DispatchCost cost;
  cost.root_per_chunk = seconds_of(per_chunk);
  if (!shared_message.empty()) {
    std::sort(shared_message.begin(), shared_message.end());
    cost.shared_message = measured(median(shared_message), quantile(shared_message, 0.05),
                                   quantile(shared_message, 0.95));
  }
  // Root and worker take turns at most; a chunk costs neither more than the loop needs for one.
  cost.worker_per_chunk = cost.root_per_chunk;
  cost.round_trip = seconds_of(round_trip);
  if (!per_byte.empty()) cost.root_per_byte = per_byte_of(per_byte);
  if (!near_per_chunk.empty()) {
    cost.near = NearCost{seconds_of(near_per_chunk), seconds_of(near_round_trip)};
  }
  if (!ranks.far.empty()) {
    cost.port_per_byte = probe_port(dispatcher, ranks.far, begin + 2 * budget);
  }
  return cost;
}

DispatchCost measure_dispatch(MPI_Comm user, Seconds budget) {
  Communicator& comm = Communicator::of(user);
  NoTask task;
  if (!comm.is_root()) {
    (void)serve(comm, task);
    return {};
  }
  Dispatcher dispatcher(comm, task);
  DispatchCost cost;
  if (comm.size() > 1) cost = probe_dispatch(dispatcher, comm.size() - 1, budget);
  dispatcher.stop(StopReason::done, "");
  return cost;
}

}  // namespace mpisize
