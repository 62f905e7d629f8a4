#include "mpisize/write/slurm_values.hpp"

#include <gtest/gtest.h>

namespace mpisize {
namespace {

std::optional<double> minutes(std::string_view text) {
  const auto time = read_slurm_time(text);
  if (!time || !time->limit) return std::nullopt;
  return time->limit->value() / 60;
}

std::optional<std::int64_t> mebibytes(std::string_view text) {
  const auto size = read_slurm_memory(text);
  if (!size) return std::nullopt;
  return size->value() >> 20;
}

// sbatch(1), --time: acceptable formats.
TEST(SlurmValues, TimeHasSixForms) {
  EXPECT_EQ(minutes("90"), 90);
  EXPECT_EQ(minutes("90:30"), 91);
  EXPECT_EQ(minutes("1:30:00"), 90);
  EXPECT_EQ(minutes("1:30:01"), 91);
  EXPECT_EQ(minutes("2-12"), 60 * 60);
  EXPECT_EQ(minutes("2-12:30"), 60 * 60 + 30);
  EXPECT_EQ(minutes("2-12:30:00"), 60 * 60 + 30);
  EXPECT_EQ(minutes("2-"), 48 * 60);
}

TEST(SlurmValues, TimeMayBeUnlimited) {
  for (const char* const text : {"0", "UNLIMITED", "infinite", "-1", "00:00:00"}) {
    ASSERT_TRUE(read_slurm_time(text)) << text;
    EXPECT_FALSE(read_slurm_time(text)->limit) << text;
  }
}

TEST(SlurmValues, WhatIsNoTimeIsNone) {
  for (const char* const text :
       {"", "soon", "1h", "1:", ":30", "1:2:3:4", "1-2-3", "=60", "1:00-2", "1 0"}) {
    EXPECT_FALSE(read_slurm_time(text)) << text;
  }
}

TEST(SlurmValues, MemoryIsInMebibytesUnlessItSays) {
  EXPECT_EQ(mebibytes("4000"), 4000);
  EXPECT_EQ(mebibytes("4G"), 4096);
  EXPECT_EQ(mebibytes("4gb"), 4096);
  EXPECT_EQ(mebibytes("1T"), 1 << 20);
  EXPECT_EQ(mebibytes("1K"), 1);
  EXPECT_EQ(mebibytes("1025K"), 2);
  EXPECT_EQ(mebibytes("0"), 0);
  for (const char* const text : {"", "G", "-1", "4Q", "4GiB", "4.5G", "99999999999999T"}) {
    EXPECT_FALSE(mebibytes(text)) << text;
  }
}

TEST(SlurmValues, NodesMayBeARange) {
  EXPECT_EQ(read_slurm_nodes("4"), (NodeCount{4, 4}));
  EXPECT_EQ(read_slurm_nodes("2-4"), (NodeCount{2, 4}));
  EXPECT_EQ(read_slurm_nodes("1k"), (NodeCount{1024, 1024}));
  for (const char* const text : {"", "4-2", "many", "4 nodes", "-"})
    EXPECT_FALSE(read_slurm_nodes(text)) << text;
}

TEST(SlurmValues, CountsArePositive) {
  EXPECT_EQ(read_slurm_count("16"), 16);
  for (const char* const text : {"", "0", "-3", "=4", "4x", "$N", "1e3", "99999999999999999999"}) {
    EXPECT_FALSE(read_slurm_count(text)) << text;
  }
}

TEST(SlurmValues, SignalsComeSixtySecondsBeforeUnlessTheySay) {
  EXPECT_EQ(read_signal_lead("USR1"), Seconds(60));
  EXPECT_EQ(read_signal_lead("B:USR1@120"), Seconds(120));
  EXPECT_FALSE(read_signal_lead("USR1@soon"));
  EXPECT_FALSE(read_signal_lead("USR1@65536"));
  EXPECT_FALSE(read_signal_lead(""));
}

TEST(SlurmValues, HostsAreCountedInBrackets) {
  EXPECT_EQ(count_hosts("n1"), 1);
  EXPECT_EQ(count_hosts("n1,n2"), 2);
  EXPECT_EQ(count_hosts("n[1-4,7],gpu01"), 6);
  EXPECT_EQ(count_hosts("r[1-2]n[01-10]"), 20);
  EXPECT_EQ(count_hosts("n[08-12]"), 5);
  for (const char* const text : {"", "./hosts", "n[1-", "n[x]", "n[4-2]"})
    EXPECT_FALSE(count_hosts(text)) << text;
}

TEST(SlurmValues, ArraysEndAtTheirLargestIndex) {
  EXPECT_EQ(read_array_end("0-15"), 15);
  EXPECT_EQ(read_array_end("0-15%4"), 15);
  EXPECT_EQ(read_array_end("0-15:4"), 15);
  EXPECT_EQ(read_array_end("7,1,3-5"), 7);
  for (const char* const text : {"", "a", "5-1", "1,", "0-15:"})
    EXPECT_FALSE(read_array_end(text)) << text;
}

TEST(SlurmValues, AreWrittenRoundedUp) {
  EXPECT_EQ(write_slurm_time(Seconds(1)), "00:01:00");
  EXPECT_EQ(write_slurm_time(Seconds(3601)), "01:01:00");
  EXPECT_EQ(write_slurm_time(Seconds(86400)), "1-00:00:00");
  EXPECT_EQ(write_slurm_memory(Bytes(1)), "1M");
  EXPECT_EQ(write_slurm_memory(Bytes(std::int64_t{4} << 30)), "4096M");
}

TEST(SlurmValues, MeanTheSameInDifferentWords) {
  EXPECT_TRUE(means_the_same("time", "60", "01:00:00"));
  EXPECT_TRUE(means_the_same("mem", "4G", "4096M"));
  EXPECT_TRUE(means_the_same("nodes", "2-2", "2"));
  EXPECT_TRUE(means_the_same("ntasks", "08", "8"));
  EXPECT_FALSE(means_the_same("nodes", "1-2", "2"));
  EXPECT_FALSE(means_the_same("time", "60", "00:00:60"));
  EXPECT_FALSE(means_the_same("time", "soon", "later"));
  EXPECT_FALSE(means_the_same("job-name", "08", "8"));
}

}  // namespace
}  // namespace mpisize
