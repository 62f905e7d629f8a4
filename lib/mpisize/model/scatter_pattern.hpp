/// Who gets which items, in which chunks.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "mpisize/base/units.hpp"
#include "mpisize/model/schedule.hpp"

namespace mpisize {

enum class PatternKind { map, batch, stream };

/// Sub-roots above those of groups, called racks: the root sends to these only, and they to the
/// sub-roots of their groups. They compute nothing. That saves the root messages where chunks
/// cannot be made larger instead (the window of a stream, the end of a map), and no bytes.
struct Racks {
  int groups = 2;          ///< Most groups of one.
  std::int64_t piece = 1;  ///< Items that go on to a sub-root in one message.
  int queued = 2;          ///< Pieces at a sub-root, those in work counted.
  friend bool operator==(const Racks&, const Racks&) = default;
};

/// Ranks that dispatch for those of their node: the root sends to them only, chunks travel once per
/// group. The root itself computes nothing then.
struct SubRoots {
  int group = 2;           ///< Most ranks behind one sub-root, itself counted: all of one node.
  std::int64_t piece = 1;  ///< Items that a sub-root hands on in one message.
  int queued = 2;          ///< Pieces at a rank, the one in work counted.
  bool compute = true;     ///< Sub-roots compute too, while a piece for every rank is in stock.
  std::optional<Racks> racks{};  ///< Empty: the root dispatches to all sub-roots.
  friend bool operator==(const SubRoots&, const SubRoots&) = default;
};

struct ScatterPattern {
  PatternKind kind = PatternKind::map;
  Schedule schedule = Schedule::dynamic;
  /// Items handed out together (guided, factoring: the fewest). One message each, except that up to
  /// four tiny chunks may share one.
  std::int64_t chunk = 1;
  int queued = 2;                      ///< Chunks at a worker, the one in work counted; 1 to 32.
  std::optional<std::int64_t> window;  ///< stream: items pulled and not yet delivered.
  std::optional<bool> ordered;         ///< stream: results are delivered by index.
  bool root_computes = true;
  bool largest_first = false;         ///< Items handed out by falling size.
  std::optional<std::int64_t> batch;  ///< batch: items of a batch; two are held at a time.
  /// If there: `chunk`, `queued` and `schedule` are those of the root towards those it dispatches
  /// to.
  std::optional<SubRoots> sub_roots;
  friend bool operator==(const ScatterPattern&, const ScatterPattern&) = default;
};

/// Items that a rank gets in one message.
[[nodiscard]] constexpr std::int64_t rank_chunk(const ScatterPattern& p) {
  return p.sub_roots ? p.sub_roots->piece : p.chunk;
}

[[nodiscard]] constexpr bool has_racks(const ScatterPattern& p) {
  return p.sub_roots && p.sub_roots->racks;
}

/// Plans of one kind differ in sizes only.
[[nodiscard]] constexpr bool same_kind_of_plan(const ScatterPattern& a, const ScatterPattern& b) {
  return a.schedule == b.schedule && a.root_computes == b.root_computes &&
         a.sub_roots.has_value() == b.sub_roots.has_value() && has_racks(a) == has_racks(b);
}

inline constexpr int most_queued = 32;

/// Chunks below this time share messages where several are queued.
inline constexpr Seconds tiny_chunk{2e-6};
inline constexpr int most_in_a_message = 4;

/// Half of the queue travels while the other half is in work.
[[nodiscard]] constexpr int tiny_chunks_in_a_message(int queued) {
  return std::clamp(queued / 2, 1, most_in_a_message);
}

/// Of an even share of the open work a worker has at most this part queued. Open work counts chunks
/// in work in full: of large, shrinking chunks half the share is kept back for what is done of
/// them.
[[nodiscard]] constexpr double most_of_even_share(Schedule schedule) {
  return schedule == Schedule::guided || schedule == Schedule::factoring ? 0.5 : 1;
}

}  // namespace mpisize
