#include "program_worlds.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <queue>
#include <utility>

#include "mpisize/model/collectives.hpp"

namespace mpisize::worlds {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

Link link(Level level, double alpha, double beta) {
  Link l;
  l.level = level;
  l.pieces = {{Bytes(0), {Seconds(alpha), SecondsPerByte(beta)}}};
  l.source = Source::measured;
  l.message.send = measured(Seconds(alpha / 20), Seconds(alpha / 30), Seconds(alpha / 10));
  l.message.receive = l.message.send;
  return l;
}

std::vector<Link> links_of(const World& w, double factor) {
  return {link(Level::same_node, 2e-6 * factor, 2e-10 * factor),
          link(Level::between_nodes, w.alpha * factor, w.beta * factor)};
}

int nodes_of(const World& w, int ranks) { return (ranks + w.cores - 1) / w.cores; }

MessagePlayer player_of(const World& w, int ranks) {
  std::vector<RankPlace> places;
  places.reserve(at(ranks));
  for (int r = 0; r < ranks; ++r) places.push_back({r / w.cores, 0});
  return {links_of(w, w.link_error), places};
}

/// Columns and rows of blocks.
std::pair<int, int> grid_of(int ranks) {
  int rows = static_cast<int>(std::sqrt(ranks));
  while (ranks % rows != 0) --rows;
  return {ranks / rows, rows};
}

std::vector<std::vector<int>> neighbours(const World& w, int ranks) {
  std::vector<std::vector<int>> near(at(ranks));
  const auto [columns, rows] = w.kind == Kind::plane ? grid_of(ranks) : std::pair(ranks, 1);
  for (int r = 0; r < ranks; ++r) {
    const int x = r % columns;
    const int y = r / columns;
    if (x > 0) near[at(r)].push_back(r - 1);
    if (x + 1 < columns) near[at(r)].push_back(r + 1);
    if (y > 0) near[at(r)].push_back(r - columns);
    if (y + 1 < rows) near[at(r)].push_back(r + columns);
  }
  return near;
}

std::int64_t edge_of(const World& w, int ranks) {
  const double factor = w.kind == Kind::plane && !w.weak ? 1 / std::sqrt(ranks) : 1;
  return std::llround(static_cast<double>(w.bytes) * factor);
}

std::int64_t pair_of(const World& w, int ranks) {
  const double pairs = static_cast<double>(ranks) * (w.weak ? 1 : ranks);
  return std::llround(static_cast<double>(w.bytes) / pairs);
}

/// Once all are there.
double exchange_time(const World& w, int ranks) {
  if (ranks == 1) return 0;
  const MessagePlayer player = player_of(w, ranks);
  if (w.kind == Kind::transpose) {
    return collective_time(player, Collective::alltoall, Bytes(pair_of(w, ranks))).value() +
           w.crowd * ranks;
  }
  if (w.kind == Kind::gradient) {
    return 2 * (collective_time(player, Collective::allreduce, Bytes(w.bytes)).value() +
                w.crowd * ranks);
  }
  const auto near = neighbours(w, ranks);
  MessageProgram program(at(ranks));
  for (int r = 0; r < ranks; ++r) {
    Step step;
    for (const int n : near[at(r)]) {
      step.receives.push_back({n, Bytes(edge_of(w, ranks))});
      step.sends.push_back({n, Bytes(edge_of(w, ranks))});
    }
    program[at(r)].push_back(step);
  }
  return player.play(program).value();
}

struct Clocks {
  std::vector<double> now;
  std::vector<double> computed;
};

Clocks play_steps(const World& w, int ranks, Random& random) {
  Clocks c{std::vector<double>(at(ranks)), std::vector<double>(at(ranks))};
  Random of_program(w.seed + 1000);  // The same imbalance in every run.
  std::vector<double> share(at(ranks));
  for (double& s : share) s = std::max(0.1, 1 + w.imbalance * of_program.normal());
  const double mean_share = mean(share);
  for (double& s : share) s /= mean_share;  // The work is what it is.
  const double slow = 1 + w.run_noise * random.normal();
  const double exchange = exchange_time(w, ranks);
  const auto near = neighbours(w, ranks);
  const bool local = w.kind == Kind::halo || w.kind == Kind::plane;
  for (int step = 0; step < w.steps; ++step) {
    for (int r = 0; r < ranks; ++r) {
      double t = (w.weak ? w.work : w.work / ranks) * share[at(r)] + w.replicated;
      if (r == 0) t += w.root_serial;
      t *= slow * std::max(0.1, 1 + w.step_noise * random.normal());
      c.computed[at(r)] += t;
      c.now[at(r)] += t;
    }
    const std::vector<double> before = c.now;
    const double last = *std::max_element(before.begin(), before.end());
    for (int r = 0; r < ranks; ++r) {
      double begin = local ? before[at(r)] : last;
      if (local) {
        for (const int n : near[at(r)]) begin = std::max(begin, before[at(n)]);
      }
      c.now[at(r)] = begin + exchange;
    }
  }
  return c;
}

/// Demand driven: a worker asks, the root answers one after the other.
Clocks play_master(const World& w, int ranks, Random& random) {
  Clocks c{std::vector<double>(at(ranks)), std::vector<double>(at(ranks))};
  const double slow = 1 + w.run_noise * random.normal();
  const double mean = w.work * w.steps / w.items * slow;
  if (ranks == 1) {
    c.now[0] = c.computed[0] = mean * w.items;
    return c;
  }
  const MessagePlayer player = player_of(w, ranks);
  using Asks = std::pair<double, int>;
  std::priority_queue<Asks, std::vector<Asks>, std::greater<>> asking;
  const double busy = 20e-6;
  for (int r = 1; r < ranks; ++r) asking.push({0, r});
  double root = 0;
  for (int i = 0; i < w.items; ++i) {
    const auto [when, r] = asking.top();
    asking.pop();
    root = std::max(root, when) + busy;
    c.computed[0] += busy / 2;
    const double way = message_time(player.link_between(0, r), Bytes(w.bytes)).value();
    const double item = mean * std::max(0.2, 1 + w.step_noise * 4 * random.normal());
    c.computed[at(r)] += item;
    c.now[at(r)] = root + way + item;
    asking.push({c.now[at(r)] + way, r});
  }
  const double end = *std::max_element(c.now.begin(), c.now.end());
  std::fill(c.now.begin(), c.now.end(), end);
  return c;
}

void add_calls(const World& w, int ranks, RankUse& use, const std::vector<std::vector<int>>& near) {
  const auto routine = [&](const char* name, int comm, std::int64_t calls, std::int64_t bytes) {
    use.routines.push_back({name, comm, calls, bytes, Seconds(0)});
  };
  switch (w.kind) {
    case Kind::transpose:
      routine("MPI_Alltoall", ranks, w.steps, w.steps * pair_of(w, ranks) * ranks);
      return;
    case Kind::gradient:
      routine("MPI_Allreduce", ranks, 2L * w.steps, 2L * w.steps * w.bytes);
      return;
    case Kind::master:
      if (ranks == 1) return;
      if (use.rank == 0) {
        routine("MPI_Send", ranks, w.items, w.items * w.bytes);
        routine("MPI_Recv", ranks, w.items, 0);
        for (int r = 1; r < ranks; ++r) {
          const std::int64_t messages = w.items / (ranks - 1);
          use.peers.push_back({r, messages, messages * w.bytes});
        }
      } else {
        const std::int64_t messages = w.items / (ranks - 1);
        routine("MPI_Send", ranks, messages, messages * w.bytes);
        use.peers.push_back({0, messages, messages * w.bytes});
      }
      return;
    default:
      break;
  }
  const auto sent = static_cast<std::int64_t>(near[at(use.rank)].size());
  routine("MPI_Isend", ranks, w.steps * sent, w.steps * sent * edge_of(w, ranks));
  routine("MPI_Waitall", 0, w.steps, 0);
  for (const int n : near[at(use.rank)]) {
    use.peers.push_back({n, w.steps, w.steps * edge_of(w, ranks)});
  }
}

double between(Random& random, double low, double high) {
  return low + (high - low) * random.uniform();
}

double spread_between(Random& random, double low, double high) {
  return std::exp(between(random, std::log(low), std::log(high)));
}

}  // namespace

std::string_view name_of(Kind kind) {
  constexpr std::string_view names[] = {"halo in a row", "halo in a plane", "transpose",
                                        "conjugate gradient", "master-worker"};
  return names[static_cast<std::size_t>(kind)];
}

World world_of(Kind kind, std::uint64_t seed) {
  Random random(seed * 977 + static_cast<std::uint64_t>(kind));
  for (int i = 0; i < 3; ++i) static_cast<void>(random.bits());
  World w;
  w.kind = kind;
  w.seed = seed;
  constexpr double widest = 32;
  // Computing of a step at 32 ranks.
  const double step =
      kind == Kind::transpose ? between(random, 0.1, 0.2) : between(random, 0.02, 0.06);
  w.work = step * widest;
  w.steps = 20;
  if (random.uniform() < 0.5) w.replicated = step * between(random, 0, 0.5);
  if (random.uniform() < 0.4) w.root_serial = step * between(random, 0, 0.5);
  if (random.uniform() < 0.6) w.imbalance = between(random, 0, 0.05);
  w.step_noise = between(random, 0, 0.05);
  w.run_noise = between(random, 0.01, 0.05);
  w.alpha = spread_between(random, 5e-5, 1e-3);
  w.beta = spread_between(random, 1e-10, 1e-8);
  w.link_error = std::exp(0.2 * random.normal());
  w.launch = between(random, 0.1, 0.5);
  w.launch_per_rank = between(random, 0.005, 0.03);
  switch (kind) {
    case Kind::halo:
    case Kind::plane:
      w.bytes = std::llround(spread_between(random, 1e3, 1e6));
      break;
    case Kind::transpose:
      w.bytes = std::llround(spread_between(random, 1e5, 3e7));
      w.crowd = between(random, 0, 5e-3 / widest);
      break;
    case Kind::gradient:
      w.bytes = std::llround(spread_between(random, 8, 1e5));
      w.crowd = between(random, 0, 1e-3 / widest);
      break;
    case Kind::master:
      w.replicated = w.root_serial = w.imbalance = 0;
      w.items = static_cast<int>(between(random, 200, 2000));
      w.bytes = std::llround(spread_between(random, 8, 1e4));
      break;
  }
  return w;
}

Machine machine_of(const World& w) {
  Machine machine;
  machine.topology.nodes = 64;
  machine.topology.node.cores = machine.topology.node.pus = w.cores;
  machine.topology.grant.cores = machine.topology.grant.pus = w.cores;
  machine.topology.grant.cpus = w.cores;
  machine.topology.grant.memory = Bytes(16'000'000'000);
  machine.links = links_of(w, 1);
  // Measured before, by an empty program that starts a little sooner.
  const auto about = [](double seconds) {
    return measured(Seconds(0.9 * seconds), Seconds(0.8 * seconds), Seconds(1.1 * seconds));
  };
  machine.launch.fixed = about(w.launch);
  machine.launch.per_node = measured(Seconds(0.001), Seconds(0), Seconds(0.003));
  machine.launch.per_rank = about(w.launch_per_rank);
  return machine;
}

ProgramRun run(const World& w, int ranks, std::uint64_t seed) {
  Random random(seed);
  const Clocks c =
      w.kind == Kind::master ? play_master(w, ranks, random) : play_steps(w, ranks, random);
  ProgramRun run;
  run.ranks = ranks;
  run.nodes = nodes_of(w, ranks);
  const double end = *std::max_element(c.now.begin(), c.now.end());
  const double launch = (w.launch + w.launch_per_rank * ranks) * (1 + 0.05 * random.normal());
  run.wall = Seconds(end + std::max(0.01, launch));
  const auto near = neighbours(w, ranks);
  for (int r = 0; r < ranks; ++r) {
    RankUse use;
    use.rank = r;
    use.host = "n" + std::to_string(r / w.cores);
    use.wall = Seconds(end);
    use.in_mpi = Seconds(std::max(0.0, end - c.computed[at(r)]));
    use.cpu = use.wall;
    use.peak_resident = Bytes(50'000'000 + 800'000'000 / ranks);
    add_calls(w, ranks, use, near);
    run.by_rank.push_back(std::move(use));
  }
  return run;
}

std::vector<ProgramRun> sample(const World& w, const std::vector<int>& counts, int repeats,
                               std::uint64_t seed) {
  std::vector<ProgramRun> runs;
  for (const int count : counts) {
    for (int i = 0; i < repeats; ++i) {
      runs.push_back(run(w, count, seed * 1000 + static_cast<std::uint64_t>(count * 10 + i)));
    }
  }
  return runs;
}

double truth(const World& w, int ranks) {
  constexpr int many = 6;
  double sum = 0;
  for (int i = 0; i < many; ++i) {
    sum += run(w, ranks, 500000 + static_cast<std::uint64_t>(i)).wall.value();
  }
  return sum / many;
}

std::vector<ProgramRun> unprofiled(std::vector<ProgramRun> runs) {
  for (ProgramRun& run : runs) run.by_rank.clear();
  return runs;
}

}  // namespace mpisize::worlds
