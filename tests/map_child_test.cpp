#include "map_child.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errors.hpp"

namespace mpisize::tools {
namespace {

using Words = std::vector<std::string>;

ChildLine child_of(const Words& words) {
  ChildLine child;
  child.mpirun.program = words;
  child.argv = words;
  return child;
}

const Words line{"/opt/bin/mpisize", "map",      "--kernel", "k.so",
                 "--input",          "in.h5:/x", "--output", "out.h5:/g/y"};

Words with(const Words& more) {
  Words words = line;
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(MapChild, IsReadAsTheCommandReadsIt) {
  const auto map = read_map(child_of(with({"--journal", "j", "--pattern", "stream"})));
  ASSERT_TRUE(map);
  EXPECT_EQ(map->kernel, "k.so");
  EXPECT_EQ(map->journal, "j");
  EXPECT_EQ(map->pattern, "stream");
  EXPECT_THROW(static_cast<void>(read_map(child_of({"mpisize", "map", "--kernel", "k"}))),
               UsageError);
  EXPECT_THROW(static_cast<void>(read_map(child_of({"mpisize", "map", "--help"}))), UsageError);
}

TEST(MapChild, OtherProgramsAreNone) {
  EXPECT_FALSE(read_map(child_of({})));
  EXPECT_FALSE(read_map(child_of({"./mpisize"})));
  EXPECT_FALSE(read_map(child_of({"./app", "map"})));
  EXPECT_FALSE(read_map(child_of({"mpisize", "run", "--", "./app"})));
}

TEST(MapChild, ItsWishesShapeThePlan) {
  Planning planning;
  planning.limits.min_speedup = 1.2;
  const auto map = read_map(child_of(
      with({"--ranks", "6", "--chunk", "3", "--min-speedup", "2.5", "--max-memory", "1M"})));
  const Planning shaped = with_wishes_of(*map, planning);
  EXPECT_EQ(shaped.ranks->counts(100), std::vector<int>{6});
  EXPECT_TRUE(shaped.ranks->forces());
  EXPECT_EQ(shaped.forced.chunk, 3);
  EXPECT_EQ(shaped.limits.min_speedup, 2.5);
  EXPECT_EQ(shaped.limits.max_memory, map->max_memory);
  planning.ranks = RankRule::read("--ranks", "4");
  EXPECT_THROW(static_cast<void>(with_wishes_of(*map, planning)), UsageError);
}

TEST(MapChild, IsToldThePlannedRanksUnlessItNamesThem) {
  const ChildLine free = child_of(line);
  EXPECT_EQ(map_line(free, *read_map(free), 12), with({"--ranks", "12"}));
  const ChildLine bound = child_of(with({"--ranks", "6"}));
  EXPECT_EQ(map_line(bound, *read_map(bound), 6), bound.argv);
}

TEST(MapChild, FileOfADataset) {
  EXPECT_EQ(file_of("out.h5:/g/y"), "out.h5");
  EXPECT_EQ(file_of("/a:b/out.h5:/y"), "/a:b/out.h5");
}

}  // namespace
}  // namespace mpisize::tools
