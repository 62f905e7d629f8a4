#include "mpisize/store/rank_rows.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace mpisize::rank_rows {
namespace {

template <std::size_t N>
Text<N> fixed(std::string_view words) {
  Text<N> field{};
  std::copy_n(words.begin(), std::min(words.size(), N - 1), field.begin());
  return field;
}

template <std::size_t N>
std::string words(const Text<N>& field) {
  return {field.begin(), std::find(field.begin(), field.end(), '\0')};
}

}  // namespace

Rows rows_of(const std::vector<RankUse>& ranks) {
  Rows rows;
  for (const RankUse& use : ranks) {
    rows.ranks.push_back({use.rank, fixed<256>(use.host), use.before_init.value(), use.wall.value(),
                          use.in_mpi.value(), use.cpu.value(), use.peak_resident.value(),
                          use.threads, use.sampled ? 1 : 0, use.ended ? 1 : 0, use.other_messages,
                          use.other_bytes.value()});
    for (const RoutineUse& routine : use.routines) {
      rows.routines.push_back({use.rank, fixed<64>(routine.routine), routine.comm_size,
                               routine.calls, routine.bytes, routine.time.value()});
    }
    for (const PeerUse& peer : use.peers) {
      rows.peers.push_back({use.rank, peer.peer, peer.messages, peer.bytes});
    }
  }
  return rows;
}

std::vector<RankUse> ranks_of(const Rows& rows) {
  std::vector<RankUse> ranks;
  std::unordered_map<std::int64_t, std::size_t> place;
  for (const RankRow& row : rows.ranks) {
    RankUse use;
    use.rank = static_cast<int>(row.rank);
    use.host = words(row.host);
    use.before_init = Seconds(row.before_init);
    use.wall = Seconds(row.wall);
    use.in_mpi = Seconds(row.in_mpi);
    use.cpu = Seconds(row.cpu);
    use.peak_resident = Bytes(row.peak_resident);
    use.threads = static_cast<int>(row.threads);
    use.sampled = row.sampled != 0;
    use.ended = row.ended != 0;
    use.other_messages = row.other_messages;
    use.other_bytes = Bytes(row.other_bytes);
    place.emplace(row.rank, ranks.size());
    ranks.push_back(std::move(use));
  }
  for (const RoutineRow& row : rows.routines) {
    if (const auto at = place.find(row.rank); at != place.end()) {
      ranks[at->second].routines.push_back({words(row.routine), static_cast<int>(row.comm_size),
                                            row.calls, row.bytes, Seconds(row.time)});
    }
  }
  for (const PeerRow& row : rows.peers) {
    if (const auto at = place.find(row.rank); at != place.end()) {
      ranks[at->second].peers.push_back({static_cast<int>(row.peer), row.messages, row.bytes});
    }
  }
  return ranks;
}

}  // namespace mpisize::rank_rows
