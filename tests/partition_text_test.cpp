#include "mpisize/write/partition_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mpisize {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

PartitionChoice choice() {
  WeighedOffer fine;
  fine.offer.partition = "standard";
  fine.offer.topology.nodes = 5000;
  fine.offer.topology.grant.pus = 128;
  fine.plan.verdict = Verdict::parallel;
  fine.plan.layout = {10, 1280, 1};
  fine.plan.total = {Seconds(7200), Seconds(7000), Seconds(7400)};
  fine.wait = Seconds(600);
  WeighedOffer late = fine;
  late.offer.partition = "debug";
  late.wait.reset();
  late.rejection = Rejection{"time limit", "the time limit 30.0 min is below 2.06 h", "", 4.1};
  return choose_partition({late, fine}, {{"gpu", "it is drained"}}, Goal::time);
}

TEST(PartitionText, TableHasWaitAndRunAndWhatStandsAgainstEach) {
  const std::string text = describe(choice(), true);
  EXPECT_THAT(text, HasSubstr("Partition standard: 10 nodes, 2.00 h and 10.0 min of waiting.\n"));
  EXPECT_THAT(text, HasSubstr("* standard    5 000 x 128     1 280 on 10  2.00 h  10.0 min"));
  EXPECT_THAT(text, HasSubstr("the time limit 30.0 min is below 2.06 h\n"));
  EXPECT_THAT(text, HasSubstr("  gpu "));
  EXPECT_THAT(text, HasSubstr("it is drained\n"));
  EXPECT_THAT(describe(choice(), false), Not(HasSubstr("debug")));
}

TEST(PartitionText, JsonHasEachPartitionOnce) {
  const auto rows = nlohmann::json::parse(to_json(choice()));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0]["limit"], "time limit");
  EXPECT_FALSE(rows[0].contains("wait"));
  EXPECT_EQ(rows[1]["chosen"], true);
  EXPECT_EQ(rows[1]["wait"], 600);
  EXPECT_EQ(rows[1]["run"]["high"], 7400);
  EXPECT_EQ(rows[1]["core_hours"], 2560);
  EXPECT_EQ(rows[2]["refusal"], "it is drained");
}

}  // namespace
}  // namespace mpisize
