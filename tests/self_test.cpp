#include "mpisize/measure/self.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

namespace mpisize {
namespace {

constexpr std::int64_t mib = 1 << 20;

/// Works until the thread has used that much CPU time.
void compute_for(Seconds cpu_time) {
  const Seconds start = thread_cpu_time();
  std::atomic<unsigned> sink{0};
  while (thread_cpu_time() - start < cpu_time) sink.fetch_add(1);
}

TEST(Now, NeverGoesBack) {
  Seconds before = now();
  for (int i = 0; i < 1000; ++i) {
    const Seconds after = now();
    ASSERT_GE(after, before);
    before = after;
  }
}

TEST(PoliteSleep, LastsAtLeastAsLongAsAsked) {
  const Seconds start = now();
  polite_sleep(Seconds(0.02));
  EXPECT_GE(now() - start, Seconds(0.02));
}

TEST(PoliteSleep, UsesNextToNoCpuTime) {
  const Seconds start = thread_cpu_time();
  polite_sleep(Seconds(0.1));
  EXPECT_LT(thread_cpu_time() - start, Seconds(0.05));
}

TEST(PoliteSleep, NothingAndLessReturnAtOnce) {
  polite_sleep(Seconds(0));
  polite_sleep(Seconds(-1));
}

TEST(ThreadCpuTime, CountsTheCallingThreadOnly) {
  const Seconds start = thread_cpu_time();
  std::thread other([] { compute_for(Seconds(0.1)); });
  other.join();
  EXPECT_LT(thread_cpu_time() - start, Seconds(0.1));
}

TEST(RunQueueClock, TwoThreadsOnOneCoreWaitForEachOther) {
  const RunQueueClock clock;
  const auto before = clock.read();
  if (!before) GTEST_SKIP() << "this kernel keeps no /proc/thread-self/schedstat";
  cpu_set_t all;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  for (unsigned pu = 0; pu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++pu) {
    if (CPU_ISSET(pu, &all)) CPU_SET(pu, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  std::thread other([] { compute_for(Seconds(0.1)); });  // inherits the one core
  compute_for(Seconds(0.1));
  other.join();
  sched_setaffinity(0, sizeof all, &all);
  EXPECT_GT(*clock.read() - *before, Seconds(0.01));
}

TEST(RunQueueClock, KeepsItsThreadWhenMoved) {
  RunQueueClock first;
  const bool known = first.read().has_value();
  const RunQueueClock second = std::move(first);
  EXPECT_EQ(second.read().has_value(), known);
}

TEST(RunQueueWait, NeverFalls) {
  const auto before = run_queue_wait();
  compute_for(Seconds(0.01));
  const auto after = run_queue_wait();
  ASSERT_EQ(before.has_value(), after.has_value());
  if (!before) return;
  EXPECT_GE(*after, *before);
}

TEST(ResidentMemory, GrowsByThePagesThatAreTouched) {
  const auto before = resident_memory();
  ASSERT_TRUE(before.has_value());
  const std::vector<char> pages(64 * mib, 1);
  EXPECT_GE(*resident_memory(), *before + Bytes(60 * mib));
  EXPECT_EQ(pages.back(), 1);
}

TEST(ResidentMemory, PeakRemembersWhatWasGivenBack) {
  {
    const std::vector<char> pages(64 * mib, 1);
    EXPECT_EQ(pages.back(), 1);
  }
  ASSERT_TRUE(peak_resident_memory().has_value());
  EXPECT_GE(*peak_resident_memory(), Bytes(64 * mib));
}

TEST(ThreadCount, CountsAThreadThatRuns) {
  const int before = thread_count();
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) polite_sleep(Seconds(1e-3));
  });
  EXPECT_EQ(thread_count(), before + 1);
  stop = true;
  other.join();
}

TEST(ProcessAge, GrowsWithTheClock) {
  const auto before = process_age();
  ASSERT_TRUE(before.has_value());
  polite_sleep(Seconds(0.05));
  const Seconds grown = *process_age() - *before;
  EXPECT_GE(grown, Seconds(0.03));
  EXPECT_GE(*before, Seconds(0));
}

TEST(MachineCpuTime, ContainsOurs) {
  const auto before = machine_cpu_time();
  ASSERT_TRUE(before.has_value());
  compute_for(Seconds(0.2));
  EXPECT_GE(*machine_cpu_time() - *before, Seconds(0.1));
}

}  // namespace
}  // namespace mpisize
