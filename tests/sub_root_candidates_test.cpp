// Plans with sub-roots, and with sub-roots above those.
#include "mpisize/choose/sub_root_candidates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "made_kernels.hpp"
#include "mpisize/choose/planner.hpp"
#include "mpisize/model/levels.hpp"

namespace mpisize {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int ranks = 16384;

/// Short items on nodes of 16 ranks; in a stream whose window holds few items a rank, no chunk can
/// be made larger to spare the root.
Request short_items(PatternKind kind) {
  const auto exactly = [](double t) { return measured(Seconds(t), Seconds(t), Seconds(t)); };
  Random random(5);
  const auto times = made::item_times(made::Shape::lognormal_cv1, 10000, 1e-4, random);
  Request r = made::request(made::machine(16, Seconds(4.6e-6)), made::sampled(times, 500, 3));
  r.kind = kind;
  r.machine.topology.nodes = ranks / 16;
  r.machine.dispatch.near = NearCost{exactly(1e-6), exactly(4e-6)};
  r.kernel.items = r.items = 100 * ranks;
  r.kernel.items_known = true;
  r.kernel.cpu_share = 0;
  for (ItemSample& s : r.kernel.samples) s.index = s.position = s.index * (r.items / 10000);
  r.ranks_are_warm = true;
  r.forced.ranks = ranks;
  if (kind == PatternKind::stream) r.forced.window = 8 * ranks;
  return r;
}

double seconds_of(const Choice& choice) { return choice.predicted.total.value.value(); }

TEST(AddRacks, GivesOnlyPlansThatTheClosedFormFindsFasterThanThoseBelow) {
  const Request r = short_items(PatternKind::map);
  const Situation s = made::situation(r);
  std::vector<Candidate> all;
  add_sub_roots(s, ranks, {}, false, all);
  ASSERT_FALSE(all.empty());
  const double slowest =
      std::max_element(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
        return a.seconds < b.seconds;
      })->seconds;
  const std::size_t below = all.size();
  add_racks(s, {}, all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(has_racks(all[i].pattern), i >= below);
    EXPECT_LE(all[i].seconds, slowest);
  }
}

TEST(AddRacks, WhereTheyAreForcedNothingElseIsLeft) {
  const Request r = short_items(PatternKind::map);
  const Situation s = made::situation(r);
  Forced forced;
  for (const int rack : {1, 2, 8, 5000}) {
    forced.rack = rack;
    std::vector<Candidate> all;
    add_sub_roots(s, ranks, forced, false, all);
    add_racks(s, forced, all);
    ASSERT_FALSE(all.empty()) << rack;
    for (const Candidate& c : all) {
      ASSERT_TRUE(has_racks(c.pattern));
      const SubRoots& sub = *c.pattern.sub_roots;
      EXPECT_EQ(sub.racks->groups, rack);
      EXPECT_LE(sub.racks->piece, c.pattern.chunk);
      EXPECT_LE(sub.piece, sub.racks->piece);
      EXPECT_DOUBLE_EQ(c.seconds, closed_form(s, ranks, c.pattern).total());
    }
  }
}

TEST(AddRacks, WhereTheyAreForbiddenThereAreNone) {
  const Request r = short_items(PatternKind::map);
  const Situation s = made::situation(r);
  Forced forced;
  forced.rack = 0;
  std::vector<Candidate> all;
  add_sub_roots(s, ranks, forced, false, all);
  add_racks(s, forced, all);
  for (const Candidate& c : all) EXPECT_FALSE(has_racks(c.pattern));
}

TEST(Racks, AreChosenWhereTheRootCannotServeAllSubRoots) {
  Request r = short_items(PatternKind::stream);
  const Choice free = choose(r);
  ASSERT_TRUE(has_racks(free.plan.pattern));
  EXPECT_THAT(free.plan.reasons, Contains(HasSubstr("behind others that dispatch")));
  r.forced.rack = 0;
  const Choice without = choose(r);
  EXPECT_FALSE(has_racks(without.plan.pattern));
  EXPECT_LT(seconds_of(free), 0.8 * seconds_of(without));
  r.forced.rack.reset();
  EXPECT_EQ(seconds_of(choose(r)), seconds_of(free));
}

TEST(Racks, SaveNoBytesAndThePlanSaysSo) {
  Request r = short_items(PatternKind::stream);
  const auto says = HasSubstr("save messages and no bytes");
  EXPECT_THAT(choose(r).plan.reasons, Not(Contains(says)));
  // Source and sink alone take as long as everything did before.
  r.kernel.pull = r.kernel.sink = measured(Seconds(2e-7), Seconds(2e-7), Seconds(2e-7));
  r.forced.rack = 16;
  const Choice choice = choose(r);
  EXPECT_THAT(choice.plan.reasons, Contains(says));
  EXPECT_GT(seconds_of(choice), static_cast<double>(r.items) * 4e-7);
}

TEST(Racks, AreNotChosenWhereChunksCanGrowInstead) {
  EXPECT_FALSE(has_racks(choose(short_items(PatternKind::map)).plan.pattern));
}

TEST(Racks, AreRefusedWhereTheyContradictWhatElseIsForced) {
  Request r = short_items(PatternKind::map);
  const auto refusal = [&] {
    try {
      (void)choose(r);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  r.forced.rack = -1;
  EXPECT_THAT(refusal(), HasSubstr("rack is -1"));
  r.forced.rack = 8;
  r.forced.group = 0;
  EXPECT_THAT(refusal(), HasSubstr("racks are of groups"));
  r.forced.group.reset();
  r.forced.root_computes = true;
  EXPECT_THAT(refusal(), HasSubstr("only dispatches"));
}

TEST(Racks, OfUnlikeNodesComputeAsFastAsTheirRanksTogether) {
  // Half of the nodes at half the speed: the work takes 4 / 3 as long, racks or not.
  Situation s = made::situation(short_items(PatternKind::map));
  s.work.noise = 0;
  ScatterPattern p;
  p.chunk = 16 * 16 * 4;
  p.queued = 4;
  p.root_computes = false;
  p.sub_roots = SubRoots{16, 1, 2, true, Racks{16, 16, 4}};
  const double alike = closed_form(s, ranks, p).compute;
  Spreads spreads;
  spreads[ranks] = {{1, 16, 16, 1, Distance::root_node},
                    {511, 16, 16, 1, Distance::root_rack},
                    {512, 16, 16, 0.5, Distance::root_rack}};
  s.spreads = std::make_shared<const Spreads>(spreads);
  EXPECT_NEAR(closed_form(s, ranks, p).compute / alike, 4.0 / 3, 0.01);
}

}  // namespace
}  // namespace mpisize
