#include "mpisize/choose/finalists.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "mpisize/model/levels.hpp"
#include "mpisize/model/replay.hpp"

namespace mpisize {
namespace {

constexpr std::size_t first_replays = 2;
constexpr std::size_t semifinal_replays = 8;
constexpr std::size_t most_replays = 128;

bool better(const Finalist& a, const Finalist& b) {
  const bool a_often = a.replays.size() >= semifinal_replays;
  const bool b_often = b.replays.size() >= semifinal_replays;
  return a_often != b_often ? a_often : a.seconds < b.seconds;
}

/// What is handed on is no more than what comes, level by level.
bool makes_sense(const SubRoots& sub, std::int64_t chunk) {
  const auto queue_fits = [](int queued) { return queued >= 1 && queued <= most_queued; };
  if (const auto& racks = sub.racks) {
    if (racks->groups < 1 || racks->piece > chunk || !queue_fits(racks->queued)) return false;
    chunk = racks->piece;
  }
  return sub.piece >= 1 && sub.piece <= chunk && queue_fits(sub.queued);
}

class Finals {
 public:
  Finals(const Situation& s, const std::vector<int>& ranks, const Forced& forced,
         std::int64_t bound, std::uint64_t seed)
      : s_(&s), ranks_(&ranks), forced_(&forced), bound_(bound), seed_(seed) {}

  std::vector<Finalist> run(const std::vector<Candidate>& candidates) {
    // Half of the bound for the first round, whatever the number of candidates.
    most_chunks_ = bound_ / 4 / static_cast<std::int64_t>(first_replays) /
                   static_cast<std::int64_t>(std::max<std::size_t>(1, candidates.size()));
    constexpr std::size_t fewest = 3;
    for (const Candidate& c : candidates) {
      if (field_.size() >= fewest && spent_ > bound_ / 2) break;
      field_.push_back({c, {}, c.seconds});
      replay_up_to(field_.back(), first_replays);
    }
    if (field_.empty()) return {};
    halve();
    walk();
    decide();
    save_ranks();
    return std::move(field_);
  }

 private:
  void replay_up_to(Finalist& f, std::size_t replays) {
    constexpr std::uint64_t first_seed = 1000;
    while (f.replays.size() < replays) {
      const Replayed r = replay(*s_, f.candidate.ranks, f.candidate.pattern,
                                seed_ + first_seed + f.replays.size(), most_chunks_);
      spent_ += r.events;
      f.replays.push_back(r.total);
    }
    f.seconds = mean(f.replays);
  }

  void sort() { std::sort(field_.begin(), field_.end(), better); }

  void halve() {
    const auto faster = [](const Finalist& a, const Finalist& b) { return a.seconds < b.seconds; };
    std::size_t left = field_.size();
    for (std::size_t replays = first_replays * 2; replays <= semifinal_replays; replays *= 2) {
      std::sort(field_.begin(), field_.begin() + static_cast<std::ptrdiff_t>(left), faster);
      left = std::max<std::size_t>(std::min<std::size_t>(2, left), left / 2);
      for (std::size_t i = 0; i < left; ++i) replay_up_to(field_[i], replays);
    }
    sort();
  }

  [[nodiscard]] bool known(const Candidate& c) const {
    return std::any_of(field_.begin(), field_.end(), [&c](const Finalist& f) {
      return f.candidate.ranks == c.ranks && f.candidate.pattern == c.pattern;
    });
  }

  [[nodiscard]] bool fits(int ranks, const ScatterPattern& p) const {
    return forced_->chunk || forced_->schedule || chunks_fit(*s_, computing_of(ranks, p), p);
  }

  /// To which the root hands out work, itself among them where it computes.
  [[nodiscard]] int computing_of(int ranks, const ScatterPattern& p) const {
    if (p.sub_roots) return groups_of(*s_, ranks, *p.sub_roots).count;
    return ranks - (p.root_computes ? 0 : 1);
  }

  /// One thing changed: chunk or depth by a factor of two (the chunk also by a quarter), schedule,
  /// role of the root, or the number of ranks to the next one allowed.
  [[nodiscard]] std::vector<Candidate> neighbours(const Candidate& of) const {
    std::vector<Candidate> result;
    const std::int64_t items = std::max<std::int64_t>(1, s_->work.items);
    const int computing = computing_of(of.ranks, of.pattern);
    const std::int64_t even = (items + computing - 1) / computing;
    const auto add = [&](int ranks, const ScatterPattern& p) {
      if (p.sub_roots && !makes_sense(*p.sub_roots, p.chunk)) return;
      if (p.chunk < 1 || p.chunk > even || p.queued < 1 || p.queued > most_queued) return;
      if (!fits(ranks, p)) return;
      const Candidate c{ranks, p, 0};
      if (!known(c)) result.push_back(c);
    };
    const auto with = [&of, &add](auto change) {
      ScatterPattern p = of.pattern;
      change(p);
      add(of.ranks, p);
    };
    const ScatterPattern& now = of.pattern;
    const bool in_chunks = now.schedule != Schedule::static_block;
    if (in_chunks && !forced_->chunk && now.schedule != Schedule::fixed_size) {
      const std::int64_t quarter = (now.chunk + 3) / 4;
      with([](auto& p) { p.chunk *= 2; });
      with([](auto& p) { p.chunk /= 2; });
      with([quarter](auto& p) { p.chunk += quarter; });
      with([quarter](auto& p) { p.chunk -= quarter; });
    }
    if (in_chunks && !forced_->queued) {
      with([](auto& p) { p.queued *= 2; });
      with([](auto& p) { p.queued /= 2; });
      if (!forced_->chunk) {  // As many items at a worker, in other pieces.
        with([](auto& p) { p.queued *= 2, p.chunk /= 2; });
        with([](auto& p) { p.queued /= 2, p.chunk *= 2; });
      }
    }
    if (in_chunks && !forced_->schedule && now.kind == PatternKind::map) {
      for (const Schedule other : {Schedule::dynamic, Schedule::guided, Schedule::factoring}) {
        with([other](auto& p) { p.schedule = other; });
      }
    }
    if (now.sub_roots) {
      with([](auto& p) { p.sub_roots->piece *= 2; });
      with([](auto& p) { p.sub_roots->piece /= 2; });
      with([](auto& p) { p.sub_roots->queued *= 2; });
      with([](auto& p) { p.sub_roots->queued /= 2; });
      with([](auto& p) { p.sub_roots->compute = !p.sub_roots->compute; });
      if (now.sub_roots->racks) {
        with([](auto& p) { p.sub_roots->racks->piece *= 2; });
        with([](auto& p) { p.sub_roots->racks->piece /= 2; });
        with([](auto& p) { p.sub_roots->racks->queued *= 2; });
        with([](auto& p) { p.sub_roots->racks->queued /= 2; });
        if (!forced_->rack) {
          with([](auto& p) { p.sub_roots->racks->groups *= 2; });
          with([](auto& p) { p.sub_roots->racks->groups = (p.sub_roots->racks->groups + 2) / 2; });
        }
      }
    } else if (!forced_->root_computes) {
      with([](auto& p) { p.root_computes = !p.root_computes; });
    }
    std::optional<int> fewer;
    std::optional<int> more;
    for (const int r : *ranks_) {
      if (r >= 2 && r < of.ranks && r > fewer.value_or(0)) fewer = r;
      if (r > of.ranks && (!more || r < *more)) more = r;
    }
    if (fewer) add(*fewer, now);
    if (more) add(*more, now);
    return result;
  }

  /// From the best plan, then from the best one of another kind.
  void walk() {
    const Candidate first = field_.front().candidate;
    walk_from(0);
    for (std::size_t i = 1; i < field_.size(); ++i) {
      const ScatterPattern& p = field_[i].candidate.pattern;
      const ScatterPattern& best = field_.front().candidate.pattern;
      const auto other_kind = [&p](const ScatterPattern& than) {
        return !same_kind_of_plan(p, than);
      };
      if (!other_kind(best) || !other_kind(first.pattern)) continue;
      replay_up_to(field_[i], semifinal_replays);
      walk_from(i);
      break;
    }
    sort();
  }

  void walk_from(std::size_t start) {
    constexpr int most_steps = 12;
    constexpr double worth_it = 0.998;
    Finalist here = field_[start];
    for (int step = 0; step < most_steps; ++step) {
      Finalist best = here;
      for (const Candidate& c : neighbours(here.candidate)) {
        if (spent_ >= bound_) return;
        Finalist f{c, {}, 0};
        replay_up_to(f, first_replays);
        // Replays of the same seeds: what is clearly slower in two is not tried in eight.
        const double same_two = (here.replays[0] + here.replays[1]) / 2;
        constexpr double clearly = 1.05;
        if (f.seconds < same_two * clearly) {
          replay_up_to(f, semifinal_replays);
          if (f.seconds < best.seconds) best = f;
        }
        field_.push_back(f);
      }
      sort();
      if (best.seconds > here.seconds * worth_it) return;
      here = best;
    }
  }

  /// The few best are told apart by more replays while the bound allows them.
  void decide() {
    constexpr std::size_t few = 4;
    for (std::size_t replays = semifinal_replays * 2; replays <= most_replays; replays *= 2) {
      std::size_t close = 0;
      while (close < std::min(few, field_.size()) && field_[close].replays.size() >= replays / 2 &&
             field_[close].seconds < field_.front().seconds * 1.1) {
        ++close;
      }
      const std::int64_t cost = spent_per_replay() * static_cast<std::int64_t>(close * replays / 2);
      if (close < 2 || spent_ + cost > bound_) return;
      for (std::size_t i = 0; i < close; ++i) replay_up_to(field_[i], replays);
      std::sort(field_.begin(), field_.begin() + static_cast<std::ptrdiff_t>(close), better);
      // The others have had fewer replays: what they promise is not compared.
    }
  }

  /// Behind a saturated root more ranks only cost. Of the best plan, and of the best of every other
  /// kind that is as fast, one with fewer ranks takes part too.
  void save_ranks() {
    const Finalist best = field_.front();
    std::vector<Candidate> kinds{best.candidate};
    for (Finalist& f : field_) {
      const ScatterPattern& p = f.candidate.pattern;
      const bool known_kind = std::any_of(kinds.begin(), kinds.end(), [&p](const Candidate& c) {
        return same_kind_of_plan(c.pattern, p);
      });
      if (known_kind || f.seconds > best.seconds * as_fast) continue;
      kinds.push_back(f.candidate);
      replay_up_to(f, best.replays.size());
    }
    for (const Candidate& kind : kinds) save_ranks(kind, best);
  }

  /// The fewest ranks that the closed form thinks as fast, or twice as many, and so on, until the
  /// replay agrees.
  void save_ranks(Candidate c, const Finalist& best) {
    const double limit = closed_form(*s_, c.ranks, c.pattern).total() * as_fast;
    const int most = c.ranks;
    int above = 1;
    while (above < most) {
      int fewest = most;
      for (const int r : *ranks_) {
        if (r > above && r < fewest && fits(r, c.pattern) &&
            closed_form(*s_, r, c.pattern).total() <= limit) {
          fewest = r;
        }
      }
      if (fewest == most && known(c)) return;
      c.ranks = fewest;
      above = static_cast<int>(std::min<std::int64_t>(2 * std::int64_t{fewest}, most));
      if (known(c)) continue;
      Finalist f{c, {}, 0};
      replay_up_to(f, best.replays.size());
      field_.insert(field_.begin() + 1, f);
      if (f.seconds <= best.seconds * as_fast) return;
    }
  }

  [[nodiscard]] std::int64_t spent_per_replay() const {
    std::int64_t replays = 0;
    for (const Finalist& f : field_) replays += static_cast<std::int64_t>(f.replays.size());
    return spent_ / std::max<std::int64_t>(1, replays);
  }

  const Situation* s_;
  const std::vector<int>* ranks_;
  const Forced* forced_;
  std::int64_t bound_;
  std::uint64_t seed_;
  std::int64_t most_chunks_ = 0;
  std::int64_t spent_ = 0;
  std::vector<Finalist> field_;
};

}  // namespace

std::vector<Finalist> replay_finalists(const Situation& s, const std::vector<Candidate>& candidates,
                                       const std::vector<int>& ranks, const Forced& forced,
                                       std::int64_t bound, std::uint64_t seed) {
  return Finals(s, ranks, forced, bound, seed).run(candidates);
}

}  // namespace mpisize
