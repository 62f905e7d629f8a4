#include "mpisize/mpi/ping_pong.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "mpisize/base/statistics.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/model/link_fit.hpp"
#include "mpisize/mpi/check.hpp"
#include "mpisize/mpi/polite_wait.hpp"

namespace mpisize {
namespace {

constexpr int order_tag = 1;
constexpr int ball_tag = 2;

constexpr std::int64_t largest_message = std::int64_t{16} << 20;
constexpr std::int64_t largest_swept = std::int64_t{4} << 20;
constexpr int most_rounds = 200;
constexpr int most_round_trips = 100;
/// Round trips in a row last this long, so that reading the clock (50 ns) does not show.
constexpr Seconds long_enough{100e-6};
/// With less time than this a probe takes every fourth power of two only, up to 1 MB, in shorter
/// rounds: the bandwidth must be seen, or the model would promise large messages for nothing.
constexpr Seconds little_time{0.05};
/// Other processes only ever add time: a low quantile of the rounds is what the link itself takes.
constexpr double quiet_rounds = 0.1;

constexpr int order_words = 4;
using OrderWords = std::array<std::int64_t, order_words>;

void send(const ProbeComm& comm, int to, const std::vector<std::byte>& ball, std::int64_t size) {
  check(MPI_Send(ball.data(), static_cast<int>(size), MPI_BYTE, to, ball_tag, comm.get()),
        "MPI_Send");
}

void receive(const ProbeComm& comm, int from, std::vector<std::byte>& ball, std::int64_t size) {
  check(MPI_Recv(ball.data(), static_cast<int>(size), MPI_BYTE, from, ball_tag, comm.get(),
                 MPI_STATUS_IGNORE),
        "MPI_Recv");
}

void grow(std::vector<std::byte>& ball, std::int64_t size) {
  const auto wanted = static_cast<std::size_t>(std::min(size, largest_message));
  if (ball.size() < wanted) ball.resize(wanted);
}

void busy_until(Seconds moment) {
  while (now() < moment) {
  }
}

/// Receives `count` messages and sends an empty one back.
void take_stream(const ProbeComm& comm, int from, const Order& order,
                 std::vector<std::byte>& ball) {
  for (std::int64_t i = 0; i < order.count; ++i) receive(comm, from, ball, order.size);
  send(comm, from, ball, 0);
}

/// Receives `count` messages that have arrived while we looked away.
void take_drain(const ProbeComm& comm, int from, const Order& order, std::vector<std::byte>& ball) {
  busy_until(now() + Seconds(static_cast<double>(order.pause) * 1e-9));
  // The first receive finds them all.
  receive(comm, from, ball, order.size);
  const Seconds begin = now();
  for (std::int64_t i = 1; i < order.count; ++i) receive(comm, from, ball, order.size);
  double each =
      (now() - begin).value() / static_cast<double>(std::max<std::int64_t>(1, order.count - 1));
  check(MPI_Send(&each, 1, MPI_DOUBLE, from, ball_tag, comm.get()), "MPI_Send");
}

}  // namespace

void answer(const ProbeComm& comm, int server) {
  std::vector<std::byte> ball(1);
  for (;;) {
    OrderWords words{};
    MPI_Request request = MPI_REQUEST_NULL;
    check(
        MPI_Irecv(words.data(), order_words, MPI_INT64_T, server, order_tag, comm.get(), &request),
        "MPI_Irecv");
    wait_politely(request);
    const Order order{static_cast<Order::Kind>(words[0]), words[1], words[2], words[3]};
    grow(ball, order.size);
    switch (order.kind) {
      case Order::Kind::end:
        return;
      case Order::Kind::trips:
        for (std::int64_t i = 0; i < order.count; ++i) {
          receive(comm, server, ball, order.size);
          send(comm, server, ball, order.size);
        }
        break;
      case Order::Kind::stream:
        take_stream(comm, server, order, ball);
        break;
      case Order::Kind::drain:
        take_drain(comm, server, order, ball);
        break;
    }
  }
}

PingPong::PingPong(const ProbeComm& comm, int partner, Seconds budget)
    : comm_(&comm),
      partner_(partner),
      deadline_(now() + budget),
      round_time_(std::min(long_enough, budget / 200)),
      ball_(1) {}

PingPong::~PingPong() {
  OrderWords no_more{};
  MPI_Send(no_more.data(), order_words, MPI_INT64_T, partner_, order_tag, comm_->get());
}

void PingPong::ask(const Order& order) {
  grow(ball_, order.size);
  const OrderWords words{static_cast<std::int64_t>(order.kind), order.size, order.count,
                         order.pause};
  check(MPI_Send(words.data(), order_words, MPI_INT64_T, partner_, order_tag, comm_->get()),
        "MPI_Send");
}

Seconds PingPong::trips(std::int64_t size, std::int64_t count) {
  const Seconds begin = now();
  for (std::int64_t i = 0; i < count; ++i) {
    send(*comm_, partner_, ball_, size);
    receive(*comm_, partner_, ball_, size);
  }
  return (now() - begin) / (2.0 * static_cast<double>(count));
}

Seconds PingPong::quickest(std::int64_t size, std::int64_t count, int rounds) {
  ask({Order::Kind::trips, size, 1 + count * rounds, 0});
  static_cast<void>(trips(size, 1));
  Seconds best = trips(size, count);
  for (int i = 1; i < rounds; ++i) best = std::min(best, trips(size, count));
  return best;
}

bool PingPong::time_left(Seconds expected) const { return now() + expected <= deadline_; }

bool PingPong::measure(std::int64_t size, Seconds expected) {
  const double wanted = expected > Seconds(0) ? round_time_ / (2 * expected) : 1;
  const std::int64_t count = std::clamp<std::int64_t>(std::llround(wanted), 1, most_round_trips);
  if (!time_left(2 * (static_cast<double>(count) + 1) * expected)) return false;
  ask({Order::Kind::trips, size, 1 + count, 0});
  static_cast<void>(trips(size, 1));
  const Seconds one_way = trips(size, count);
  Measurements& all = sizes_[size];
  all.quickest = all.one_way.empty() ? one_way : std::min(all.quickest, one_way);
  all.one_way.push_back(one_way.value());
  return true;
}

Seconds PingPong::stream(std::int64_t size, std::int64_t count, Seconds pause) {
  ask({Order::Kind::stream, size, count, 0});
  const Seconds begin = now();
  for (std::int64_t i = 0; i < count; ++i) {
    if (i > 0 && pause > Seconds(0)) busy_until(now() + pause);
    send(*comm_, partner_, ball_, size);
  }
  receive(*comm_, partner_, ball_, 0);
  return now() - begin;
}

Seconds PingPong::drain(std::int64_t size, std::int64_t count, Seconds pause) {
  ask({Order::Kind::drain, size, count, std::llround(pause.value() * 1e9)});
  for (std::int64_t i = 0; i < count; ++i) send(*comm_, partner_, ball_, size);
  double each = 0;
  check(MPI_Recv(&each, 1, MPI_DOUBLE, partner_, ball_tag, comm_->get(), MPI_STATUS_IGNORE),
        "MPI_Recv");
  return Seconds(each);
}

std::vector<MessageTime> PingPong::times() const {
  std::vector<MessageTime> result;
  for (const auto& [size, all] : sizes_) {
    result.push_back({Bytes(size), Seconds(quantile(all.one_way, quiet_rounds))});
  }
  return result;
}

namespace {

/// Powers of two upwards, twice each (the first contact sets up the connection and touches the
/// pages).
void first_round(PingPong& game, Seconds budget) {
  const bool hurried = budget < little_time;
  const std::int64_t step = hurried ? 4 : 2;
  const std::int64_t largest = hurried ? largest_swept / 4 : largest_swept;
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

Estimate<Seconds> estimated(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return measured(Seconds(quantile(values, 0.25)), Seconds(values.front()),
                  Seconds(quantile(values, 0.95)));
}

/// LogGP by parametrised round trips, PRTT(n, d, s) (Hoefler, Lichei and Rehm 2007): n messages of
/// s bytes with a pause d between them and one back.
///   g = (PRTT(n, 0, s) - PRTT(1, 0, s)) / (n - 1)
///   o = (PRTT(n, d, s) - PRTT(1, 0, s)) / (n - 1) - d   for d > PRTT(1, 0, s)
/// The overhead of the receiver is the time of a receive of what has arrived already.
std::optional<MessageCost> measure_overheads(PingPong& game, Seconds one_way) {
  constexpr std::int64_t size = 1;
  constexpr std::int64_t messages = 16;
  constexpr int most = 20;
  constexpr int fewest = 3;
  std::vector<double> gaps;
  std::vector<double> sends;
  std::vector<double> receives;
  const auto others = static_cast<double>(messages - 1);
  for (int i = 0; i < most; ++i) {
    const Seconds once = 2 * one_way;
    if (!game.time_left(4 * others * once)) break;
    const Seconds one = game.stream(size, 1);
    const Seconds pause = 1.5 * one;
    gaps.push_back((game.stream(size, messages) - one).value() / others);
    sends.push_back((game.stream(size, messages, pause) - one).value() / others - pause.value());
    receives.push_back(game.drain(size, messages, 4 * one).value());
  }
  if (gaps.size() < fewest) return std::nullopt;
  const auto positive = [](std::vector<double>& values) {
    for (double& v : values) v = std::max(v, 0.0);
    return estimated(values);
  };
  return MessageCost{positive(sends), positive(receives), positive(gaps)};
}

/// Latency of the smallest message and cost per byte of the largest piece, with the spread of the
/// rounds that they rest on: from the low quantile down to the least, up to the median.
void put_intervals(Link& link, const PingPong& game) {
  const auto& [smallest, quick] = *game.sizes().begin();
  const std::vector<double>& small = quick.one_way;
  link.latency = measured(Seconds(quantile(small, quiet_rounds)), Seconds(quantile(small, 0)),
                          Seconds(quantile(small, 0.5)));
  const double beta = link.pieces.back().cost.beta.value();
  const std::vector<double>& large = game.sizes().rbegin()->second.one_way;
  const double base = quantile(large, quiet_rounds);
  link.per_byte = measured(SecondsPerByte(beta), SecondsPerByte(beta * quantile(large, 0) / base),
                           SecondsPerByte(beta * quantile(large, 0.5) / base));
}

}  // namespace

std::optional<Link> measure_link(const ProbeComm& comm, Level level, int partner, Seconds budget,
                                 const ProbeProgress& progress) {
  const Seconds start = now();
  PingPong game(comm, partner, budget);
  first_round(game, budget);
  std::optional<MessageCost> cost;
  if (budget >= little_time && !game.sizes().empty()) {
    cost = measure_overheads(game, game.sizes().begin()->second.quickest);
  }
  rounds(game, start, budget, progress);
  const auto times = game.times();
  constexpr std::size_t fewest_sizes = 4;
  if (times.size() < fewest_sizes) return std::nullopt;
  Link link = fit_link(level, times);
  // Without the bandwidth the model would promise large messages for nothing.
  if (!(link.pieces.back().cost.beta > SecondsPerByte(0))) return std::nullopt;
  put_intervals(link, game);
  if (cost) link.message = *cost;
  return link;
}

namespace {

void append(std::vector<double>& words, double value, double low, double high, Source source) {
  words.insert(words.end(), {value, low, high, static_cast<double>(source)});
}
template <class T>
void append(std::vector<double>& words, const Estimate<T>& e) {
  append(words, e.value.value(), e.low.value(), e.high.value(), e.source);
}

}  // namespace

std::vector<double> flattened(const std::vector<Link>& links) {
  std::vector<double> words;
  for (const Link& link : links) {
    words.insert(words.end(), {static_cast<double>(link.level), link.eager_limit ? 1.0 : 0.0,
                               static_cast<double>(link.eager_limit.value_or(Bytes(0)).value()),
                               link.relative_error, link.one_piece_error,
                               static_cast<double>(link.pieces.size())});
    for (const LinkPiece& piece : link.pieces) {
      words.insert(words.end(), {static_cast<double>(piece.from.value()), piece.cost.alpha.value(),
                                 piece.cost.beta.value()});
    }
    append(words, link.latency);
    append(words, link.per_byte);
    append(words, link.message.send);
    append(words, link.message.receive);
    append(words, link.message.gap);
  }
  return words;
}

std::vector<Link> unflattened(const std::vector<double>& words) {
  std::vector<Link> links;
  std::size_t at = 0;
  const auto next = [&] { return words.at(at++); };
  const auto fill = [&next](auto& estimate) {
    using T = std::remove_reference_t<decltype(estimate.value)>;
    estimate.value = T(next());
    estimate.low = T(next());
    estimate.high = T(next());
    estimate.source = static_cast<Source>(static_cast<int>(next()));
  };
  while (at < words.size()) {
    Link link;
    link.level = static_cast<Level>(static_cast<int>(next()));
    const bool has_limit = next() != 0;
    const Bytes limit(static_cast<std::int64_t>(next()));
    if (has_limit) link.eager_limit = limit;
    link.relative_error = next();
    link.one_piece_error = next();
    link.pieces.resize(static_cast<std::size_t>(next()));
    for (LinkPiece& piece : link.pieces) {
      piece.from = Bytes(static_cast<std::int64_t>(next()));
      piece.cost.alpha = Seconds(next());
      piece.cost.beta = SecondsPerByte(next());
    }
    fill(link.latency);
    fill(link.per_byte);
    fill(link.message.send);
    fill(link.message.receive);
    fill(link.message.gap);
    link.source = Source::measured;
    links.push_back(link);
  }
  return links;
}

}  // namespace mpisize
