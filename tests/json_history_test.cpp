#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "history_values.hpp"
#include "mpisize/base/error.hpp"
#include "mpisize/write/json.hpp"

namespace mpisize {
namespace {

using Json = nlohmann::ordered_json;

/// The sentence of the InputError; "accepted" if there is none. Other exceptions fail the test.
std::string refusal_of(const std::string& text) {
  try {
    static_cast<void>(history_entry_from_json(text, "e.json", "REPAIR"));
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

std::string refusal(const std::function<void(Json&)>& change) {
  Json json = Json::parse(to_json(sample::history_entry()));
  change(json);
  return refusal_of(json.dump());
}

std::string run_refusal(const std::function<void(Json&)>& change) {
  return refusal([&](Json& json) { change(json["seen"]["by_rank"]); });
}

TEST(JsonHistory, ReadsBackTheSameValues) {
  const HistoryEntry entry = sample::history_entry();
  EXPECT_EQ(history_entry_from_json(to_json(entry), "e"), entry);
  EXPECT_EQ(program_run_from_json(to_json(*entry.seen), "r"), *entry.seen);
}

TEST(JsonHistory, ReadsBackWhatIsNotKnown) {
  HistoryEntry entry;
  entry.time = "2024-05-01T00:00:00Z";
  EXPECT_EQ(history_entry_from_json(to_json(entry), "e"), entry);
  EXPECT_EQ(program_run_from_json(to_json(ProgramRun{}), "r"), ProgramRun{});
  entry.slurm = SlurmFacts{};
  entry.slurm->job_id = "7";
  entry.ending.status = 255;
  entry.seen = ProgramRun{};
  EXPECT_EQ(history_entry_from_json(to_json(entry), "e"), entry);
}

TEST(JsonHistory, ReadsBackEveryWord) {
  HistoryEntry entry = sample::history_entry();
  for (const auto cause :
       {FailureCause::out_of_memory, FailureCause::time_limit, FailureCause::node_failure,
        FailureCause::preemption, FailureCause::cancelled, FailureCause::own_error}) {
    for (const auto kind : {RunKind::sample, RunKind::run}) {
      entry.slurm->cause = cause;
      entry.kind = kind;
      EXPECT_EQ(history_entry_from_json(to_json(entry), "e"), entry);
    }
  }
}

TEST(JsonHistory, RanksWithoutPeersOrRoutinesOrNeighboursComeBack) {
  ProgramRun run = sample::program_run(5);
  run.by_rank.erase(run.by_rank.begin() + 3);  // It left nothing behind.
  run.by_rank[1].peers.clear();
  run.by_rank[2].routines.clear();
  EXPECT_EQ(program_run_from_json(to_json(run), "r"), run);
}

TEST(JsonHistory, RoutinesArePutInOrder) {
  ProgramRun run = sample::program_run(2);
  const ProgramRun ordered = run;
  for (RankUse& rank : run.by_rank) std::swap(rank.routines.front(), rank.routines.back());
  ASSERT_NE(run, ordered);
  EXPECT_EQ(program_run_from_json(to_json(run), "r"), ordered);
}

TEST(JsonHistory, RoutineThatARankHasTwiceIsNotWritten) {
  ProgramRun run = sample::program_run(2);
  run.by_rank[1].routines.push_back(run.by_rank[1].routines.front());
  EXPECT_THROW(static_cast<void>(to_json(run)), std::invalid_argument);
}

TEST(JsonHistory, TextGrowsByNumbersAloneWithTheRanks) {
  // No name of a field or routine is repeated for each rank: only the hosts' names are.
  const auto letters = [](const ProgramRun& run) {
    const std::string text = to_json(run);
    return std::count_if(text.begin(), text.end(),
                         [](unsigned char c) { return std::isalpha(c) != 0 && c != 'e'; });
  };
  EXPECT_EQ(letters(sample::program_run(3)), letters(sample::program_run(300)));
}

TEST(JsonHistory, RunOfAnOlderVersionIsReadWithoutTheYoungerColumns) {
  ProgramRun run = sample::program_run(2);
  Json json = Json::parse(to_json(run));
  for (const char* const column : {"other_messages", "other_bytes", "sampled", "ended"}) {
    ASSERT_EQ(json["run"]["by_rank"].erase(column), 1U) << column;
  }
  for (RankUse& rank : run.by_rank) {
    rank.other_messages = 0;
    rank.other_bytes = Bytes(0);
    rank.sampled = rank.ended = false;
  }
  EXPECT_EQ(program_run_from_json(json.dump(), "r"), run);
}

TEST(JsonHistory, DamageIsNamedWithItsPlaceAndTheRepair) {
  const std::string text = to_json(sample::history_entry());
  EXPECT_EQ(refusal_of(""), "e.json: not JSON at line 1, column 1; REPAIR");
  EXPECT_EQ(refusal([](Json& j) { j["schema"] = "mpisize-plan"; }),
            "e.json: holds \"mpisize-plan\", but mpisize-history-entry is needed; REPAIR");
  EXPECT_EQ(refusal([](Json& j) { j["schema_version"] = 2; }),
            "e.json: written by a newer mpisize (schema 2, this one reads 1); use that version, or "
            "REPAIR");
  EXPECT_EQ(refusal([](Json& j) { j["time"] = "2024-13-01T00:00:00Z"; }),
            "e.json: time is \"2024-13-01T00:00:00Z\", but must be a time such as "
            "2024-05-01T12:34:56Z; REPAIR");
  EXPECT_EQ(refusal([](Json& j) { j["ending"]["status"] = 0; }),
            "e.json: ending has both a status and a signal; REPAIR");
  EXPECT_EQ(refusal([](Json& j) { j["ranks"] = 0; }),
            "e.json: ranks is 0, but must be an integer from 1 to 2147483647; REPAIR");
  EXPECT_EQ(refusal([](Json& j) { j["kind"] = "test"; }),
            "e.json: kind is \"test\", but must be one of sample, run; REPAIR");
  EXPECT_EQ(refusal([](Json& j) { j["host"] = "\x1b[31m"; }),
            "e.json: host is \"\\u001b[31m\", but must have no control characters; REPAIR");
  EXPECT_EQ(refusal([](Json& j) { j.erase("program"); }),
            "e.json: the document has no field \"program\"; REPAIR");
}

TEST(JsonHistory, NoBeginningOfATextIsTakenForTheWhole) {
  const std::string text = to_json(sample::history_entry());
  for (std::size_t length = 0; length + 2 < text.size(); ++length) {
    EXPECT_NE(refusal_of(text.substr(0, length)), "accepted") << length;
  }
}

TEST(JsonHistory, ColumnsThatDoNotFitAreRefused) {
  const std::string path = "e.json: seen.by_rank.";
  EXPECT_EQ(run_refusal([](Json& j) { j["wall"].push_back(1); }),
            path + "wall has 4 elements where 3 belong; REPAIR");
  EXPECT_EQ(run_refusal([](Json& j) { j["host"][1] = 2; }),
            path + "host[1] is 2, but must be an integer from 0 to 1; REPAIR");
  EXPECT_EQ(run_refusal([](Json& j) { j["hosts"] = Json::array(); }),
            path + "hosts is empty; REPAIR");
  EXPECT_EQ(run_refusal([](Json& j) {
              j["rank"] = {0, 2, 1};
            }),
            path + "rank does not ascend; REPAIR");
  EXPECT_EQ(run_refusal([](Json& j) {
              j["routines"][0]["at"] = {0, 1, 3};
            }),
            path + "routines[0].at[2] is 3, but must be an integer from 0 to 2; REPAIR");
  EXPECT_EQ(run_refusal([](Json& j) {
              j["routines"][0]["at"] = {0, 1, 1};
            }),
            path + "routines[0].at does not ascend; REPAIR");
  EXPECT_EQ(run_refusal([](Json& j) {
              j["routines"][0]["calls"] = {1, 2};
            }),
            path + "routines[0].calls has 2 elements where 3 belong; REPAIR");
  EXPECT_EQ(run_refusal([](Json& j) { std::swap(j["routines"][0], j["routines"][1]); }),
            path + "routines is not in order of routine and communicator size; REPAIR");
  EXPECT_EQ(run_refusal([](Json& j) {
              j["peers"]["count"] = {4, 1, 1};
            }),
            path + "peers.peer has fewer elements than count says; REPAIR");
  EXPECT_EQ(run_refusal([](Json& j) {
              j["peers"]["count"] = {1, 1, 1};
            }),
            path + "peers.peer has more elements than count says; REPAIR");
  EXPECT_EQ(run_refusal([](Json& j) { j["ended"][2] = 2; }),
            path + "ended[2] is 2, but must be an integer from 0 to 1; REPAIR");
  EXPECT_EQ(run_refusal([](Json& j) { j["sampled"].push_back(1); }),
            path + "sampled has 4 elements where 3 belong; REPAIR");
  EXPECT_EQ(run_refusal([](Json& j) { j["cpu"][0] = -1; }),
            path + "cpu[0] is -1, but must be a number of seconds from 0 to 1000000000000; REPAIR");
  EXPECT_EQ(run_refusal([](Json& j) { j["peak_resident"][0] = 1.5; }),
            path +
                "peak_resident[0] is 1.5, but must be an integer of bytes from 0 to "
                "1152921504606846976; REPAIR");
}

}  // namespace
}  // namespace mpisize
