#include "mpisize/model/replay_run.hpp"

#include <algorithm>
#include <cmath>

namespace mpisize {

ReplayRun::ReplayRun(const Situation& s, int ranks, const ScatterPattern& pattern,
                     int representatives, int crew_ranks, std::uint64_t seed)
    : s_(&s),
      pattern_(&pattern),
      scale_(static_cast<double>(ranks - 1) / representatives),
      computing_(representatives + (pattern.root_computes ? 1 : 0)),
      paces_(paces_of(s, ranks, pattern.root_computes)),
      slow_(paces_.mean),
      items_(static_cast<std::int64_t>(std::ceil(static_cast<double>(s.work.items) / scale_))),
      sequence_(pattern.schedule, items_, computing_, pattern.chunk),
      window_(pattern, scale_),
      seed_(seed),
      queued_(static_cast<std::size_t>(representatives)),
      weight_at_(queued_.size()),
      open_weight_(weight(0, s.work.items) / scale_),
      free_at_(queued_.size()),
      pace_(queued_.size() + 1),
      ranks_computing_(computing_),
      way_(queued_.size(), Distance::root_node) {
  if (s.crew) man_crews(ranks - 1, crew_ranks);
  put_workers_on_nodes(ranks);
  // Frequency, steal and neighbours make a rank slower or faster than the others; here, for the
  // whole run.
  constexpr std::uint64_t other_stream = 0x5851f42d4c957f2dU;
  constexpr double fastest = 0.5;
  Random random(seed ^ other_stream);
  for (double& pace : pace_) pace *= std::max(fastest, 1 + s.work.noise * random.normal());
  double throughput = pattern.root_computes ? 1 / pace_.back() : 0;
  for (std::size_t w = 0; w < queued_.size(); ++w) throughput += 1 / pace_[w];
  for (double& pace : pace_) pace *= throughput / computing_;  // Together they are neither.
}

/// As even as whole ranks can be, where every rank is played.
void ReplayRun::man_crews(int groups, int crew_ranks) {
  const double mean_ranks = static_cast<double>(s_->crew->all) / groups;
  if (crew_ranks < ranks_of(*s_->crew)) share_of_crew_ = mean_ranks / crew_ranks;
  const auto ranks_before = [&](std::size_t w) {
    const double mean_played = mean_ranks / share_of_crew_;
    return static_cast<int>(std::floor(static_cast<double>(w) * mean_played + 1e-9));
  };
  for (std::size_t w = 0; w < queued_.size(); ++w) {
    crews_.emplace_back(*s_->crew, ranks_before(w + 1) - ranks_before(w), share_of_crew_);
  }
  ranks_computing_ = ranks_before(queued_.size()) * share_of_crew_;
}

/// Pace, before noise and over the mean, and way of every worker; of many alike some stand for
/// all, of few slow ones at least one.
void ReplayRun::put_workers_on_nodes(int ranks) {
  const Situation& s = *s_;
  std::fill(pace_.begin(), pace_.end(), 1.0);
  const Spread* const spread = spread_of(s, ranks);
  if (spread == nullptr) {
    const auto far = static_cast<std::ptrdiff_t>(std::llround(far_workers(s, ranks) / scale_));
    std::fill(way_.end() - far, way_.end(), Distance::root_rack);
    return;
  }
  pace_.back() = paces_.root / slow_;
  constexpr double clearly = 1.05;
  double workers = 0;  // Of those before.
  std::size_t w = 0;
  for (const NodeKind& kind : *spread) {
    const bool at_root = kind.from_root == Distance::root_node;
    const double here = static_cast<double>(kind.nodes) * kind.ranks - (at_root ? 1 : 0);
    workers += here;
    const double pace = pace_of(s, kind, pattern_->root_computes) / slow_;
    auto end = std::min(queued_.size(), static_cast<std::size_t>(std::llround(workers / scale_)));
    if (end == w && here > 0 && pace > clearly && w < queued_.size()) ++end;
    for (; w < end; ++w) {
      pace_[w] = pace;
      way_[w] = kind.from_root;
    }
  }
}

Replayed ReplayRun::play() {
  fill();
  while (in_flight_ > 0 || own_left_ > 0 || (pattern_->root_computes && sequence_.left() > 0)) {
    if (take_arrivals()) continue;
    if (pattern_->root_computes && own_work()) continue;
    if (arrivals_.empty()) break;
    caught_up_ = true;
    root_ = std::max(root_, next_arrival().time);
  }
  result_.total = root_ + skipped_time_;
  result_.computing = (work_handed_ + skipped_work_) / ranks_computing_;
  return result_;
}

void ReplayRun::fill() {
  for (int depth = 0; depth < pattern_->queued; ++depth) {
    for (std::size_t w = 0; w < queued_.size(); ++w) {
      if (queued_[w] == depth && may_send(w)) send(w);
    }
    if (sequence_.left() == 0) return;
    // The root's own share comes before second helpings.
    if (depth == 0 && pattern_->root_computes) take_own();
  }
}

bool ReplayRun::may_send(std::size_t w) {
  if (sequence_.left() == 0 || queued_[w] >= pattern_->queued) return false;
  if (!window_.has_room(pattern_->chunk)) return false;
  return queued_[w] == 0 || (weight_at_[w] + last_weight_) * computing_ <=
                                open_weight_ * most_of_even_share(pattern_->schedule);
}

void ReplayRun::send(std::size_t w) {
  const std::int64_t c = sequence_.next();
  const double half_carry =
      0.5 * static_cast<double>(c) * (s_->costs.root_per_item + s_->costs.flow_per_item);
  const std::int64_t number = window_.hand_out(c);
  handle(0.5 * share(c) * s_->costs.root_per_chunk + half_carry);
  double leaves = root_;
  const bool far = way_[w] != Distance::root_node;
  if (far) leaves = pass(port_out_, root_, c, s_->costs.port_out_per_item);
  const bool to_other_rack = way_[w] == Distance::other_rack;
  if (to_other_rack) leaves = pass(uplink_out_, leaves, c, s_->costs.uplink_out_per_item);
  const double one_way = s_->costs.one_way + (to_other_rack ? s_->costs.rack_one_way : 0);
  const double arrive = leaves + one_way;
  const std::int64_t first = place(c);
  last_weight_ = weight(first, c);
  weight_at_[w] += last_weight_;
  const double besides =
      share(c) * s_->costs.worker_per_chunk + static_cast<double>(c) * s_->costs.worker_per_item;
  if (s_->crew) {
    free_at_[w] = besides + crew_done(w, arrive, first, c);
  } else {
    const double work = draw(first, c) * pace_[w];
    work_handed_ += work;
    free_at_[w] = std::max(free_at_[w], arrive) + besides + work;
  }
  const bool shares_way = far && (s_->costs.port_in_per_item > 0 ||
                                  (to_other_rack && s_->costs.uplink_in_per_item > 0));
  arrivals_.push({free_at_[w] + one_way, static_cast<int>(w), c, last_weight_, number, shares_way});
  ++queued_[w];
  ++in_flight_;
}

/// When the last piece of a chunk is done.
double ReplayRun::crew_done(std::size_t w, double arrive, std::int64_t first, std::int64_t count) {
  return crews_[w].take(arrive, first, static_cast<double>(count) / share_of_crew_,
                        [this, w](std::int64_t from, std::int64_t n) {
                          const double work = draw(from, n) * pace_[w];
                          work_handed_ += work * share_of_crew_;
                          ++result_.events;
                          return work;
                        });
}

/// The next results to reach the root; there are some.
const ReplayArrival& ReplayRun::next_arrival() {
  while (arrivals_.top().at_port) {
    ReplayArrival a = arrivals_.top();
    arrivals_.pop();
    if (way_[static_cast<std::size_t>(a.worker)] == Distance::other_rack) {
      a.time = pass(uplink_in_, a.time, a.items, s_->costs.uplink_in_per_item);
    }
    a.time = pass(port_in_, a.time, a.items, s_->costs.port_in_per_item);
    a.at_port = false;
    arrivals_.push(a);
  }
  return arrivals_.top();
}

bool ReplayRun::take_arrivals() {
  if (arrivals_.empty() || next_arrival().time > root_) return false;
  const ReplayArrival a = arrivals_.top();
  arrivals_.pop();
  const auto w = static_cast<std::size_t>(a.worker);
  --queued_[w];
  weight_at_[w] -= a.weight;
  open_weight_ -= a.weight;
  --in_flight_;
  handle(0.5 * share(a.items) * s_->costs.root_per_chunk +
         0.5 * static_cast<double>(a.items) * (s_->costs.root_per_item + s_->costs.flow_per_item));
  count_done(a.items);
  const bool more_room = window_.done(a.number);
  while (may_send(w)) send(w);
  if (more_room && window_.refused()) fill();
  return true;
}

void ReplayRun::take_own() {
  if (own_left_ > 0 || sequence_.left() == 0 || !window_.has_room(pattern_->chunk)) return;
  open_weight_ -= own_weight_;  // Of the one that is done.
  own_left_ = sequence_.next();
  own_number_ = window_.hand_out(own_left_);
  own_place_ = place(own_left_);
  own_weight_ = weight(own_place_, own_left_);
}

/// Items that the root computes between two looks at the messages, as ComputeSlice of the
/// executors aims at.
double ReplayRun::slice() const {
  constexpr double slice_seconds = 20e-6;
  return std::max(1.0, std::floor(slice_seconds / std::max(s_->work.mean * slow_, 1e-12)));
}

/// The root computes, a slice at a time, until a message is there; false if it has nothing to
/// compute.
bool ReplayRun::own_work() {
  take_own();
  if (own_left_ == 0) return false;
  caught_up_ = true;
  constexpr double far = 64;
  const double mean = std::max(s_->work.mean * slow_, 1e-12);
  const double news = arrivals_.empty() ? HUGE_VAL : next_arrival().time;
  const auto at_most = static_cast<double>(own_left_);
  const double slice = std::min(this->slice(), at_most);
  const double expected = std::min((news - root_) / mean, 2 * at_most);
  // Far from the next message half the way is gone at once.
  const auto step = static_cast<std::int64_t>(expected > far * slice ? expected / 2 : slice);
  constexpr std::int64_t slices_an_event = 4;  // A slice of the root costs less than a message.
  std::int64_t slices = 0;
  do {
    const std::int64_t n = std::min(step, own_left_);
    const double work = draw(own_place_, n) * pace_.back();
    root_ += work + static_cast<double>(n) * s_->costs.flow_per_item * scale_;
    work_handed_ += work;
    if (step == 1) {
      excess_ += std::max(0.0, work - queue_seconds());
      ++own_items_;
    }
    own_place_ += n;
    own_left_ -= n;
    count_done(n);
    ++slices;
  } while (own_left_ > 0 && root_ < news && static_cast<double>(step) <= slice);
  result_.events += (slices + slices_an_event - 1) / slices_an_event;
  if (own_left_ == 0 && window_.done(own_number_) && window_.refused()) fill();
  return true;
}

}  // namespace mpisize
