// A dataset read, mapped and written: our chunks of the output against a sweep.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <mpisize/mpisize.hpp>

#include "mpisize/base/statistics.hpp"
#include "mpisize/store/dataset_sink.hpp"
#include "mpisize/store/dataset_source.hpp"
#include "rows.hpp"
#include "watch.hpp"

namespace bench {
namespace {

using mpisize::DatasetPath;
using Row = std::array<double, 1024>;

/// Seconds of one batch of the input into a new file, closing it included.
double mapped(MPI_Comm comm, const DatasetPath& in, const DatasetPath& out,
              const mpisize::SinkOptions& how) {
  polite_barrier(comm);
  const auto began = mpisize::now();
  mpisize::DatasetSource<Row> source(in);
  mpisize::DatasetSink<Row> sink(comm, out, source.size(), how);
  const auto kernel = [](const Row& row) {
    Row result = row;
    for (double& value : result) value = 2 * value + 1;
    return result;
  };
  mpisize::Options options;
  options.ranks = 2;
  const auto report = mpisize::batch(comm, source, kernel, sink, options);
  sink.close(report.measured.lost);
  return (mpisize::now() - began).value();
}

}  // namespace

nlohmann::json dataset(MPI_Comm comm, const Settings& settings) {
  namespace fs = std::filesystem;
  const std::string folder =
      (fs::temp_directory_path() / ("mpisize-bench-" + std::to_string(settings.seed))).string();
  if (is_root(comm)) fs::create_directories(folder);
  polite_barrier(comm);
  const DatasetPath in{folder + "/in.h5", "/x"};
  const DatasetPath out{folder + "/out.h5", "/y"};
  {
    mpisize::DatasetSink<Row> sink(comm, in, settings.items, {.replace = true});
    sink.open(64);
    if (is_root(comm)) {
      for (std::int64_t i = 0; i < settings.items; ++i) {
        Row row{};
        row.fill(static_cast<double>(i));
        sink.write(i, std::span<const Row>(&row, 1));
      }
    }
    sink.close();
  }
  const std::vector<std::optional<std::int64_t>> sweep{std::nullopt, 1, 4, 16, 64, 256, 1024};
  nlohmann::json result = quietest(comm, settings.attempts, [&] {
    std::vector<std::vector<double>> times(sweep.size());
    for (int round = 0; round < settings.rounds; ++round) {
      for (std::size_t i = 0; i < sweep.size(); ++i) {
        times[i].push_back(mapped(comm, in, out, {.rows_per_chunk = sweep[i], .replace = true}));
      }
    }
    nlohmann::json runs = nlohmann::json::array();
    for (std::size_t i = 0; i < sweep.size(); ++i) {
      runs.push_back(
          {{"rows_per_chunk", sweep[i].value_or(0)}, {"wall", mpisize::median(times[i])}});
    }
    return nlohmann::json{{"layouts", runs}};
  });
  polite_barrier(comm);
  if (is_root(comm)) fs::remove_all(folder);
  return result;
}

}  // namespace bench
