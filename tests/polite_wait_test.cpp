#include "mpisize/mpi/polite_wait.hpp"

#include <gtest/gtest.h>

#include "mpisize/measure/self.hpp"

namespace mpisize {
namespace {

/// CPU time over wall time of a wait.
double core_share(bool oversubscribed, Seconds length) {
  PoliteWait wait(oversubscribed);
  const Seconds cpu = thread_cpu_time();
  const Seconds begin = now();
  while (now() - begin < length) wait.pause();
  return (thread_cpu_time() - cpu) / (now() - begin);
}

TEST(PoliteWait, LongWaitLeavesTheCoreToOthers) {
  for (const bool oversubscribed : {true, false}) {
    EXPECT_LT(core_share(oversubscribed, Seconds(0.3)), 0.1);
  }
}

TEST(PoliteWait, NapsGrowWithTheWait) {
  PoliteWait wait(false);
  const Seconds begin = now();
  int polls = 0;
  while (now() - begin < Seconds(0.2)) {
    wait.pause();
    ++polls;
  }
  const int at_first = polls;
  const Seconds later = now();
  polls = 0;
  while (now() - later < Seconds(0.2)) {
    wait.pause();
    ++polls;
  }
  // The first millisecond polls hard; afterwards a nap takes up to 1 ms.
  EXPECT_GT(at_first, polls);
  EXPECT_LE(polls, 210);
}

TEST(PoliteWait, NewsMakeItPollHardAgain) {
  PoliteWait wait(false);
  const Seconds begin = now();
  while (now() - begin < Seconds(0.05)) wait.pause();
  wait.reset();
  // A nap now would take as much as the longest.
  const Seconds cpu = thread_cpu_time();
  for (int i = 0; i < 15; ++i) wait.pause();
  EXPECT_LT(thread_cpu_time() - cpu, Seconds(1e-3));
}

}  // namespace
}  // namespace mpisize
