#include "mpisize/mpi/comm_probe.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include "mpisize/base/statistics.hpp"
#include "mpisize/measure/hwloc_topology.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/model/link_fit.hpp"
#include "mpisize/mpi/check.hpp"
#include "mpisize/mpi/polite_wait.hpp"

namespace mpisize {
namespace {

constexpr int root = 0;
constexpr int order_tag = 1;
constexpr int ball_tag = 2;

constexpr std::int64_t largest_message = std::int64_t{4} << 20;
constexpr int most_rounds = 200;
constexpr int most_round_trips = 100;
/// Round trips in a row last this long, so that reading the clock (50 ns) does not show.
constexpr Seconds long_enough{100e-6};
/// With less time than this a probe takes every fourth power of two only, up to 1 MB, in shorter
/// rounds: the bandwidth must be seen, or the model would promise large messages for nothing.
constexpr Seconds little_time{0.05};
/// Other processes only ever add time: a low quantile of the rounds is what the link itself takes.
constexpr double quiet_rounds = 0.1;

/// A duplicate that is freed at the end, with errors as return codes.
class Duplicate {
 public:
  explicit Duplicate(MPI_Comm comm) {
    int inter = 0;
    check(MPI_Comm_test_inter(comm, &inter), "MPI_Comm_test_inter");
    if (inter != 0) throw std::invalid_argument("links are probed within an intracommunicator");
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Comm_idup(comm, &comm_, &request), "MPI_Comm_idup");
    wait_politely(request);
    check(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
    check(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
  }
  ~Duplicate() { MPI_Comm_free(&comm_); }
  Duplicate(const Duplicate&) = delete;
  Duplicate& operator=(const Duplicate&) = delete;

  [[nodiscard]] MPI_Comm get() const { return comm_; }
  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
};

/// What the root asks of its partner next; no round trips: no more.
struct Order {
  std::int64_t size = 0;
  std::int64_t round_trips = 0;
};
constexpr int order_words = 2;

void play(const Duplicate& comm, int partner, const Order& order, std::vector<std::byte>& ball) {
  const auto size = static_cast<int>(order.size);
  const bool serves = comm.rank() == root;
  for (std::int64_t i = 0; i < order.round_trips; ++i) {
    if (serves)
      check(MPI_Send(ball.data(), size, MPI_BYTE, partner, ball_tag, comm.get()), "MPI_Send");
    check(MPI_Recv(ball.data(), size, MPI_BYTE, partner, ball_tag, comm.get(), MPI_STATUS_IGNORE),
          "MPI_Recv");
    if (!serves)
      check(MPI_Send(ball.data(), size, MPI_BYTE, partner, ball_tag, comm.get()), "MPI_Send");
  }
}

/// The other end: plays what it is asked to until there is nothing more.
void answer(const Duplicate& comm) {
  std::vector<std::byte> ball(largest_message);
  for (;;) {
    std::array<std::int64_t, order_words> words{};
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Irecv(words.data(), order_words, MPI_INT64_T, root, order_tag, comm.get(), &request),
          "MPI_Irecv");
    wait_politely(request);
    const Order order{words[0], words[1]};
    if (order.round_trips == 0) return;
    play(comm, root, {order.size, 1}, ball);
    play(comm, root, order, ball);
  }
}

/// Rounds of one message size.
struct Measurements {
  std::vector<double> one_way;  ///< Mean of each round.
  Seconds quickest{};
};
using BySize = std::map<std::int64_t, Measurements>;

/// The root's end of one link.
class PingPong {
 public:
  PingPong(const Duplicate& comm, int partner, Seconds start, Seconds budget)
      : comm_(comm),
        partner_(partner),
        deadline_(start + budget),
        round_time_(std::min(long_enough, budget / 200)),
        ball_(largest_message) {}
  ~PingPong() {
    std::array<std::int64_t, order_words> no_more{};
    MPI_Send(no_more.data(), order_words, MPI_INT64_T, partner_, order_tag, comm_.get());
  }
  PingPong(const PingPong&) = delete;
  PingPong& operator=(const PingPong&) = delete;

  /// One round of a size, after a warm-up trip; false if the expected time is no longer there.
  bool measure(std::int64_t size, Seconds expected) {
    const double wanted = expected > Seconds(0) ? round_time_ / (2 * expected) : 1;
    const Order order{size, std::clamp<std::int64_t>(std::llround(wanted), 1, most_round_trips)};
    const auto trips = static_cast<double>(order.round_trips);
    if (now() + 2 * (trips + 1) * expected > deadline_) return false;
    const std::array<std::int64_t, order_words> words{order.size, order.round_trips};
    check(MPI_Send(words.data(), order_words, MPI_INT64_T, partner_, order_tag, comm_.get()),
          "MPI_Send");
    play(comm_, partner_, {size, 1}, ball_);
    const Seconds start = now();
    play(comm_, partner_, order, ball_);
    const Seconds one_way = (now() - start) / (2 * trips);
    Measurements& all = sizes_[size];
    all.quickest = all.one_way.empty() ? one_way : std::min(all.quickest, one_way);
    all.one_way.push_back(one_way.value());
    return true;
  }

  [[nodiscard]] const BySize& sizes() const { return sizes_; }

  /// Sizes, ascending, with the low quantile of their rounds.
  [[nodiscard]] std::vector<MessageTime> times() const {
    std::vector<MessageTime> result;
    for (const auto& [size, all] : sizes_) {
      result.push_back({Bytes(size), Seconds(quantile(all.one_way, quiet_rounds))});
    }
    return result;
  }

 private:
  const Duplicate& comm_;
  int partner_;
  Seconds deadline_;
  Seconds round_time_;
  std::vector<std::byte> ball_;
  BySize sizes_;
};

/// Powers of two upwards, twice each (the first contact sets up the connection and touches the
/// pages).
void first_round(PingPong& game, Seconds budget) {
  const bool hurried = budget < little_time;
  const std::int64_t step = hurried ? 4 : 2;
  const std::int64_t largest = hurried ? largest_message / 4 : largest_message;
  Seconds expected{};
  for (std::int64_t size = 1; size <= largest; size *= step) {
    for (int i = 0; i < 2; ++i) {
      if (!game.measure(size, expected)) return;
      expected = game.sizes().at(size).quickest;
    }
    expected = expected * static_cast<double>(step);
  }
}

/// Sizes half way to the next (1.5 x 2^n) around sizes that lie off the line through their
/// neighbours.
std::vector<std::int64_t> sizes_at_bends(const std::vector<MessageTime>& times) {
  constexpr double off_the_line = 0.05;
  std::vector<std::int64_t> more;
  for (std::size_t i = 1; i + 1 < times.size(); ++i) {
    const MessageTime& a = times[i - 1];
    const MessageTime& b = times[i + 1];
    const double share = static_cast<double>((times[i].size - a.size).value()) /
                         static_cast<double>((b.size - a.size).value());
    const Seconds expected = a.time + share * (b.time - a.time);
    if (std::abs(times[i].time / expected - 1) < off_the_line) continue;
    for (const MessageTime& from : {a, times[i]}) {
      const std::int64_t between = from.size.value() + from.size.value() / 2;
      if (from.size > Bytes(2) && !std::binary_search(more.begin(), more.end(), between)) {
        more.push_back(between);
      }
    }
  }
  return more;
}

/// Rounds over all sizes, up and down in turn, so that a slow spell does not fall on one size only.
void rounds(PingPong& game, Seconds start, Seconds budget, const ProbeProgress& progress) {
  constexpr int look_for_bends_after = 3;
  for (int round = 0; round < most_rounds; ++round) {
    std::vector<std::int64_t> order;
    for (const auto& [size, all] : game.sizes()) order.push_back(size);
    if (round % 2 == 1) std::reverse(order.begin(), order.end());
    for (const std::int64_t size : order) {
      if (!game.measure(size, game.sizes().at(size).quickest)) return;
    }
    if (round == look_for_bends_after) {
      for (const std::int64_t size : sizes_at_bends(game.times())) {
        const auto above = game.sizes().upper_bound(size);
        if (!game.measure(size, above->second.quickest)) return;
      }
    }
    if (progress) {
      progress(std::min(
          1.0, std::max((now() - start) / budget, static_cast<double>(round + 1) / most_rounds)));
    }
  }
}

/// Empty if the time was too short to see what messages cost.
std::optional<Link> measure_link(const Duplicate& comm, Level level, int partner, Seconds budget,
                                 const ProbeProgress& progress) {
  const Seconds start = now();
  PingPong game(comm, partner, start, budget);
  first_round(game, budget);
  rounds(game, start, budget, progress);
  const auto times = game.times();
  constexpr std::size_t fewest_sizes = 4;
  if (times.size() < fewest_sizes) return std::nullopt;
  const Link link = fit_link(level, times);
  // Without the bandwidth the model would promise large messages for nothing.
  if (!(link.pieces.back().cost.beta > SecondsPerByte(0))) return std::nullopt;
  return link;
}

/// The first rank at each level from the root. Known at the root.
std::map<Level, int> partners_of_root(const Duplicate& comm) {
  using Name = std::array<char, MPI_MAX_PROCESSOR_NAME>;
  Name name{};
  int length = 0;
  check(MPI_Get_processor_name(name.data(), &length), "MPI_Get_processor_name");
  const bool at_root = comm.rank() == root;
  const auto ranks = static_cast<std::size_t>(at_root ? comm.size() : 0);
  std::vector<Name> names(ranks);
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Igather(name.data(), MPI_MAX_PROCESSOR_NAME, MPI_CHAR, names.data(),
                    MPI_MAX_PROCESSOR_NAME, MPI_CHAR, root, comm.get(), &request),
        "MPI_Igather");
  wait_politely(request);

  const std::vector<int> pus = affinity_pus();
  const int count = static_cast<int>(pus.size());
  std::vector<int> counts(ranks);
  check(MPI_Igather(&count, 1, MPI_INT, counts.data(), 1, MPI_INT, root, comm.get(), &request),
        "MPI_Igather");
  wait_politely(request);
  std::vector<int> offsets(ranks);
  int total = 0;
  for (std::size_t r = 0; r < ranks; ++r) {
    offsets[r] = total;
    total += counts[r];
  }
  std::vector<int> all(static_cast<std::size_t>(total));
  check(MPI_Igatherv(pus.data(), count, MPI_INT, all.data(), counts.data(), offsets.data(), MPI_INT,
                     root, comm.get(), &request),
        "MPI_Igatherv");
  wait_politely(request);

  std::map<Level, int> partners;
  std::vector<int> here;
  std::vector<std::vector<int>> their_pus;
  for (std::size_t r = 1; r < ranks; ++r) {
    if (names[r] != names[0]) {
      partners.try_emplace(Level::between_nodes, static_cast<int>(r));
      continue;
    }
    here.push_back(static_cast<int>(r));
    const auto first = all.begin() + offsets[r];
    their_pus.emplace_back(first, first + counts[r]);
  }
  if (here.empty()) return partners;
  const auto levels = levels_between(pus, their_pus);
  for (std::size_t i = 0; i < here.size(); ++i) partners.try_emplace(levels[i], here[i]);
  return partners;
}

/// Links as numbers, to be broadcast.
std::vector<double> flattened(const std::vector<Link>& links) {
  std::vector<double> words;
  for (const Link& link : links) {
    words.insert(words.end(), {static_cast<double>(link.level), link.eager_limit ? 1.0 : 0.0,
                               static_cast<double>(link.eager_limit.value_or(Bytes(0)).value()),
                               link.relative_error, static_cast<double>(link.pieces.size())});
    for (const LinkPiece& piece : link.pieces) {
      words.insert(words.end(), {static_cast<double>(piece.from.value()), piece.cost.alpha.value(),
                                 piece.cost.beta.value()});
    }
  }
  return words;
}

std::vector<Link> unflattened(const std::vector<double>& words) {
  std::vector<Link> links;
  std::size_t at = 0;
  const auto next = [&] { return words.at(at++); };
  while (at < words.size()) {
    Link link;
    link.level = static_cast<Level>(static_cast<int>(next()));
    const bool has_limit = next() != 0;
    const Bytes limit(static_cast<std::int64_t>(next()));
    if (has_limit) link.eager_limit = limit;
    link.relative_error = next();
    link.pieces.resize(static_cast<std::size_t>(next()));
    for (LinkPiece& piece : link.pieces) {
      piece.from = Bytes(static_cast<std::int64_t>(next()));
      piece.cost.alpha = Seconds(next());
      piece.cost.beta = SecondsPerByte(next());
    }
    link.source = Source::measured;
    links.push_back(link);
  }
  return links;
}

std::vector<Link> shared(const Duplicate& comm, const std::vector<Link>& links) {
  std::vector<double> words = flattened(links);
  auto count = static_cast<int>(words.size());
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Ibcast(&count, 1, MPI_INT, root, comm.get(), &request), "MPI_Ibcast");
  wait_politely(request);
  words.resize(static_cast<std::size_t>(count));
  check(MPI_Ibcast(words.data(), count, MPI_DOUBLE, root, comm.get(), &request), "MPI_Ibcast");
  wait_politely(request);
  return unflattened(words);
}

}  // namespace

std::vector<Link> probe_links(MPI_Comm comm, Seconds budget, const ProbeProgress& progress) {
  const Duplicate mine(comm);
  if (mine.size() == 1) return {};
  const Seconds start = now();
  const auto partners = partners_of_root(mine);
  std::vector<int> plays(mine.rank() == root ? static_cast<std::size_t>(mine.size()) : 0, 0);
  for (const auto& [level, rank] : partners) plays[static_cast<std::size_t>(rank)] = 1;
  int i_play = 0;
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Iscatter(plays.data(), 1, MPI_INT, &i_play, 1, MPI_INT, root, mine.get(), &request),
        "MPI_Iscatter");
  wait_politely(request);
  if (i_play != 0) answer(mine);

  std::vector<Link> links;
  std::size_t left = partners.size();
  for (const auto& [level, rank] : partners) {
    const Seconds share = (start + budget - now()) / static_cast<double>(left--);
    const auto link = measure_link(mine, level, rank, std::max(Seconds(0), share), progress);
    if (link) links.push_back(*link);
  }
  return shared(mine, links);
}

}  // namespace mpisize
