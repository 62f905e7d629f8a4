// Sources and sinks that are indexed: read and written where items are computed, each index once.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "mpisize/mpisize.hpp"
#include "ranks.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

/// 0, 1, 2 ... by index, counting how often each was read on this rank.
struct Numbers {
  using value_type = double;
  std::int64_t count;
  std::int64_t unit = 1;
  std::vector<int> reads = std::vector<int>(static_cast<std::size_t>(count));
  [[nodiscard]] std::int64_t size() const { return count; }
  [[nodiscard]] std::int64_t grain() const { return unit; }
  void read(std::int64_t first, std::span<double> to) {
    for (double& value : to) {
      ++reads.at(static_cast<std::size_t>(first));
      value = static_cast<double>(first++);
    }
  }
};

/// What was written on this rank.
struct Sheet {
  explicit Sheet(std::int64_t count)
      : values(static_cast<std::size_t>(count)), writes(values.size()) {}
  std::vector<double> values;
  std::vector<int> writes;
  std::int64_t unit = 1;
  std::int64_t opened_for = 0;
  int flushes = 0;
  bool together = false;
  [[nodiscard]] std::int64_t grain() const { return opened_for > 0 ? unit : 1; }
  [[nodiscard]] bool collective() const { return together; }
  void open(std::int64_t chunk) { opened_for = chunk; }
  void flush() {
    ++flushes;
    MPI_Barrier(MPI_COMM_WORLD);  // A collective call: hangs if a rank is missing.
  }
  void write(std::int64_t first, std::span<const double> results) {
    EXPECT_GT(opened_for, 0) << "written before it was opened";
    for (const double r : results) {
      values.at(static_cast<std::size_t>(first)) = r;
      ++writes.at(static_cast<std::size_t>(first++));
    }
  }
};

/// Every index was written once, on one rank, with what the kernel makes of it.
void expect_written(const Sheet& sheet) {
  const auto writes = sum_over_ranks(sheet.writes);
  std::vector<double> values(sheet.values.size());
  MPI_Allreduce(sheet.values.data(), values.data(), static_cast<int>(values.size()), MPI_DOUBLE,
                MPI_SUM, MPI_COMM_WORLD);
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(writes[i], 1) << "item " << i;
    ASSERT_EQ(values[i], rough(static_cast<double>(i))) << "item " << i;
  }
}

/// Who dispatches: the root alone, sub-roots of two ranks, or racks of two of those.
struct Levels {
  int group = 0;
  int rack = 0;
};
class IndexedEnds : public ::testing::TestWithParam<Levels> {
 protected:
  static Options on_all_ranks() {
    Options o = testing::on_all_ranks();
    o.group = GetParam().group;
    o.rack = GetParam().rack;
    return o;
  }
};
INSTANTIATE_TEST_SUITE_P(OfOneRoot, IndexedEnds, ::testing::Values(Levels{}));
INSTANTIATE_TEST_SUITE_P(OfGroups, IndexedEnds, ::testing::Values(Levels{2, 0}));
INSTANTIATE_TEST_SUITE_P(OfRacks, IndexedEnds, ::testing::Values(Levels{2, 2}));

TEST_P(IndexedEnds, EveryItemIsReadAndWrittenOnce) {
  constexpr std::int64_t n = 1000;
  for (const bool whole : {true, false}) {
    Numbers source{n};
    Sheet sink(n);
    const Options o = on_all_ranks();
    const Report report = whole ? batch(MPI_COMM_WORLD, source, rough, sink, o)
                                : stream(MPI_COMM_WORLD, source, rough, sink, o);
    expect_written(sink);
    const auto reads = sum_over_ranks(source.reads);
    EXPECT_EQ(*std::min_element(reads.begin(), reads.end()), 1);
    EXPECT_EQ(*std::max_element(reads.begin(), reads.end()), 1);
    EXPECT_EQ(report.measured.flow->delivered, n);
  }
}

TEST_P(IndexedEnds, WorkersWriteForThemselves) {
  if (size_of() == 1) GTEST_SKIP() << "one rank has no workers";
  constexpr std::int64_t n = 2000;
  Numbers source{n};
  Sheet sink(n);
  Options o = on_all_ranks();
  o.chunk = 4;
  (void)batch(MPI_COMM_WORLD, source, rough, sink, o);
  const auto here = std::count(sink.writes.begin(), sink.writes.end(), 1);
  const int workers = sum_over_ranks(is_root() ? 0 : static_cast<int>(here));
  EXPECT_GT(workers, 0) << "all results went through the root";
}

TEST_P(IndexedEnds, NoPieceOfTheSinkHasTwoWriters) {
  constexpr std::int64_t n = 1003;
  constexpr std::int64_t unit = 8;
  for (const std::int64_t chunk : {1, 8, 20}) {
    Numbers source{n};
    Sheet sink(n);
    sink.unit = unit;
    Options o = on_all_ranks();
    o.chunk = chunk;
    (void)batch(MPI_COMM_WORLD, source, rough, sink, o);
    expect_written(sink);
    std::vector<int> writers(n / unit + 1);
    for (std::size_t piece = 0; piece < writers.size(); ++piece) {
      const auto from = sink.writes.begin() + static_cast<std::ptrdiff_t>(piece * unit);
      const auto to = sink.writes.begin() +
                      std::min<std::ptrdiff_t>(n, static_cast<std::ptrdiff_t>((piece + 1) * unit));
      writers[piece] = std::any_of(from, to, [](int w) { return w > 0; }) ? 1 : 0;
    }
    const auto all = sum_over_ranks(writers);
    EXPECT_EQ(*std::max_element(all.begin(), all.end()), 1) << "chunk " << chunk;
  }
}

TEST_P(IndexedEnds, NoPieceOfTheSourceIsReadByTwo) {
  constexpr std::int64_t n = 500;
  Numbers source{n, 16};
  std::vector<double> results;
  (void)batch(
      MPI_COMM_WORLD, source, rough,
      [&](std::int64_t, std::span<double> part) {
        results.insert(results.end(), part.begin(), part.end());
      },
      on_all_ranks());
  std::vector<int> readers(n / 16 + 1);
  for (std::size_t i = 0; i < source.reads.size(); ++i) {
    if (source.reads[i] > 0) readers[i / 16] = 1;
  }
  const auto all = sum_over_ranks(readers);
  EXPECT_EQ(*std::max_element(all.begin(), all.end()), 1);
  if (is_root()) {
    EXPECT_EQ(results, plain_loop(numbers(n), rough));
  }
}

TEST_P(IndexedEnds, ACollectiveSinkIsFlushedOnAllRanksWhereBatchesEnd) {
  constexpr std::int64_t n = 1000;
  Numbers source{n};
  Sheet sink(n);
  sink.together = true;
  Options o = on_all_ranks();
  o.batch = 100;
  (void)batch(MPI_COMM_WORLD, source, rough, sink, o);
  expect_written(sink);
  EXPECT_GE(sink.flushes, 5);
  EXPECT_EQ(sum_over_ranks(sink.flushes), size_of() * sink.flushes);
}

TEST_P(IndexedEnds, WithAJournalTheRootWritesAll) {
  const TemporaryDirectory directory;
  constexpr std::int64_t n = 700;
  Numbers source{n};
  Sheet sink(n);
  Options o = on_all_ranks();
  o.journal = of_root((directory.path() / "journal").string());
  (void)batch(MPI_COMM_WORLD, source, rough, sink, o);
  expect_written(sink);
  if (!is_root()) {
    EXPECT_EQ(std::count(sink.writes.begin(), sink.writes.end(), 0), n);
  }
}

}  // namespace
}  // namespace mpisize
