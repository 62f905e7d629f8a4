#include "mpisize/measure/stop_signal.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <optional>

#include "child.hpp"
#include "mpisize/measure/self.hpp"

namespace mpisize {
namespace {

using testing::Child;

std::atomic<int> counted{0};
void count(int) { ++counted; }

struct sigaction action_of(int number) {
  struct sigaction action {};
  sigaction(number, nullptr, &action);
  return action;
}

TEST(StopSignal, NothingWasReceivedAtFirst) { EXPECT_EQ(StopSignal().received(), std::nullopt); }

TEST(StopSignal, NotesEitherSignal) {
  for (const int number : {SIGTERM, SIGUSR1}) {
    const StopSignal stop;
    ASSERT_EQ(raise(number), 0);
    EXPECT_EQ(stop.received(), number);
    EXPECT_EQ(stop.received(), number) << "it stays received";
  }
  EXPECT_EQ(StopSignal().received(), std::nullopt) << "a later one begins anew";
}

TEST(StopSignal, SigtermCountsMoreThanTheWarning) {
  {
    const StopSignal stop;
    raise(SIGUSR1);
    raise(SIGTERM);
    EXPECT_EQ(stop.received(), SIGTERM);
  }
  const StopSignal stop;
  raise(SIGTERM);
  raise(SIGUSR1);
  EXPECT_EQ(stop.received(), SIGTERM);
}

TEST(StopSignal, PutsBackExactlyWhatWasThere) {
  struct sigaction ours {};
  ours.sa_handler = count;
  ours.sa_flags = SA_NODEFER;
  sigemptyset(&ours.sa_mask);
  sigaddset(&ours.sa_mask, SIGHUP);
  struct sigaction before {};
  ASSERT_EQ(sigaction(SIGUSR1, &ours, &before), 0);
  {
    const StopSignal outer;
    const StopSignal inner;
    EXPECT_NE(action_of(SIGUSR1).sa_handler, count);
    EXPECT_NE(action_of(SIGTERM).sa_handler, SIG_DFL);
  }
  const auto after = action_of(SIGUSR1);
  EXPECT_EQ(after.sa_handler, count);
  EXPECT_EQ(after.sa_flags & SA_NODEFER, SA_NODEFER);
  EXPECT_EQ(after.sa_flags & SA_RESTART, 0);
  EXPECT_EQ(sigismember(&after.sa_mask, SIGHUP), 1);
  EXPECT_EQ(action_of(SIGTERM).sa_handler, SIG_DFL);
  counted = 0;
  raise(SIGUSR1);
  EXPECT_EQ(counted, 1);
  sigaction(SIGUSR1, &before, nullptr);
}

TEST(StopSignal, NestedOnesSeeTheSame) {
  const StopSignal outer;
  {
    const StopSignal inner;
    raise(SIGUSR1);
    EXPECT_EQ(inner.received(), SIGUSR1);
  }
  EXPECT_EQ(outer.received(), SIGUSR1);
  const StopSignal later;
  EXPECT_EQ(later.received(), SIGUSR1);
}

TEST(StopSignal, SigtermsOfOneRequestAreOne) {
  const StopSignal stop;
  for (int i = 0; i < 5; ++i) raise(SIGTERM);
  EXPECT_EQ(stop.received(), SIGTERM);
}

TEST(StopSignal, AnotherSigtermLaterEndsTheProcess) {
  Child child([] {
    const StopSignal stop;
    const StopSignal inner;
    raise(SIGTERM);
    polite_sleep(Seconds(1.1));
    raise(SIGTERM);
    return 0;
  });
  EXPECT_EQ(child.wait(), 128 + SIGTERM);
}

TEST(StopSignal, AnotherSigtermLaterGoesToTheHandlerThatWasThere) {
  Child child([] {
    counted = 0;
    static_cast<void>(std::signal(SIGTERM, count));
    const StopSignal stop;
    raise(SIGTERM);
    const int first = counted;
    polite_sleep(Seconds(1.1));
    raise(SIGTERM);
    return first == 0 && counted == 1 ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST(StopSignal, WithoutOneSigtermEndsTheProcess) {
  Child child([] {
    { const StopSignal stop; }
    raise(SIGTERM);
    return 0;
  });
  EXPECT_EQ(child.wait(), 128 + SIGTERM);
}

}  // namespace
}  // namespace mpisize
