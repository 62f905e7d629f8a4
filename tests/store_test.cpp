// Datasets as sources and sinks: what is written is read back, whatever the type, the chunks and
// the number of ranks; what goes wrong is said in one sentence and leaves the old file as it was.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "mpisize/base/error.hpp"
#include "mpisize/mpisize.hpp"
#include "mpisize/store/dataset_sink.hpp"
#include "mpisize/store/dataset_source.hpp"
#include "ranks.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp
namespace fs = std::filesystem;

class Store : public ::testing::Test {
 protected:
  /// The root's folder goes when all have read what is in it.
  void TearDown() override { MPI_Barrier(MPI_COMM_WORLD); }

  DatasetPath at(const std::string& name) const { return {folder_ + "/" + name, "/x"}; }

  /// Every rank writes a stripe of rows i -> make(i), all read all.
  template <class T, class Make>
  void write(const DatasetPath& path, std::int64_t rows, Make make, const SinkOptions& options = {},
             std::optional<std::int64_t> row_elements = {}) {
    DatasetSink<T> sink(MPI_COMM_WORLD, path, rows, options, row_elements);
    sink.open(10);
    constexpr std::int64_t stripe = 10;
    for (std::int64_t i = rank_of() * stripe; i < rows; i += size_of() * stripe) {
      std::vector<T> part;
      for (std::int64_t j = i; j < std::min(rows, i + stripe); ++j) part.push_back(make(j));
      sink.write(i, part);
    }
    sink.close();
  }

  template <class T, class Make>
  void expect_read(const DatasetPath& path, std::int64_t rows, Make make) {
    DatasetSource<T> source(path);
    ASSERT_EQ(source.size(), rows);
    std::vector<T> all(static_cast<std::size_t>(rows));
    source.read(0, all);
    for (std::int64_t i = 0; i < rows; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], make(i));
    std::vector<T> some(3);
    source.read(rows - 3, some);
    EXPECT_EQ(some.back(), make(rows - 1));
  }

  std::string of_failure(const std::function<void()>& body) {
    try {
      body();
    } catch (const std::exception& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  [[nodiscard]] bool is_lonely_file(const std::string& name) const {
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_)) ++files;
    return files == 1 && fs::exists(folder_ + "/" + name);
  }

  const std::string& folder() const { return folder_; }

 private:
  TemporaryDirectory directory_;
  std::string folder_ = of_root(directory_.path().string());
};

TEST_F(Store, NumbersComeBack) {
  const auto make = [](std::int64_t i) { return static_cast<double>(i) / 3; };
  for (const SinkOptions& options :
       {SinkOptions{}, SinkOptions{.rows_per_chunk = 10}, SinkOptions{.compression = 4},
        SinkOptions{.collective = true}}) {
    const DatasetPath path = at("numbers" + std::to_string(options.compression) +
                                std::to_string(options.collective.value_or(false)) +
                                std::to_string(options.rows_per_chunk.value_or(0)) + ".h5");
    write<double>(path, 95, make, options);
    expect_read<double>(path, 95, make);
  }
}

TEST_F(Store, RowsOfEveryKindComeBack) {
  const auto pair = [](std::int64_t i) { return std::array<float, 2>{static_cast<float>(i), -1}; };
  write<std::array<float, 2>>(at("arrays.h5"), 40, pair);
  expect_read<std::array<float, 2>>(at("arrays.h5"), 40, pair);
  const auto row = [](std::int64_t i) {
    return std::vector<std::int32_t>{static_cast<int>(i), 7, 9};
  };
  write<std::vector<std::int32_t>>(at("vectors.h5"), 40, row, {}, 3);
  expect_read<std::vector<std::int32_t>>(at("vectors.h5"), 40, row);
  const auto byte = [](std::int64_t i) { return static_cast<std::uint8_t>(i); };
  write<std::uint8_t>(at("bytes.h5"), 40, byte);
  expect_read<std::uint8_t>(at("bytes.h5"), 40, byte);
}

TEST_F(Store, ABatchOfADatasetIntoAnother) {
  const auto make = [](std::int64_t i) { return static_cast<double>(i); };
  write<double>(at("in.h5"), 1000, make, {.rows_per_chunk = 16});
  for (const int level : {0, 3}) {
    const DatasetPath path = at("out" + std::to_string(level) + ".h5");
    DatasetSource<double> source(at("in.h5"));
    DatasetSink<double> sink(MPI_COMM_WORLD, path, 1000, {.compression = level});
    const Report report = batch(MPI_COMM_WORLD, source, rough, sink, on_all_ranks());
    sink.close(report.measured.lost);
    EXPECT_EQ(sink.collective(), level > 0);
    expect_read<double>(path, 1000, [](std::int64_t i) { return rough(static_cast<double>(i)); });
  }
}

TEST_F(Store, ItemsWithoutAResultAreListedBesideIt) {
  const std::vector<DeadLetter> lost{{3, 1, "node", 2, "no convergence"}, {8, 0, "other", 1, ""}};
  DatasetSink<double> sink(MPI_COMM_WORLD, at("lost.h5"), 10);
  sink.open(1);
  sink.close(lost);
  EXPECT_EQ(read_dead_letters(at("lost.h5")), lost);
  write<double>(at("none.h5"), 5, [](std::int64_t) { return 1.0; });
  EXPECT_TRUE(read_dead_letters(at("none.h5")).empty());
}

TEST_F(Store, AFileThatIsThereIsReplacedOnlyIfThatIsAllowedAndOnlyWhenTheNewOneIsComplete) {
  const auto one = [](std::int64_t) { return 1.0; };
  write<double>(at("old.h5"), 20, one);
  const std::string words =
      of_failure([&] { DatasetSink<double>(MPI_COMM_WORLD, at("old.h5"), 20); });
  EXPECT_NE(words.find("is there already"), std::string::npos) << words;
  {
    DatasetSink<double> begun(MPI_COMM_WORLD, at("old.h5"), 20, {.replace = true});
    begun.open(10);
    begun.write(0, std::vector<double>(5, 2.0));
    // Not closed: as after an error.
  }
  MPI_Barrier(MPI_COMM_WORLD);
  expect_read<double>(at("old.h5"), 20, one);
  EXPECT_TRUE(is_lonely_file("old.h5")) << "a temporary file was left";
  MPI_Barrier(MPI_COMM_WORLD);
  write<double>(at("old.h5"), 20, [](std::int64_t) { return 2.0; }, {.replace = true});
  expect_read<double>(at("old.h5"), 20, [](std::int64_t) { return 2.0; });
}

TEST_F(Store, WhatCannotBeReadIsNamedInOneSentence) {
  write<double>(at("good.h5"), 5000, [](std::int64_t) { return 1.0; });
  const auto reading = [&](const DatasetPath& path) {
    return of_failure([&] { DatasetSource<double> source(path); });
  };
  EXPECT_NE(reading(at("none.h5")).find("no such file"), std::string::npos);
  EXPECT_NE(reading({at("good.h5").file, "/y"}).find("has no dataset '/y'; it has /x"),
            std::string::npos)
      << reading({at("good.h5").file, "/y"});
  if (is_root()) std::ofstream(folder() + "/text.h5") << "no HDF5";
  if (is_root()) {
    fs::copy(at("good.h5").file, folder() + "/cut.h5");
    fs::resize_file(folder() + "/cut.h5", 20000);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  EXPECT_NE(reading(at("text.h5")).find("is no HDF5 file"), std::string::npos);
  EXPECT_NE(reading(at("cut.h5")).find("cut short"), std::string::npos) << reading(at("cut.h5"));
  const std::string rows =
      of_failure([&] { DatasetSource<std::array<double, 3>> source(at("good.h5")); });
  EXPECT_NE(rows.find("has 1 numbers, but 3 are expected"), std::string::npos) << rows;
  const std::string type = of_failure([&] { DatasetSource<int> source(at("good.h5")); });
  EXPECT_NE(type.find("holds float64, but int32 is expected"), std::string::npos) << type;
}

TEST_F(Store, WhatCannotBeWrittenIsToldOnEveryRank) {
  const std::string words = of_failure([&] {
    DatasetSink<double>(MPI_COMM_WORLD, {folder() + "/no/where.h5", "/x"}, 5);
  });
  EXPECT_NE(words.find("cannot write"), std::string::npos) << words;
  EXPECT_EQ(words, of_root(words));
  const std::string level =
      of_failure([&] { DatasetSink<double>(MPI_COMM_WORLD, at("a.h5"), 5, {.compression = 11}); });
  EXPECT_NE(level.find("compression is 11; give 0 to 9"), std::string::npos) << level;
}

TEST(DatasetPaths, AreAFileAndADataset) {
  EXPECT_EQ(parse_dataset_path("a/b.h5:/g/x").file, "a/b.h5");
  EXPECT_EQ(parse_dataset_path("a:/b.h5:/g/x").dataset, "/g/x");
  for (const char* const text : {"", "x.h5", "x.h5:", ":/x", "x.h5:y", "x.h5:/"}) {
    EXPECT_THROW((void)parse_dataset_path(text), InputError) << text;
  }
}

}  // namespace
}  // namespace mpisize
