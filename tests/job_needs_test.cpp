#include "mpisize/model/job_needs.hpp"

#include <gtest/gtest.h>

#include <string>

#include "mpisize/base/error.hpp"

namespace mpisize {
namespace {

NodeGroup node() {
  NodeGroup group;
  group.features = {"ib", "avx512"};
  group.gres = {{"gpu:a100", 4}, {"gpu:t4", 1}, {"nvme", 2}};
  return group;
}

std::optional<std::string> lack_of_feature(const std::string& constraint) {
  JobNeeds needs;
  needs.constraint = constraint;
  return lacking(node(), needs);
}

std::optional<std::string> lack_of_gres(const std::string& gres) {
  JobNeeds needs;
  needs.gres = gres;
  return lacking(node(), needs);
}

TEST(JobNeeds, ANodeWithAllFeaturesOrOneOfThemLacksNothing) {
  for (const char* const constraint : {"ib", "ib&avx512", "amd|ib", "intel|avx512"}) {
    EXPECT_FALSE(lack_of_feature(constraint)) << constraint;
  }
  EXPECT_EQ(lack_of_feature("ib&amd"), "feature amd");
  EXPECT_EQ(lack_of_feature("amd"), "feature amd");
  EXPECT_EQ(lack_of_feature("amd|intel"), "one of the features amd, intel");
}

TEST(JobNeeds, WhatConcernsNodesTogetherIsLeftToSlurm) {
  for (const char* const constraint : {"[rack1|rack2]", "amd*2", "(amd&x)|ib", "amd&ib|x"}) {
    EXPECT_FALSE(lack_of_feature(constraint)) << constraint;
  }
}

TEST(JobNeeds, ResourcesOfAnyTypeAddUp) {
  for (const char* const gres :
       {"gpu", "gpu:5", "gpu:a100:4", "gpu:t4", "nvme:2,gpu:a100", "gpu:0"}) {
    EXPECT_FALSE(lack_of_gres(gres)) << gres;
  }
  EXPECT_EQ(lack_of_gres("gpu:6"), "6 of gres gpu, but 5");
  EXPECT_EQ(lack_of_gres("gpu:a100:5"), "5 of gres gpu:a100, but 4");
  EXPECT_EQ(lack_of_gres("gpu:1k"), "1024 of gres gpu, but 5");
  EXPECT_EQ(lack_of_gres("fpga"), "gres fpga");
  EXPECT_EQ(lack_of_gres("gpu:a100,fpga:1"), "gres fpga");
}

TEST(JobNeeds, AResourceThatIsNoneIsRefused) {
  for (const char* const gres : {"", ":", "gpu:", "gpu:a100:x", "gpu,", "gpu:a100:2:3"}) {
    JobNeeds needs;
    needs.gres = gres;
    EXPECT_THROW(check_needs(needs), InputError) << gres;
  }
}

TEST(ItemArray, TasksHaveAllItemsOnceAndAreEven) {
  for (int tasks = 1; tasks < 12; ++tasks) {
    for (std::int64_t items = 0; items < 40; ++items) {
      std::int64_t next = 0;
      for (int task = 0; task < tasks; ++task) {
        const ItemRange range = items_of_task({tasks, items}, task);
        EXPECT_EQ(range.first, next);
        EXPECT_TRUE(range.count == items / tasks || range.count == items / tasks + 1);
        next += range.count;
      }
      EXPECT_EQ(next, items) << tasks;
    }
  }
  EXPECT_EQ(items_of_task({1000, std::int64_t{1} << 53}, 999).first +
                items_of_task({1000, std::int64_t{1} << 53}, 999).count,
            std::int64_t{1} << 53);
}

}  // namespace
}  // namespace mpisize
