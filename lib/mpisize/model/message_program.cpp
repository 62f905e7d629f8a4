#include "mpisize/model/message_program.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>
#include <map>
#include <queue>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace mpisize {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

constexpr Level levels[] = {Level::same_node, Level::between_nodes, Level::between_racks};

const Link& nearest(const std::vector<Link>& links, Level level) {
  const auto distance = [level](const Link& link) {
    return std::abs(static_cast<int>(link.level) - static_cast<int>(level));
  };
  return *std::min_element(links.begin(), links.end(),
                           [&](const Link& a, const Link& b) { return distance(a) < distance(b); });
}

/// A port or uplink: when it is free again.
struct Lane {
  double free = 0;
};

/// One run of a program.
class Play {
 public:
  Play(const MessagePlayer& player, const MessageProgram& program, int times)
      : player_(&player), program_(&program), ranks_(program.size()) {
    for (const RankPlace& p : player.places()) {
      hosts_ = std::max(hosts_, at(p.host) + 1);
      racks_ = std::max(racks_, at(p.rack) + 1);
    }
    out_.resize(hosts_);
    in_.resize(hosts_);
    up_.resize(racks_);
    down_.resize(racks_);
    for (std::size_t r = 0; r < ranks_.size(); ++r) {
      ranks_[r].steps_left = program[r].size() * static_cast<std::size_t>(times);
    }
  }

  double run() {
    for (std::size_t r = 0; r < ranks_.size(); ++r) enter(static_cast<int>(r), 0);
    while (!events_.empty()) {
      const Event next = events_.top();
      events_.pop();
      if (next.departs) {
        departed(next);
      } else {
        arrived(next);
      }
    }
    double last = 0;
    for (const Rank& r : ranks_) {
      if (r.steps_left > 0 || r.open > 0)
        throw std::invalid_argument("a message program that cannot end");
      last = std::max(last, r.time);
    }
    return last;
  }

 private:
  struct Rank {
    std::size_t steps_left = 0;
    std::size_t step = 0;
    std::size_t open = 0;  ///< Receives and rendezvous sends of the step still to come.
    double time = 0;       ///< Until when the rank is busy.
  };
  /// A message that has been sent, or a receive that has been posted, and waits for the other.
  struct Waiting {
    double since = 0;
    Bytes size{};
    int place = 0;
  };
  struct Channel {
    std::deque<Waiting> receives;
    std::deque<Waiting> rendezvous;  ///< Sends that wait for their receive.
    std::deque<double> early;        ///< Eager messages there before their receive.
  };
  /// A message sets out for the port of its host, or has arrived.
  struct Event {
    double when = 0;
    int place = 0;  ///< Among the sends of its step: ports take first things first.
    std::uint64_t number = 0;
    int from = 0;
    int to = 0;
    Bytes size{};
    bool rendezvous = false;
    bool departs = false;
    bool operator<(const Event& other) const {  // A heap holds the largest on top.
      return std::tie(when, place, number) > std::tie(other.when, other.place, other.number);
    }
  };

  /// The rank begins its next step, or has ended.
  void enter(int rank, double when) {
    Rank& r = ranks_[at(rank)];
    r.time = std::max(r.time, when);
    while (r.steps_left > 0) {
      const std::vector<Step>& steps = (*program_)[at(rank)];
      const Step& step = steps[r.step];
      r.step = (r.step + 1) % steps.size();
      --r.steps_left;
      r.open = 0;
      for (const Message& m : step.receives) post(m.peer, rank, r);
      int place = 0;
      for (const Message& m : step.sends) send(rank, m.peer, m.size, place++, r);
      if (r.open > 0) return;
    }
  }

  void post(int from, int to, Rank& r) {
    Channel& c = channels_[{from, to}];
    if (!c.early.empty()) {  // It lies there already.
      r.time = std::max(r.time, c.early.front()) + receive_overhead(from, to);
      c.early.pop_front();
      return;
    }
    ++r.open;
    if (!c.rendezvous.empty()) {
      const Waiting sent = c.rendezvous.front();
      c.rendezvous.pop_front();
      depart(from, to, sent, std::max(sent.since, r.time), true);
      return;
    }
    c.receives.push_back(Waiting{r.time, Bytes(0), 0});
  }

  void send(int from, int to, Bytes size, int place, Rank& r) {
    const Link& link = player_->link_between(from, to);
    r.time += link.message.send.value.value();
    const Waiting sent{r.time, size, place};
    const bool eager = !link.eager_limit || size <= *link.eager_limit;
    if (eager) {
      depart(from, to, sent, r.time, false);
      return;
    }
    ++r.open;
    Channel& c = channels_[{from, to}];
    if (c.receives.empty()) {
      c.rendezvous.push_back(sent);
      return;
    }
    const double posted = c.receives.front().since;
    c.receives.pop_front();
    depart(from, to, sent, std::max(posted, r.time), true);
  }

  void depart(int from, int to, const Waiting& sent, double when, bool rendezvous) {
    events_.push({when, sent.place, number_++, from, to, sent.size, rendezvous, true});
  }

  /// The way of a message: what is shared takes one after the other, the rest is latency.
  void departed(const Event& m) {
    const int from = m.from;
    const int to = m.to;
    const Bytes size = m.size;
    const double when = m.when;
    const RankPlace& a = player_->places()[at(from)];
    const RankPlace& b = player_->places()[at(to)];
    const Link& link = player_->link_between(from, to);
    const double whole =
        std::max(0.0, message_time(link, size).value() - link.message.send.value.value());
    double arrival = when + whole;
    if (a.host != b.host) {
      const double slope = link.pieces.back().cost.beta.value();
      const double port =
          link.node_per_byte ? std::min(slope, link.node_per_byte->value.value()) : slope;
      const auto bytes = static_cast<double>(size.value());
      const double wire = std::min(whole, bytes * port);
      const double set_out = std::max(when, fabric_.free);
      fabric_.free = set_out + player_->shared_gap();
      double begin = std::max(set_out, out_[at(a.host)].free);
      if (a.rack != b.rack) {
        const double on_uplink = std::min(whole, bytes * slope);
        begin = std::max({begin, up_[at(a.rack)].free, down_[at(b.rack)].free});
        up_[at(a.rack)].free = down_[at(b.rack)].free = begin + on_uplink;
      }
      out_[at(a.host)].free = begin + wire;
      arrival = std::max(begin + whole - wire, in_[at(b.host)].free) + wire;
      in_[at(b.host)].free = arrival;
    }
    events_.push({arrival, 0, number_++, from, to, size, m.rendezvous, false});
  }

  void arrived(const Event& m) {
    Rank& receiver = ranks_[at(m.to)];
    Channel& c = channels_[{m.from, m.to}];
    if (m.rendezvous) {
      settle(m.from, m.when);
    } else if (c.receives.empty()) {
      c.early.push_back(m.when);
      return;
    } else {
      c.receives.pop_front();
    }
    // Several that arrive at once are taken in one after the other.
    receiver.time = std::max(m.when, receiver.time + receive_overhead(m.from, m.to));
    settle(m.to, m.when);
  }

  void settle(int rank, double when) {
    Rank& r = ranks_[at(rank)];
    if (--r.open == 0) enter(rank, std::max(when, r.time));
  }

  [[nodiscard]] double receive_overhead(int from, int to) const {
    return player_->link_between(from, to).message.receive.value.value();
  }

  const MessagePlayer* player_;
  const MessageProgram* program_;
  std::vector<Rank> ranks_;
  std::size_t hosts_ = 0;
  std::size_t racks_ = 0;
  std::vector<Lane> out_;
  std::vector<Lane> in_;
  std::vector<Lane> up_;
  std::vector<Lane> down_;
  Lane fabric_;  ///< What all hosts share.
  std::map<std::pair<int, int>, Channel> channels_;
  std::priority_queue<Event> events_;
  std::uint64_t number_ = 0;
};

}  // namespace

MessagePlayer::MessagePlayer(const std::vector<Link>& links, std::vector<RankPlace> places)
    : places_(std::move(places)) {
  if (links.empty()) throw std::invalid_argument("messages without a link");
  for (const Level level : levels) links_.push_back(nearest(links, level));
}

double MessagePlayer::shared_gap() const {
  const auto& gap = links_[1].shared_gap;
  return gap ? gap->value.value() : 0;
}

const Link& MessagePlayer::link_between(int a, int b) const {
  const RankPlace& from = places_[at(a)];
  const RankPlace& to = places_[at(b)];
  if (from.host == to.host) return links_[0];
  return from.rack == to.rack ? links_[1] : links_[2];
}

Seconds MessagePlayer::play(const MessageProgram& program, int times) const {
  if (program.size() != places_.size()) {
    throw std::invalid_argument("a message program for another number of ranks");
  }
  return Seconds(Play(*this, program, times).run());
}

}  // namespace mpisize
