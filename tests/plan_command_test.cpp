// mpisize plan of a kernel.

#include <nlohmann/json.hpp>

#include "command_test.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Outcome;
using ::testing::StartsWith;
using testing::two_cores;
using testing::Words;
using Json = nlohmann::json;

class PlanCommand : public testing::KernelCommandTest {};

TEST_F(PlanCommand, IsAFunctionOfItsFiles) {
  const Words words{"plan", "--json", "--topology", two_cores, "--kernel", kernel_file()};
  const Outcome first = mpisize(words);
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(first.out, mpisize(words).out);
  EXPECT_THAT(first.err, IsEmpty());
  const PlanFile plan = plan_from_json(first.out, "stdout");
  EXPECT_EQ(plan.choice.plan.verdict, Verdict::parallel);
  EXPECT_EQ(plan.choice.plan.layout.ranks(), 2);
  const Json program = Json::parse(first.out).at("whole_program");
  EXPECT_DOUBLE_EQ(program.at("total").at("value").get<double>(),
                   program.at("launch").at("value").get<double>() + 0.25 +
                       program.at("call").at("value").get<double>());
}

TEST_F(PlanCommand, WritesWhatItPrints) {
  const Outcome o = mpisize({"plan", "--json", "--topology", two_cores, "--kernel", kernel_file(),
                             "-o", file("plan.json").string()});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(plan_from_json(read_file(file("plan.json")), "file"), plan_from_json(o.out, "stdout"));
}

TEST_F(PlanCommand, ObeysTheUser) {
  const Words words{"plan",     "--json",     "--topology", "package:1 core:8 pu:1",
                    "--kernel", kernel_file()};
  const auto plan_with = [&](const Words& more) {
    Words all = words;
    all.insert(all.end(), more.begin(), more.end());
    return plan_from_json(mpisize(all).out, "stdout").choice.plan;
  };
  EXPECT_EQ(plan_with({"--ranks", "3"}).layout.ranks(), 3);
  EXPECT_LE(plan_with({"--max-ranks", "5"}).layout.ranks(), 5);
  EXPECT_EQ(plan_with({"--ranks", "2^k"}).layout.ranks(), 8);
  EXPECT_EQ(plan_with({"--ranks", "n*3"}).layout.ranks(), 6);
  EXPECT_EQ(plan_with({"--min-speedup", "100"}).verdict, Verdict::serial);
  const Plan forced = plan_with({"--schedule", "dynamic", "--chunk", "7", "--queued", "3"});
  EXPECT_EQ(forced.pattern.schedule, Schedule::dynamic);
  EXPECT_EQ(forced.pattern.chunk, 7);
  EXPECT_EQ(forced.pattern.queued, 3);
}

TEST_F(PlanCommand, ForAMachineWrittenByHandSaysWhatIsGivenAndWhatIsNot) {
  const Outcome o = mpisize({"plan", "--explain", "--ranks", "2^k", "--machine", machine_by_hand(),
                             "--kernel", kernel_file(100'000)});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(
      o.out,
      AllOf(HasSubstr("machine big\n"), HasSubstr("link between nodes: given\n"),
            HasSubstr("round trip  5.00 us, derived\n"), HasSubstr("per rank  1.00 ms, given\n"),
            HasSubstr("per node  30.0 ms (90 %: 0 s to 300 ms), assumed\n"),
            HasSubstr("core-hours  sub-roots of  limited by\n"), HasSubstr("  16384 ")));
}

TEST_F(PlanCommand, ForAMachineWrittenByHandFillsNodesAndTellsNothingOfALimitThatNobodyGave) {
  const auto plan_of = [&](const Words& more) {
    Words words{"plan", "--json", "--machine", machine_by_hand(), "--kernel", kernel_file(100'000)};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome o = mpisize(words);
    EXPECT_EQ(o.code, 0) << o.err;
    return plan_from_json(o.out, "stdout").choice.plan;
  };
  EXPECT_EQ(plan_of({"--ranks", "64"}).layout.nodes, 1);
  // 1000 s of work: starting all 16384 ranks takes longer than they save.
  const Plan plan = plan_of({"--ranks", "2^k"});
  EXPECT_LT(plan.layout.ranks(), 16384);
  EXPECT_EQ(plan.layout.nodes, (plan.layout.ranks() + 63) / 64);
  EXPECT_THAT(plan.reasons.front(), HasSubstr("starting the others takes longer"));
  EXPECT_THAT(plan.would_change, ::testing::Not(::testing::Contains(HasSubstr("max_ranks"))));
  EXPECT_EQ(plan.binding_limit, std::nullopt);
}

TEST_F(PlanCommand, ForMoreNodesThanWereProbedForgetsTheHosts) {
  const std::string probed =
      script("probed.json", R"({"schema_version": 1, "topology": {"nodes": 2, "cores": 2},
                         "hosts": [{"name": "n1"}, {"name": "n2"}]})");
  const Outcome o = mpisize({"plan", "--explain", "--machine", probed, "--topology",
                             "node:64 core:2 pu:1", "--kernel", kernel_file(100'000)});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(HasSubstr("each of 64 nodes"), Not(HasSubstr("hosts"))));
}

TEST_F(PlanCommand, UnderJsonHasTheTableOverRanks) {
  const auto rows_of = [&](const Words& more) {
    Words words{"plan",        "--json", "--machine", machine_by_hand(),
                "--max-ranks", "1000",   "--kernel",  kernel_file(100'000)};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome o = mpisize(words);
    static_cast<void>(plan_from_json(o.out, "stdout"));
    return Json::parse(o.out).value("by_ranks", Json::array());
  };
  const Json rows = rows_of({"--ranks", "2^k"});
  ASSERT_EQ(rows.size(), 10U);
  const Json& last = rows.back();
  EXPECT_EQ(last.at("ranks"), 512);
  EXPECT_LE(last.at("time").at("low"), last.at("time").at("high"));
  EXPECT_NEAR(last.at("core_hours").get<double>(),
              512 * last.at("time").at("value").get<double>() / 3600, 1e-9);
  EXPECT_TRUE(last.at("sub_roots").is_boolean());
  EXPECT_TRUE(rows_of({}).empty());
}

TEST_F(PlanCommand, PlotIsDrawnWithoutAnyOtherOption) {
  const std::string drawing = file("scaling.svg").string();
  const Words words{"plan",   "--machine", machine_by_hand(), "--kernel", kernel_file(),
                    "--plot", drawing};
  ASSERT_EQ(mpisize(words).code, 0);
  const std::string first = read_file(drawing);
  EXPECT_THAT(first, AllOf(StartsWith("<?xml"), HasSubstr("made up on big"), HasSubstr("chosen: "),
                           EndsWith("</svg>\n")));
  ASSERT_EQ(mpisize(words).code, 0);
  EXPECT_EQ(read_file(drawing), first);
  const Outcome none = mpisize({"plan", "--machine", machine_by_hand(), "--kernel", kernel_file(),
                                "--max-memory", "1M", "--plot", file("none.svg").string()});
  EXPECT_EQ(none.code, 3);
  EXPECT_FALSE(fs::exists(file("none.svg")));
}

TEST_F(PlanCommand, ThatMeetsNoLimitExitsWith3AndWritesNoFile) {
  const Outcome o = mpisize({"plan", "--json", "--topology", two_cores, "--kernel", kernel_file(),
                             "--max-memory", "1M", "-o", file("plan.json").string()});
  EXPECT_EQ(o.code, 3);
  EXPECT_EQ(plan_from_json(o.out, "stdout").choice.plan.verdict, Verdict::infeasible);
  EXPECT_THAT(o.err, HasSubstr("max_memory"));
  EXPECT_FALSE(fs::exists(file("plan.json")));
}

}  // namespace
}  // namespace mpisize
