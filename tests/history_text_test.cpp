#include "mpisize/write/history_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "history_values.hpp"

namespace mpisize {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::json;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

HistoryEntry predicted_run(double wall) {
  HistoryEntry entry = sample::whole_run("app", 8, Seconds(wall));
  entry.id = "00000000aa";
  entry.predicted = Interval{Seconds(10), Seconds(9), Seconds(11)};
  return entry;
}

TEST(HistoryTable, HasALineForEachEntryInColumns) {
  HistoryEntry other = sample::history_entry();
  other.slurm.reset();
  const std::vector<HistoryEntry> entries{predicted_run(10.5), other};
  const auto lines = lines_of(describe_history(entries));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_THAT(lines[0], AllOf(StartsWith("id"), EndsWith("  ended")));
  EXPECT_THAT(lines[1],
              AllOf(StartsWith("00000000aa  2024-05-01 12:34:56  run"), HasSubstr("  app -i in  "),
                    HasSubstr("  8 x 1  "), HasSubstr(" 10.0 s  "), HasSubstr(" 10.5 s  "),
                    HasSubstr(" +5.0 %  "), EndsWith("  well")));
  EXPECT_THAT(lines[2], AllOf(HasSubstr("  sample  "), HasSubstr(" 3 x 4 "),
                              HasSubstr(" 5.56 ms each "), EndsWith("  -  cut off")));
  // The last column begins at the same character, not the same byte: the second line has an umlaut.
  EXPECT_EQ(lines[0].find("ended"), lines[1].find("well"));
  EXPECT_EQ(lines[1].find("well") + 1, lines[2].find("cut off"));
}

TEST(HistoryTable, SaysHowEachEnded) {
  const auto ended = [](auto change) {
    HistoryEntry entry = predicted_run(10);
    change(entry);
    const auto line = lines_of(describe_history(std::vector<HistoryEntry>{entry})).back();
    return line.substr(line.rfind("  ") + 2);
  };
  EXPECT_EQ(ended([](HistoryEntry& e) { e.ending.status = 3; }), "status 3");
  EXPECT_EQ(ended([](HistoryEntry& e) { e.ending = {std::nullopt, 9}; }), "signal 9");
  EXPECT_EQ(ended([](HistoryEntry& e) { e.ending = {}; }), "not known");
  EXPECT_EQ(ended([](HistoryEntry& e) { e.slurm = sample::history_entry().slurm; }),
            "out of memory");
}

TEST(HistoryTable, OfNothingSaysSo) { EXPECT_EQ(describe_history({}), "no runs in the history\n"); }

TEST(HistoryTable, ShowsNoControlCharacters) {
  HistoryEntry entry = predicted_run(10);
  entry.program.path = "/opt/a\x1b[31m\x07";
  entry.program.arguments = {
      "\xC2\x9B"
      "31m",
      "a\nb", "\xC3\xA4"};
  const std::string text = describe_history(std::vector<HistoryEntry>{entry}) + describe(entry);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\xC2\x9B")));
  EXPECT_THAT(text, HasSubstr("a?[31m? '?31m' 'a?b' '\xC3\xA4'"));
}

TEST(HistoryTable, ShortensLongCommands) {
  HistoryEntry entry = predicted_run(10);
  entry.program.arguments.assign(50, "\xC3\xBC\xC3\xBC\xC3\xBC");
  const auto lines = lines_of(describe_history(std::vector<HistoryEntry>{entry}));
  EXPECT_THAT(lines[1], HasSubstr("...  "));
  EXPECT_LE(lines[1].size(), 200U);
  EXPECT_TRUE(Json::accept('"' + lines[1] + '"')) << "a character was cut in two";
}

TEST(HistoryEntryText, HasAllOfTheEntry) {
  const std::string text = describe(sample::history_entry());
  for (const char* const part :
       {"history entry 0123456789, a sample", "2024-02-29T23:59:59.123Z", "/opt/app",
        "app -i 'two?lines \xC3\xBC' ''", "/scratch/case 1", "00ff",
        "node01-0123456789abcdef, Open MPI 4.1.4, started on node01",
        "3 ranks on 2 nodes, 4 threads each", "mpirun -np 3 /opt/app",
        "12.1 s (90 %: 11.3 s to 13.7 s)",
        "1 200 x MPI_Allreduce on all ranks in 6.67 s, 5.56 ms each, after 333 ms of start-up",
        "job 1234_7, OUT_OF_MEMORY; 4.00 GB a node asked; 4.00 GB a node used; time limit",
        "cause: out of memory", "over 3 ranks"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(HistoryEntryText, SummarisesRanksAndRoutines) {
  const auto lines = lines_of(describe(sample::history_entry()));
  const auto line_of = [&](const std::string& start) {
    for (const std::string& line : lines) {
      if (line.rfind("    " + start, 0) == 0) return line;
    }
    return std::string();
  };
  // in_mpi is 2/3, 2/4 and 2/5 s; MPI_Allreduce took 1/7, 1/8 and 1/9 s.
  EXPECT_THAT(line_of("of it in MPI"), EndsWith("400 ms    500 ms    667 ms"));
  EXPECT_THAT(line_of("MPI_Allreduce"), EndsWith("111 ms    125 ms    143 ms"));
  EXPECT_THAT(line_of("MPI_Allreduce"), HasSubstr(" 3       3         3 600   28.8 kB "));
  EXPECT_THAT(line_of("threads"), EndsWith("4         4         5"));
}

TEST(HistoryEntryText, GrowsWithTheRoutinesNotTheRanks) {
  HistoryEntry few = sample::history_entry();
  HistoryEntry many = few;
  few.seen = sample::program_run(3);
  many.seen = sample::program_run(1000);
  EXPECT_EQ(lines_of(describe(few)).size(), lines_of(describe(many)).size());
}

TEST(HistoryEntryText, OfARunThatHasNotEndedSaysSo) {
  HistoryEntry entry = predicted_run(10);
  entry.seen.reset();
  entry.ending = {};
  EXPECT_THAT(describe(entry),
              AllOf(HasSubstr("measured    nothing yet\n"), HasSubstr("ended       not known\n")));
}

TEST(Outcome, IsPredictedAgainstMeasured) {
  EXPECT_EQ(describe_outcome(predicted_run(10.5), {}),
            "Predicted 10.0 s (90 %: 9.00 s to 11.0 s), measured 10.5 s: +5.0 %, inside the "
            "interval.\n");
  EXPECT_EQ(describe_outcome(predicted_run(12), {}),
            "Predicted 10.0 s (90 %: 9.00 s to 11.0 s), measured 12.0 s: +20.0 %, outside the "
            "interval.\n");
}

TEST(Outcome, SaysHowEarlierPredictionsFared) {
  const std::vector<HistoryEntry> earlier{predicted_run(10.3), predicted_run(9.8),
                                          predicted_run(15),
                                          sample::whole_run("app", 8, Seconds(1))};
  const auto lines = lines_of(describe_outcome(predicted_run(10.5), earlier));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1], "Of its 3 earlier predictions: median error +3.0 %, 2 inside the interval.");
}

TEST(Outcome, OfARunThatFailedComparesNothing) {
  HistoryEntry entry = predicted_run(3);
  entry.ending.status = 139;
  EXPECT_EQ(describe_outcome(entry, {}),
            "Predicted 10.0 s (90 %: 9.00 s to 11.0 s), not to be compared: ended after 3.00 s, "
            "status 139.\n");
  entry.predicted.reset();
  EXPECT_THAT(describe_outcome(entry, {}), StartsWith("Nothing was predicted, measured 3.00 s"));
}

TEST(HistoryJson, IsOneObjectWithoutWhatEachRankDid) {
  const std::vector<HistoryEntry> entries{sample::history_entry(), predicted_run(10)};
  const Json json = Json::parse(history_json(entries, {"entry x is damaged"}));
  EXPECT_EQ(json["schema"], "mpisize-history");
  EXPECT_EQ(json["entries"].size(), 2U);
  EXPECT_EQ(json["entries"][0]["id"], "0123456789");
  EXPECT_EQ(json["entries"][0]["seen"]["steady"]["repetitions"], 1200);
  EXPECT_FALSE(json["entries"][0]["seen"].contains("by_rank"));
  EXPECT_EQ(json["damaged"], Json::array({"entry x is damaged"}));
}

RunComparison made_comparison(double slower) {
  const Repetitions a{Seconds(10), Seconds(10.1), Seconds(9.9)};
  const Repetitions b{Seconds(10 * slower)};
  return compare(a, b, std::vector<Repetitions>{a}, 1);
}

TEST(ComparisonText, SaysHowTheBandIsMadeAndWhatFollows) {
  const ComparedNames names{"app@8", "00000000bb"};
  const std::string text = describe(made_comparison(1.5), names, "the whole program");
  const auto lines = lines_of(text);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[0], "time of the whole program");
  EXPECT_THAT(lines[1], AllOf(StartsWith("  app@8        3 runs  median 10.0 s (90 %: ")));
  EXPECT_EQ(lines[2], "  00000000bb    1 run  median 15.0 s");
  EXPECT_THAT(lines[3],
              AllOf(HasSubstr("(90 %): the scatter within 1 set of repetitions, 3 runs")));
  EXPECT_EQ(
      lines[4],
      "00000000bb takes 1.500 of the time of app@8 (+50.0 %): outside the noise band, slower");
  EXPECT_THAT(describe(made_comparison(1.01), names, "x"), EndsWith(": within the noise band\n"));
  EXPECT_THAT(describe(made_comparison(0.5), names, "x"), EndsWith("band, faster\n"));
}

TEST(ComparisonText, WithoutRepetitionsAsksForThem) {
  const RunComparison comparison = compare({Seconds(1)}, {Seconds(2)}, {}, 1);
  EXPECT_THAT(describe(comparison, {"a", "b"}, "x"),
              AllOf(HasSubstr("noise band not known"), EndsWith("run one of them again\n")));
}

TEST(ComparisonJson, LeavesOutABandThatIsNotKnown) {
  const ComparedNames names{"app@8", "b"};
  const Json json = Json::parse(comparison_json(made_comparison(1.5), names, "m"));
  EXPECT_EQ(json["schema"], "mpisize-comparison");
  EXPECT_EQ(json["a"]["name"], "app@8");
  EXPECT_EQ(json["a"]["runs"], 3);
  EXPECT_EQ(json["ratio"], 1.5);
  EXPECT_EQ(json["noise"]["sets"], 1);
  EXPECT_EQ(json["difference"], "slower");
  EXPECT_FALSE(json["b"].contains("interval"));
  const Json unknown =
      Json::parse(comparison_json(compare({Seconds(1)}, {Seconds(2)}, {}, 1), names, "m"));
  EXPECT_FALSE(unknown.contains("noise"));
  EXPECT_EQ(unknown["difference"], "unknown");
}

}  // namespace
}  // namespace mpisize
