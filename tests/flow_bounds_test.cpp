// What memory and the user allow of a batch or stream, and how a window acts in the replay.
#include "mpisize/choose/flow_bounds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_kernels.hpp"
#include "mpisize/model/replay.hpp"

namespace mpisize {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t items = 100000;

/// Items of 1 kB with results of 3 kB, a millisecond each.
Request request_of(PatternKind kind) {
  const std::vector<double> times(items, 1e-3);
  Request r;
  r.machine = made::machine(8, Seconds(1e-6));
  r.kernel = made::sampled(times, 64, 1);
  r.kernel.kind = r.kind = kind;
  r.items = r.kernel.items = items;
  r.kernel.item_memory = Bytes(1000);
  r.kernel.result_memory = Bytes(3000);
  r.limits.max_memory = Bytes(40'000'000);
  return r;
}

Situation situation_of(const Request& r) {
  Situation s = made::situation(r);
  s.mould.kind = r.kind;
  return s;
}

TEST(FlowBounds, TwoBatchesFitIntoMemory) {
  Request r = request_of(PatternKind::batch);
  Situation s = situation_of(r);
  EXPECT_FALSE(bound_flow(r, s).too_small);
  EXPECT_LE(2 * *s.mould.batch * 4000, 40'000'000);
  EXPECT_GE(2 * *s.mould.batch * 4000, 30'000'000) << "memory is used";
}

TEST(FlowBounds, MoreMemoryThanItemsMakesTenBatches) {
  Request r = request_of(PatternKind::batch);
  r.limits.max_memory = Bytes(std::int64_t{1} << 40);
  Situation s = situation_of(r);
  static_cast<void>(bound_flow(r, s));
  EXPECT_EQ(s.mould.batch, items / 10);
}

TEST(FlowBounds, BatchesAreWholeGrains) {
  Request r = request_of(PatternKind::batch);
  r.grain = 64;
  Situation s = situation_of(r);
  static_cast<void>(bound_flow(r, s));
  EXPECT_EQ(*s.mould.batch % 64, 0);
}

TEST(FlowBounds, MemoryBelowOneItemIsToldWithWhatItNeeds) {
  for (const PatternKind kind : {PatternKind::batch, PatternKind::stream}) {
    Request r = request_of(kind);
    r.limits.max_memory = Bytes(1000);
    Situation s = situation_of(r);
    const FlowBounds bounds = bound_flow(r, s);
    ASSERT_TRUE(bounds.too_small);
    EXPECT_THAT(*bounds.too_small, HasSubstr("the memory is 1.00 kB"));
    const Choice choice = choose(r);
    EXPECT_EQ(choice.plan.verdict, Verdict::infeasible);
    EXPECT_EQ(choice.plan.binding_limit, "max_memory");
  }
}

TEST(FlowBounds, WithoutALimitAQuarterOfTheGrantIsTaken) {
  Request r = request_of(PatternKind::stream);
  r.limits.max_memory.reset();
  r.machine.topology.grant.memory = Bytes(8'000'000);
  EXPECT_EQ(memory_of_flow(r), Bytes(2'000'000));
  r.machine.topology.grant.memory.reset();
  EXPECT_EQ(memory_of_flow(r), Bytes(std::int64_t{1} << 30));
}

TEST(FlowBounds, EvenItemsAreOrderedForNothingAndVeryUnevenOnesAreNot) {
  Request r = request_of(PatternKind::stream);
  const Choice even = choose(r);
  EXPECT_EQ(even.plan.pattern.ordered, true);
  ASSERT_TRUE(even.plan.pattern.window);
  EXPECT_LE(*even.plan.pattern.window * 4000, 40'000'000);

  // One item in 50 takes as long as 500 others, and the window holds few.
  std::vector<double> times(items, 1e-3);
  for (std::size_t i = 0; i < times.size(); i += 50) times[i] = 0.5;
  Request uneven = request_of(PatternKind::stream);
  uneven.kernel = made::sampled(times, 1000, 1);
  uneven.kernel.kind = PatternKind::stream;
  uneven.kernel.item_memory = Bytes(1'000'000);
  EXPECT_EQ(choose(uneven).plan.pattern.ordered, false);
  uneven.forced.ordered = true;
  EXPECT_EQ(choose(uneven).plan.pattern.ordered, true) << "forced";
}

TEST(FlowBounds, ContradictionsAreNamed) {
  const auto words = [](Request r) -> std::string {
    try {
      validate_flow(r);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  Request map = request_of(PatternKind::map);
  map.forced.window = 5;
  EXPECT_THAT(words(map), HasSubstr("this is a map"));
  Request batch = request_of(PatternKind::batch);
  batch.forced.ordered = true;
  EXPECT_THAT(words(batch), HasSubstr("this is a batch"));
  Request stream = request_of(PatternKind::stream);
  stream.forced.batch = 5;
  EXPECT_THAT(words(stream), HasSubstr("this is a stream"));
  stream = request_of(PatternKind::stream);
  stream.forced.window = 0;
  EXPECT_THAT(words(stream), HasSubstr("window is 0"));
  stream = request_of(PatternKind::stream);
  stream.forced.schedule = Schedule::guided;
  EXPECT_THAT(words(stream), HasSubstr("on demand"));
  EXPECT_EQ(words(request_of(PatternKind::stream)), "accepted");
}

/// What is under way is the throughput times how long it is (Little 1961): a window of W items that
/// each take t and travel w there and back lets W / (t + w) through, and n workers n / t at most.
TEST(FlowReplay, AWindowLetsThroughWhatLittleSays) {
  constexpr double t = 1e-3;
  constexpr std::int64_t count = 4000;
  for (const double way : {0.0, 0.5e-3, 2e-3}) {
    for (const int workers : {1, 4, 16}) {
      for (const std::int64_t window : {1, 2, 4, 8, 16, 64, 256}) {
        Situation s;
        s.work = made::exact_workload(std::vector<double>(count, t));
        s.cpus = 1000;
        s.costs.one_way = way;
        ScatterPattern p;
        p.kind = s.mould.kind = PatternKind::stream;
        p.window = window;
        p.ordered = true;
        p.queued = 8;
        p.root_computes = false;
        const double through = std::min({workers / t, static_cast<double>(window) / (t + 2 * way),
                                         workers * 8.0 / (t + 2 * way)});
        const double expected = static_cast<double>(count) / through;
        const double total = replay(s, workers + 1, p, 1, std::int64_t{1} << 40).total;
        // A window that is no multiple of the workers leaves some with one item more.
        EXPECT_GE(total, 0.99 * expected) << way << " " << workers << " " << window;
        EXPECT_LE(total, 1.35 * expected + 8 * (t + 2 * way))
            << way << " " << workers << " " << window;
      }
    }
  }
}

}  // namespace
}  // namespace mpisize
