// Acknowledged results outlive a kill. MPISIZE_TEST_KILLS is the number of kills.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>
#include <set>
#include <stdexcept>

#include "child.hpp"
#include "journal_values.hpp"
#include "mpisize/measure/journal.hpp"
#include "mpisize/measure/self.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

class Pipe {
 public:
  Pipe() {
    if (pipe(ends_.data()) != 0) throw std::runtime_error("no pipe");
  }
  ~Pipe() {
    for (const int end : ends_) close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void put(std::int64_t value) const {
    if (write(ends_[1], &value, sizeof value) != sizeof value) throw std::runtime_error("pipe");
  }
  /// Everything that was put, once nobody can put any more.
  std::vector<std::int64_t> drain() {
    close(std::exchange(ends_[1], -1));
    std::vector<std::int64_t> values;
    std::int64_t value = 0;
    while (::read(ends_[0], &value, sizeof value) == sizeof value) values.push_back(value);
    return values;
  }

 private:
  std::array<int, 2> ends_{};
};

/// Records of 1 to 64 items (8 to 512 bytes), some of 80 kB, one to nine between commits.
[[noreturn]] void write_until_killed(const std::filesystem::path& file, std::uint64_t seed,
                                     const Pipe& acknowledged) {
  std::mt19937_64 random(seed);
  Journal journal(testing::options(file), testing::identity);
  std::int64_t next = 0;
  for (const JournalRun& run : journal.runs()) next = std::max(next, run.first + run.count);
  for (;;) {
    for (auto records = random() % 9 + 1; records > 0; --records) {
      const auto items = random() % 50 == 0 ? 10'000 : static_cast<std::int64_t>(random() % 64) + 1;
      testing::append(journal, next, items);
      next += items;
    }
    journal.commit();
    acknowledged.put(next);
  }
}

/// Nothing up to `acknowledged` is missing, and all is what it was; the end of the last run.
std::int64_t verify(const std::filesystem::path& file, std::int64_t acknowledged) {
  Journal journal(testing::options(file), testing::identity);
  std::int64_t next = 0;
  for (const JournalRun& run : journal.runs()) {
    EXPECT_EQ(run.first, next) << "lost, or there twice";
    next = run.first + run.count;
    EXPECT_EQ(testing::read(journal, run), testing::results(run.first, run.count));
  }
  EXPECT_GE(next, acknowledged) << "lost";
  return next;
}

int kills() {
  constexpr int few = 20;
  const char* const wanted = std::getenv("MPISIZE_TEST_KILLS");
  return wanted == nullptr ? few : std::max(1, std::stoi(wanted));
}

TEST(JournalKill, NothingAcknowledgedIsLostAndNothingIsThereTwice) {
  constexpr std::int64_t large = 2'000'000;  // Items, after which a new file is begun.
  const testing::TemporaryDirectory directory;
  const auto file = directory.path() / "j";
  std::mt19937_64 random(1);
  std::int64_t there = 0;
  int worked = 0;
  for (int i = 0; i < kills(); ++i) {
    SCOPED_TRACE(i);
    if (there > large) {
      std::filesystem::remove(file);
      there = 0;
    }
    Pipe pipe;
    const std::uint64_t seed = random();
    testing::Child child([&]() -> int { write_until_killed(file, seed, pipe); });
    polite_sleep(Seconds(std::uniform_real_distribution<>(0, 20e-3)(random)));
    ASSERT_EQ(kill(child.id(), SIGKILL), 0);
    ASSERT_EQ(child.wait(), 128 + SIGKILL);
    const auto acknowledged = pipe.drain();
    if (!acknowledged.empty()) ++worked;
    there = verify(file, acknowledged.empty() ? there : acknowledged.back());
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(worked, 0) << "every child was killed before it had acknowledged anything";
}

}  // namespace
}  // namespace mpisize
