#include "mpisize/model/replay.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <queue>
#include <tuple>
#include <utility>
#include <vector>

#include "mpisize/model/crew_state.hpp"
#include "mpisize/model/levels.hpp"
#include "mpisize/model/replay_window.hpp"

namespace mpisize {
namespace {

/// Results on their way to the root.
struct Arrival {
  double time = 0;
  int worker = 0;
  std::int64_t items = 0;
  double weight = 0;
  std::int64_t number = 0;  ///< Of the chunk, in the order of handing out.
  bool at_port = false;     ///< Comes from another node and has still to pass the root's port.
};
struct Later {
  bool operator()(const Arrival& a, const Arrival& b) const {
    return a.time != b.time ? a.time > b.time : a.worker > b.worker;
  }
};

/// What of a long run of fixed chunks is played. A round is one chunk per rank that computes.
struct Cut {
  int segments =
      1;  ///< Each is played for a while and then jumped over; more where item times have a trend.
  std::int64_t warm_up = 3;  ///< Rounds back before the steady state is looked at.
  std::int64_t window = 12;  ///< Rounds back while it is looked at, then comes the jump.
  std::int64_t tail = 4;     ///< Rounds still to be handed out after the last jump.
};

/// State of the replay, averaged over a round: workers in step return in bursts.
struct Mark {
  double time = 0;
  double done = 0;      ///< Items back.
  double executed = 0;  ///< Seconds of work that all ranks have behind them.
  double excess = 0;    ///< Seconds by which items of the root outlasted the workers' queues.
  double own = 0;       ///< Those items, and the shorter ones.
  int samples = 0;
};

/// Rounds, one piece a rank, in which a chunk of a crew is played at most.
constexpr double most_crew_rounds = 4;

/// Rounds of a chunk.
std::int64_t rounds_of_crew(const Situation& s, const ScatterPattern& p) {
  const double pieces = static_cast<double>(p.chunk) / static_cast<double>(s.crew->piece);
  return static_cast<std::int64_t>(std::clamp(pieces / s.crew->ranks, 1.0, most_crew_rounds));
}

class Replay {
 public:
  /// `representatives` workers stand for all, each for `scale` of them: `items` are as many times
  /// fewer. Of a crew, `crew_ranks` stand for all.
  Replay(const Situation& s, int ranks, const ScatterPattern& pattern, int representatives,
         int crew_ranks, std::uint64_t seed)
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
    put_workers_on_nodes(s, ranks);
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

  [[nodiscard]] std::int64_t chunks() const {
    return chunk_count(pattern_->schedule, items_, computing_, pattern_->chunk);
  }
  [[nodiscard]] int computing() const { return computing_; }

  void cut(const Cut& cut) {
    cut_ = cut;
    if (pattern_->root_computes && slice() == 1)
      mean_excess_ = paces_.root * expected_excess(s_->work, queue_seconds() / paces_.root);
  }

  Replayed play() {
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

 private:
  /// As even as whole ranks can be, where every rank is played.
  void man_crews(int groups, int crew_ranks) {
    const double mean_ranks = static_cast<double>(s_->crew->all) / groups;
    if (crew_ranks < s_->crew->ranks) share_of_crew_ = mean_ranks / crew_ranks;
    const auto ranks_before = [&](std::size_t w) {
      const double mean_played = mean_ranks / share_of_crew_;
      return static_cast<int>(std::floor(static_cast<double>(w) * mean_played + 1e-9));
    };
    for (std::size_t w = 0; w < queued_.size(); ++w) {
      crews_.emplace_back(*s_->crew, ranks_before(w + 1) - ranks_before(w));
    }
    ranks_computing_ = ranks_before(queued_.size()) * share_of_crew_;
  }

  /// Pace, before noise and over the mean, and way of every worker; of many alike some stand for
  /// all, of few slow ones at least one.
  void put_workers_on_nodes(const Situation& s, int ranks) {
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

  [[nodiscard]] std::int64_t round() const { return computing_ * pattern_->chunk; }
  /// Items before the tail that are cut into segments.
  [[nodiscard]] std::int64_t segment_begin(int segment) const {
    const std::int64_t cuttable = items_ - cut_->tail * round();
    return static_cast<std::int64_t>(static_cast<double>(cuttable) * segment / cut_->segments);
  }
  [[nodiscard]] bool cutting() const { return cut_ && segment_ < cut_->segments; }

  /// Position in the order of work of the next item to hand out. Chunks of a segment come from
  /// everywhere in it (multiples of the golden ratio), so that the steady state seen is that of its
  /// mean.
  [[nodiscard]] std::int64_t place(std::int64_t count) {
    auto at = static_cast<double>(position_);
    if (cutting()) {
      constexpr double golden_ratio = 0.6180339887498949;
      const double turns = static_cast<double>(++handed_chunks_) * golden_ratio;
      const auto begin = static_cast<double>(segment_begin(segment_));
      at = begin +
           (turns - std::floor(turns)) * (static_cast<double>(segment_begin(segment_ + 1)) - begin);
    }
    position_ += count;
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(at * scale_), 0,
                                    s_->work.items - count);
  }

  /// An item's time follows from seed and position alone: plans are compared on the same draws.
  [[nodiscard]] double draw(std::int64_t first, std::int64_t count) const {
    constexpr std::uint64_t step_of_random = 0x9e3779b97f4a7c15U;
    Random random(seed_ + static_cast<std::uint64_t>(first) * step_of_random);
    return draw_time(s_->work, first, count, random) * slow_;
  }

  void handle(double cost) {
    root_ += cost * scale_;
    result_.root_busy += cost * scale_;
    ++result_.events;
  }

  [[nodiscard]] double share(std::int64_t items) const {
    return message_share(s_->costs, static_cast<double>(items) * s_->work.mean * slow_,
                         pattern_->queued);
  }

  /// Weight is what predicts the time: size, or the number of items.
  [[nodiscard]] double weight(std::int64_t first, std::int64_t count) const {
    return s_->work.size_sums.empty() ? static_cast<double>(count) : s_->work.units(first, count);
  }

  [[nodiscard]] bool may_send(std::size_t w) {
    if (sequence_.left() == 0 || queued_[w] >= pattern_->queued) return false;
    if (!window_.has_room(pattern_->chunk)) return false;
    return queued_[w] == 0 || (weight_at_[w] + last_weight_) * computing_ <=
                                  open_weight_ * most_of_even_share(pattern_->schedule);
  }

  void send(std::size_t w) {
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
    arrivals_.push(
        {free_at_[w] + one_way, static_cast<int>(w), c, last_weight_, number, shares_way});
    ++queued_[w];
    ++in_flight_;
  }

  /// When the last piece of a chunk is done. Of large chunks several pieces are played as one.
  double crew_done(std::size_t w, double arrive, std::int64_t first, std::int64_t count) {
    const auto ranks = static_cast<double>(s_->crew->ranks) / share_of_crew_;
    const double played = static_cast<double>(count) / share_of_crew_;
    const double at_once = std::max(static_cast<double>(s_->crew->piece),
                                    std::ceil(played / (most_crew_rounds * ranks)));
    const double handing =
        s_->crew->per_piece * share_of_crew_ * (at_once / static_cast<double>(s_->crew->piece));
    const auto pieces = static_cast<std::int64_t>(std::ceil(played / at_once));
    double done = arrive;
    for (std::int64_t i = 0; i < pieces; ++i) {
      const double at = static_cast<double>(i) * at_once;
      const auto n = static_cast<std::int64_t>(std::ceil(std::min(at_once, played - at)));
      const double work = draw(first + static_cast<std::int64_t>(at), n) * pace_[w];
      work_handed_ += work * share_of_crew_;
      done = std::max(done, crews_[w].take(arrive, work, handing));
      ++result_.events;
    }
    return done;
  }

  /// One after the other through the port.
  double pass(double& port, double from, std::int64_t items, double per_item) const {
    port = std::max(port, from) + static_cast<double>(items) * per_item * scale_;
    return port;
  }

  /// The next results to reach the root; there are some.
  const Arrival& next_arrival() {
    while (arrivals_.top().at_port) {
      Arrival a = arrivals_.top();
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

  void fill() {
    for (int depth = 0; depth < pattern_->queued; ++depth) {
      for (std::size_t w = 0; w < queued_.size(); ++w) {
        if (queued_[w] == depth && may_send(w)) send(w);
      }
      if (sequence_.left() == 0) return;
      // The root's own share comes before second helpings.
      if (depth == 0 && pattern_->root_computes) take_own();
    }
  }

  bool take_arrivals() {
    if (arrivals_.empty() || next_arrival().time > root_) return false;
    const Arrival a = arrivals_.top();
    arrivals_.pop();
    const auto w = static_cast<std::size_t>(a.worker);
    --queued_[w];
    weight_at_[w] -= a.weight;
    open_weight_ -= a.weight;
    --in_flight_;
    handle(0.5 * share(a.items) * s_->costs.root_per_chunk +
           0.5 * static_cast<double>(a.items) *
               (s_->costs.root_per_item + s_->costs.flow_per_item));
    count_done(a.items);
    const bool more_room = window_.done(a.number);
    while (may_send(w)) send(w);
    if (more_room && window_.refused()) fill();
    return true;
  }

  void take_own() {
    if (own_left_ > 0 || sequence_.left() == 0 || !window_.has_room(pattern_->chunk)) return;
    open_weight_ -= own_weight_;  // Of the one that is done.
    own_left_ = sequence_.next();
    own_number_ = window_.hand_out(own_left_);
    own_place_ = place(own_left_);
    own_weight_ = weight(own_place_, own_left_);
  }

  /// Items that the root computes between two looks at the messages, as ComputeSlice of the
  /// executors aims at.
  [[nodiscard]] double slice() const {
    constexpr double slice_seconds = 20e-6;
    return std::max(1.0, std::floor(slice_seconds / std::max(s_->work.mean * slow_, 1e-12)));
  }

  /// What a worker has to do while the root is inside an item.
  [[nodiscard]] double queue_seconds() const {
    return static_cast<double>(pattern_->queued * pattern_->chunk) * s_->work.mean * slow_;
  }

  /// The root computes, a slice at a time, until a message is there; false if it has nothing to
  /// compute.
  bool own_work() {
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

  void count_done(std::int64_t items) {
    done_ += items;
    if (!cutting()) return;
    // Results pile up while the queues are filled; a root that never catches up is the bottleneck.
    const std::int64_t queues = caught_up_ ? 1 : 3;
    const std::int64_t warm_up = cut_->warm_up + queues * pattern_->queued;
    const std::int64_t done = done_ - done_at_begin_;
    if (first_.samples == 0 && done < warm_up * round()) return;
    if (first_.samples == 0) next_mark_ = window_from_ = done;
    if (done < next_mark_) return;
    constexpr std::int64_t marks_a_round = 8;
    next_mark_ = done + std::max<std::int64_t>(1, round() / marks_a_round);
    const std::int64_t to_last = window_from_ + cut_->window * round();
    if (done <= window_from_ + round()) {
      mark(first_);
    } else if (done < to_last) {
      next_mark_ = to_last;
    } else if (done <= to_last + round()) {
      mark(last_);
    } else {
      jump();
    }
  }

  void mark(Mark& m) const {
    double executed = work_handed_;
    for (const CrewState& crew : crews_) executed -= crew.left_after(root_) * share_of_crew_;
    for (std::size_t w = crews_.size(); w < free_at_.size(); ++w) {
      executed -= std::max(0.0, free_at_[w] - root_);
    }
    ++m.samples;
    const double share = 1.0 / m.samples;
    m.time += (root_ - m.time) * share;
    m.done += (static_cast<double>(done_) - m.done) * share;
    m.executed += (executed - m.executed) * share;
    m.excess += (excess_ - m.excess) * share;
    m.own += (static_cast<double>(own_items_) - m.own) * share;
  }

  /// The rest of the segment is taken at the rate of the window, its work at the mean of the
  /// segment instead of what the window's draws happened to be; what else passes in the window
  /// belongs to its items.
  void jump() {
    const std::int64_t begin = segment_begin(segment_);
    const std::int64_t end = segment_begin(segment_ + 1);
    const std::int64_t skipped = std::min(end - position_, sequence_.left() - cut_->tail * round());
    // Rare long items at the root let workers run dry: as many as there should be, not as there
    // were.
    const double luck = (last_.excess - first_.excess) - (last_.own - first_.own) * mean_excess_;
    const double sent = static_cast<double>(queued_.size()) / computing_;
    const double beside_work = last_.time - first_.time -
                               (last_.executed - first_.executed) / ranks_computing_ - luck * sent;
    if (skipped > 0 && last_.done > first_.done) {
      const auto part = static_cast<double>(skipped);
      const auto real = [this](std::int64_t p) {
        return static_cast<std::int64_t>(static_cast<double>(p) * scale_);
      };
      const double work = slow_ *
                          (s_->work.work_before(real(end)) - s_->work.work_before(real(begin))) /
                          scale_ * part / static_cast<double>(end - begin);
      skipped_work_ += work;
      skipped_time_ +=
          std::max(0.0, part / (last_.done - first_.done) * beside_work + work / ranks_computing_);
      sequence_ = ChunkSequence(pattern_->schedule, sequence_.left() - skipped, computing_,
                                pattern_->chunk);
      position_ += skipped;
      open_weight_ -= weight(real(begin), real(end) - real(begin)) / scale_ * part /
                      static_cast<double>(end - begin);
    }
    ++segment_;
    done_at_begin_ = done_;
    first_ = {};
    last_ = {};
  }

  const Situation* s_;
  const ScatterPattern* pattern_;
  double scale_;
  int computing_;
  Paces paces_;
  double slow_;  ///< Mean pace.
  std::int64_t items_;
  ChunkSequence sequence_;
  ReplayWindow window_;
  std::uint64_t seed_;
  std::vector<int> queued_;
  std::vector<double> weight_at_;
  double open_weight_;
  double last_weight_ = 1;
  double own_weight_ = 0;
  std::vector<double> free_at_;
  std::vector<double> pace_;  ///< Of each worker, then of the root: time over expected time.
  double ranks_computing_;
  double share_of_crew_ = 1;      ///< Ranks for which one that is played stands.
  std::vector<CrewState> crews_;  ///< By worker; empty: workers compute themselves.
  std::vector<Distance> way_;     ///< Of each worker.
  std::priority_queue<Arrival, std::vector<Arrival>, Later> arrivals_;
  double root_ = 0;
  double port_out_ = 0;  ///< When it is free again.
  double port_in_ = 0;
  double uplink_out_ = 0;
  double uplink_in_ = 0;
  std::int64_t position_ = 0;
  std::int64_t own_place_ = 0;
  std::int64_t own_number_ = 0;  ///< Of the root's chunk.
  std::int64_t own_left_ = 0;
  std::int64_t in_flight_ = 0;
  double work_handed_ = 0;
  std::int64_t done_ = 0;
  std::int64_t own_items_ = 0;
  double excess_ = 0;
  double mean_excess_ = 0;
  std::optional<Cut> cut_;
  bool caught_up_ = false;
  int segment_ = 0;
  std::int64_t handed_chunks_ = 0;
  std::int64_t done_at_begin_ = 0;  ///< Of the segment.
  std::int64_t window_from_ = 0;
  std::int64_t next_mark_ = 0;
  Mark first_;
  Mark last_;
  double skipped_time_ = 0;
  double skipped_work_ = 0;
  Replayed result_;
};

}  // namespace

Replayed replay(const Situation& s, int ranks, const ScatterPattern& pattern, std::uint64_t seed,
                std::int64_t most_chunks) {
  if (pattern.sub_roots && ranks > 1 && s.work.items > 0) {
    const PlanOfLevel groups = between_groups(s, ranks, pattern);
    Replayed result = replay(groups.situation, groups.ranks, groups.pattern, seed, most_chunks);
    result.total += regrouping_time(s, ranks);
    return result;
  }
  Replayed result;
  const std::int64_t items = s.work.items;
  if (items <= 0) {
    result.total = s.start_up;
    return result;
  }
  if (ranks <= 1) {
    Random random(seed);
    result.computing = draw_time(s.work, 0, items, random) * paces_of(s, 1, true).root;
    result.total =
        s.start_up + result.computing + static_cast<double>(items) * s.costs.flow_per_item;
    return result;
  }
  constexpr std::int64_t chunks_a_rank = 10;
  // A chunk of a crew is played piece by piece.
  int crew_ranks = 1;
  std::int64_t most_played = most_chunks;
  std::int64_t fewest_ranks = 64;
  if (s.crew) {
    constexpr int few = 16;
    constexpr std::int64_t fewest_crews = 8;
    const bool all = std::int64_t{s.crew->all} * chunks_a_rank <= most_chunks;
    crew_ranks = all ? s.crew->ranks : std::min(s.crew->ranks, few);
    most_played = most_chunks / crew_ranks;
    fewest_ranks = fewest_crews;
  }
  const auto representatives = static_cast<int>(std::min<std::int64_t>(
      ranks - 1, std::clamp<std::int64_t>(most_played / chunks_a_rank, fewest_ranks, 1000)));
  Replay steps(s, ranks, pattern, representatives, crew_ranks, seed);
  // Fixed chunks only are cut; the chunks of the other schedules are few.
  const bool fixed =
      pattern.schedule == Schedule::dynamic || pattern.schedule == Schedule::fixed_size;
  Cut cut;
  constexpr int segments_of_a_trend = 4;
  if (s.work.strata.size() > 1) cut.segments = segments_of_a_trend;
  constexpr std::int64_t fewest_in_a_window = 200;
  if (s.crew) cut.window = std::max<std::int64_t>(3, cut.window / rounds_of_crew(s, pattern));
  cut.window =
      std::max({cut.window, fewest_in_a_window / (std::int64_t{steps.computing()} * crew_ranks),
                most_played / steps.computing() / cut.segments - chunks_a_rank});
  const std::int64_t played =
      cut.segments * (cut.warm_up + cut.window + std::int64_t{2} * pattern.queued) + cut.tail;
  if (fixed && steps.chunks() / steps.computing() > 2 * played) steps.cut(cut);
  result = steps.play();
  // Of few ranks the longest chunk is shorter than of all.
  if (representatives < ranks - 1) {
    result.total = std::max(result.total, end_of_first_chunks(s, ranks, pattern));
  }
  result.total += s.start_up + s.parallel_setup;
  return result;
}

}  // namespace mpisize
