// A run in JSON. "by_rank" has a column for each quantity, a list with one number per rank:
//
//   {"rank": [0, 1], "hosts": ["node01"], "host": [0, 0], "before_init": [...], "wall": [...],
//    "in_mpi": [...], "cpu": [...], "peak_resident": [...], "threads": [...],
//    "other_messages": [...], "other_bytes": [...], "sampled": [0, 0], "ended": [1, 1],
//    "routines": [{"routine": "MPI_Bcast", "comm_size": 2,
//                  "at": [0, 1], "calls": [...], "bytes": [...], "time": [...]}],
//    "peers": {"count": [1, 1], "peer": [1, 0], "messages": [...], "bytes": [...]}}
//
// "host" counts in "hosts"; "at" counts in the columns, and names the ranks that called a routine;
// "peers" has the peers of all ranks one behind the other, "count" of them for each rank; what is
// true or not is 1 or 0. The columns from "other_messages" to "ended" may be missing: they are
// younger than the others.

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>
#include <utility>

#include "mpisize/write/json.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize {
namespace {

using json_text::Json;
using json_text::list_of;
using json_text::Node;
using json_text::Origin;
using json_text::write;

/// Bounds that keep sums over any number of ranks finite.
constexpr double longest_time = 1e12;  // seconds, 30,000 years
constexpr double most_energy = 1e18;   // joules, a megawatt for so long
constexpr std::int64_t most_bytes = std::int64_t{1} << 60;

// ---- writing ---------------------------------------------------------------------------------

template <class Of>
Json column(const std::vector<RankUse>& ranks, Of of) {
  Json list = Json::array();
  for (const RankUse& rank : ranks) list.push_back(of(rank));
  return list;
}

void write_hosts(const std::vector<RankUse>& ranks, Json& json) {
  std::map<std::string, std::size_t> numbers;
  json["hosts"] = Json::array();
  json["host"] = column(ranks, [&](const RankUse& rank) {
    const auto [found, is_new] = numbers.try_emplace(rank.host, numbers.size());
    if (is_new) json["hosts"].push_back(rank.host);
    return found->second;
  });
}

Json write_routines(const std::vector<RankUse>& ranks) {
  struct Columns {
    Json at = Json::array();
    Json calls = Json::array();
    Json bytes = Json::array();
    Json time = Json::array();
  };
  std::map<std::pair<std::string, int>, Columns> all;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    for (const RoutineUse& use : ranks[i].routines) {
      Columns& columns = all[{use.routine, use.comm_size}];
      if (!columns.at.empty() && columns.at.back() == i) {
        throw std::invalid_argument("a rank has a routine twice");
      }
      columns.at.push_back(i);
      columns.calls.push_back(use.calls);
      columns.bytes.push_back(use.bytes);
      columns.time.push_back(write(use.time));
    }
  }
  Json list = Json::array();
  for (auto& [key, columns] : all) {
    list.push_back(Json{{"routine", key.first},
                        {"comm_size", key.second},
                        {"at", std::move(columns.at)},
                        {"calls", std::move(columns.calls)},
                        {"bytes", std::move(columns.bytes)},
                        {"time", std::move(columns.time)}});
  }
  return list;
}

Json write_peers(const std::vector<RankUse>& ranks) {
  Json peer = Json::array();
  Json messages = Json::array();
  Json bytes = Json::array();
  for (const RankUse& rank : ranks) {
    for (const PeerUse& use : rank.peers) {
      peer.push_back(use.peer);
      messages.push_back(use.messages);
      bytes.push_back(use.bytes);
    }
  }
  return Json{{"count", column(ranks, [](const RankUse& rank) { return rank.peers.size(); })},
              {"peer", std::move(peer)},
              {"messages", std::move(messages)},
              {"bytes", std::move(bytes)}};
}

Json write_ranks(const std::vector<RankUse>& ranks) {
  Json json{{"rank", column(ranks, [](const RankUse& rank) { return rank.rank; })}};
  write_hosts(ranks, json);
  const auto times = [&](const char* name, Seconds RankUse::*member) {
    json[name] = column(ranks, [&](const RankUse& rank) { return write(rank.*member); });
  };
  times("before_init", &RankUse::before_init);
  times("wall", &RankUse::wall);
  times("in_mpi", &RankUse::in_mpi);
  times("cpu", &RankUse::cpu);
  json["peak_resident"] =
      column(ranks, [](const RankUse& rank) { return rank.peak_resident.value(); });
  json["threads"] = column(ranks, [](const RankUse& rank) { return rank.threads; });
  json["other_messages"] = column(ranks, [](const RankUse& rank) { return rank.other_messages; });
  json["other_bytes"] = column(ranks, [](const RankUse& rank) { return rank.other_bytes.value(); });
  json["sampled"] = column(ranks, [](const RankUse& rank) { return rank.sampled ? 1 : 0; });
  json["ended"] = column(ranks, [](const RankUse& rank) { return rank.ended ? 1 : 0; });
  json["routines"] = write_routines(ranks);
  json["peers"] = write_peers(ranks);
  return json;
}

// ---- reading ---------------------------------------------------------------------------------

Seconds read_time(const Node& node) { return Seconds(node.number(0, longest_time, "seconds")); }

std::int64_t read_total(const Node& node) { return node.integer(0); }

/// A column that must have `size` numbers.
template <class Read>
auto column_of(const Node& object, const char* key, std::size_t size, Read read) {
  const Node node = object.at(key);
  auto column = list_of(node, read);
  if (column.size() != size) {
    node.fail("has " + std::to_string(column.size()) + " elements where " + std::to_string(size) +
              " belong");
  }
  return column;
}

void read_hosts(const Node& object, std::vector<RankUse>& ranks) {
  const Node node = object.at("hosts");
  const auto hosts = list_of(node, [](const Node& n) { return n.name(); });
  if (hosts.empty()) node.fail("is empty");
  const auto most = static_cast<std::int64_t>(hosts.size()) - 1;
  const auto host =
      column_of(object, "host", ranks.size(), [&](const Node& n) { return n.integer(0, most); });
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    ranks[i].host = hosts[static_cast<std::size_t>(host[i])];
  }
}

void read_routine(const Node& node, std::vector<RankUse>& ranks) {
  const std::string routine = node.at("routine").name();
  const int comm_size = node.at("comm_size").count(0);
  const auto most = static_cast<std::int64_t>(ranks.size()) - 1;
  const Node positions = node.at("at");
  const auto at = list_of(positions, [&](const Node& n) { return n.integer(0, most); });
  if (std::adjacent_find(at.begin(), at.end(), std::greater_equal<>()) != at.end()) {
    positions.fail("does not ascend");
  }
  const auto calls = column_of(node, "calls", at.size(), read_total);
  const auto bytes = column_of(node, "bytes", at.size(), read_total);
  const auto time = column_of(node, "time", at.size(), read_time);
  for (std::size_t i = 0; i < at.size(); ++i) {
    ranks[static_cast<std::size_t>(at[i])].routines.push_back(
        {routine, comm_size, calls[i], bytes[i], time[i]});
  }
}

void read_routines(const Node& node, std::vector<RankUse>& ranks) {
  for (const Node& routine : node.list()) read_routine(routine, ranks);
  const auto not_ascending = [](const RoutineUse& a, const RoutineUse& b) {
    return std::pair(a.routine, a.comm_size) >= std::pair(b.routine, b.comm_size);
  };
  for (const RankUse& rank : ranks) {
    const auto& all = rank.routines;
    if (std::adjacent_find(all.begin(), all.end(), not_ascending) != all.end()) {
      node.fail("is not in order of routine and communicator size");
    }
  }
}

void read_peers(const Node& node, std::vector<RankUse>& ranks) {
  const Node peers = node.at("peer");
  const auto peer = list_of(peers, [](const Node& n) { return n.count(0); });
  const auto messages = column_of(node, "messages", peer.size(), read_total);
  const auto bytes = column_of(node, "bytes", peer.size(), read_total);
  const auto count = column_of(node, "count", ranks.size(), [&](const Node& n) {
    return n.integer(0, static_cast<std::int64_t>(peer.size()));
  });
  std::size_t next = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const auto end = next + static_cast<std::size_t>(count[i]);
    if (end > peer.size()) peers.fail("has fewer elements than count says");
    ranks[i].peers.reserve(end - next);
    for (; next < end; ++next) {
      ranks[i].peers.push_back({peer[next], messages[next], bytes[next]});
    }
  }
  if (next != peer.size()) peers.fail("has more elements than count says");
}

/// Columns that older documents do not have.
void read_younger(const Node& node, std::vector<RankUse>& ranks) {
  const auto each = [&](const char* name, std::int64_t most, auto put) {
    if (!node.find(name)) return;
    const auto column =
        column_of(node, name, ranks.size(), [&](const Node& n) { return n.integer(0, most); });
    for (std::size_t i = 0; i < ranks.size(); ++i) put(ranks[i], column[i]);
  };
  each("other_messages", std::numeric_limits<std::int64_t>::max(),
       [](RankUse& rank, std::int64_t n) { rank.other_messages = n; });
  each("other_bytes", most_bytes,
       [](RankUse& rank, std::int64_t n) { rank.other_bytes = Bytes(n); });
  each("sampled", 1, [](RankUse& rank, std::int64_t n) { rank.sampled = n == 1; });
  each("ended", 1, [](RankUse& rank, std::int64_t n) { rank.ended = n == 1; });
}

std::vector<RankUse> read_ranks(const Node& node) {
  const Node numbers = node.at("rank");
  const auto rank = list_of(numbers, [](const Node& n) { return n.count(0); });
  if (std::adjacent_find(rank.begin(), rank.end(), std::greater_equal<>()) != rank.end()) {
    numbers.fail("does not ascend");
  }
  std::vector<RankUse> ranks(rank.size());
  for (std::size_t i = 0; i < rank.size(); ++i) ranks[i].rank = rank[i];
  const auto times = [&](const char* name, Seconds RankUse::*member) {
    const auto column = column_of(node, name, ranks.size(), read_time);
    for (std::size_t i = 0; i < ranks.size(); ++i) ranks[i].*member = column[i];
  };
  read_hosts(node, ranks);
  times("before_init", &RankUse::before_init);
  times("wall", &RankUse::wall);
  times("in_mpi", &RankUse::in_mpi);
  times("cpu", &RankUse::cpu);
  const auto resident = column_of(node, "peak_resident", ranks.size(),
                                  [](const Node& n) { return n.integer(0, most_bytes, "bytes"); });
  const auto threads =
      column_of(node, "threads", ranks.size(), [](const Node& n) { return n.count(0); });
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    ranks[i].peak_resident = Bytes(resident[i]);
    ranks[i].threads = threads[i];
  }
  read_younger(node, ranks);
  read_routines(node.at("routines"), ranks);
  read_peers(node.at("peers"), ranks);
  return ranks;
}

SteadyState read_steady(const Node& node) {
  return {node.at("pattern").name(), node.at("repetitions").integer(0), read_time(node.at("time")),
          read_time(node.at("before"))};
}

}  // namespace

namespace json_text {

Json write(const ProgramRun& run) {
  Json json{{"ranks", run.ranks},
            {"nodes", run.nodes},
            {"threads_per_rank", run.threads_per_rank},
            {"wall", write(run.wall)}};
  if (run.energy) json["energy"] = write(*run.energy);
  if (run.steady) {
    json["steady"] = Json{{"pattern", run.steady->pattern},
                          {"repetitions", run.steady->repetitions},
                          {"time", write(run.steady->time)},
                          {"before", write(run.steady->before)}};
  }
  if (!run.by_rank.empty()) json["by_rank"] = write_ranks(run.by_rank);
  return json;
}

ProgramRun read_program_run(const Node& node) {
  ProgramRun run;
  run.ranks = node.at("ranks").count(1);
  run.nodes = node.at("nodes").count(1);
  run.threads_per_rank = node.at("threads_per_rank").count(1);
  run.wall = read_time(node.at("wall"));
  run.energy = optional(node, "energy",
                        [](const Node& n) { return Joules(n.number(0, most_energy, "joules")); });
  run.steady = optional(node, "steady", read_steady);
  run.by_rank = optional(node, "by_rank", read_ranks).value_or(std::vector<RankUse>());
  return run;
}

}  // namespace json_text

std::string to_json(const ProgramRun& run) {
  Json json = json_text::document("mpisize-program-run");
  json["run"] = write(run);
  return json_text::print(json);
}

ProgramRun program_run_from_json(std::string_view text, std::string_view origin) {
  const Origin from{origin, "mpisize-program-run", "run the program again"};
  const Json json = json_text::parse(text, from);
  const Node root(json, from);
  return json_text::read_program_run(root.at("run"));
}

}  // namespace mpisize
