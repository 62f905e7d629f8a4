// mpisize-map JOB: the rows of a dataset through a kernel of a shared library into another
// dataset. Started by `mpisize map` through mpirun; JOB is a MapJob as JSON, which so reaches ranks
// on hosts that see no file of this one.
//
// The job's outcome file tells how it ended, on two lines: the exit code of `mpisize map` (0, also
// if it was stopped and can be resumed; 1 if items failed for good; 2 for options that contradict
// each other or the journal; 3 if no plan meets the limits; 4 for anything else) and one sentence.
// Its own exit code is 0 then: mpirun would talk.

#include <mpi.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>

#include <mpisize/mpisize.hpp>

#include "map_job.hpp"
#include "mpisize/base/error.hpp"
#include "mpisize/base/human.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/hash.hpp"
#include "mpisize/store/dataset_sink.hpp"
#include "mpisize/store/dataset_source.hpp"
#include "mpisize/write/json.hpp"
#include "shared_kernel.hpp"

namespace {

using namespace mpisize;
using namespace mpisize::tools;

constexpr int items_failed = 1;
constexpr int usage = 2;
constexpr int infeasible = 3;
constexpr int failed = 4;

/// Rows of the input as bytes, numbers of the type that they have.
class RowSource {
 public:
  using value_type = Row;
  explicit RowSource(const DatasetPath& path) : RowSource(path, mpisize::inspect(path).type) {}
  [[nodiscard]] std::int64_t size() const { return reader_.info().rows(); }
  [[nodiscard]] std::int64_t grain() const { return reader_.grain(); }
  [[nodiscard]] std::string fingerprint() const { return reader_.fingerprint(); }
  [[nodiscard]] const DatasetInfo& info() const { return reader_.info(); }
  void read(std::int64_t first, std::span<Row> rows) {
    const auto bytes = static_cast<std::size_t>(info().row_bytes().value());
    bytes_.resize(bytes * rows.size());
    reader_.read(first, static_cast<std::int64_t>(rows.size()), bytes_.data());
    auto at = bytes_.cbegin();
    for (Row& row : rows) {
      row.assign(at, at + static_cast<std::ptrdiff_t>(bytes));
      at += static_cast<std::ptrdiff_t>(bytes);
    }
  }

 private:
  RowSource(const DatasetPath& path, ElementType type) : reader_(path, type, std::nullopt) {}
  DatasetReader reader_;
  Row bytes_;
};

/// Rows of the output from bytes.
class RowSink {
 public:
  RowSink(DatasetWriter& writer, std::size_t bytes) : writer_(&writer), bytes_(bytes) {}
  void open(std::int64_t chunk) { writer_->open(chunk); }
  void flush() { writer_->flush(); }
  [[nodiscard]] bool collective() const { return writer_->collective(); }
  [[nodiscard]] std::int64_t grain() const { return writer_->grain(); }
  void write(std::int64_t first, std::span<const Row> rows) {
    all_.clear();
    for (const Row& row : rows) {
      all_.insert(all_.end(), row.begin(), row.end());
      all_.resize(all_.size() + bytes_ - row.size());  // An item without a result has zeros.
    }
    writer_->write(first, static_cast<std::int64_t>(rows.size()), all_.data());
  }

 private:
  DatasetWriter* writer_;
  std::size_t bytes_;
  Row all_;
};

struct ResultShape {
  ElementType type;
  std::vector<std::int64_t> row;
  [[nodiscard]] std::size_t bytes() const {
    std::size_t n = size_of(type);
    for (const std::int64_t length : row) n *= static_cast<std::size_t>(length);
    return n;
  }
};

/// "double", "float[3]"; empty: one number of the input's type.
ResultShape shape_of(const std::string& text, ElementType input) {
  if (text.empty()) return {input, {}};
  const auto refuse = [&] {
    throw InputError("--result '" + text +
                     "' is no type of results; give one such as double or float[3]");
  };
  const std::size_t bracket = std::min(text.find('['), text.size());
  const auto type = element_type_named(text.substr(0, bracket));
  if (!type) refuse();
  ResultShape shape{*type, {}};
  if (bracket == text.size()) return shape;
  std::int64_t length = 0;
  const char* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data() + bracket + 1, end, length);
  constexpr std::int64_t most = std::int64_t{1} << 30U;
  if (error != std::errc() || after + 1 != end || *after != ']' || length < 1 || length > most) {
    refuse();
  }
  shape.row.push_back(length);
  return shape;
}

Options options_of(const MapJob& job, const ResultShape& shape) {
  Options o;
  o.ranks = job.ranks;
  o.chunk = job.chunk;
  o.window = job.window;
  o.batch = job.batch;
  o.max_memory = job.max_memory;
  o.deadline = job.deadline;
  o.min_speedup = job.min_speedup;
  o.retries = job.retries;
  o.max_fails = job.max_fails;
  o.journal = job.journal;
  o.journal_sync = job.journal_sync;
  o.retry_failed = job.retry_failed;
  o.kernel_id = file_fingerprint(job.kernel) + ' ' + job.symbol + ' ' +
                std::string(name_of(shape.type)) + ' ' + std::to_string(shape.bytes());
  if (job.progress) {
    o.on_progress = [](const Progress& p) {
      std::cerr << "\r" << human_count(p.done) << " of " << human_count(p.total.value_or(0))
                << " items, " << human(p.elapsed) << "\033[K" << (p.done == p.total ? "\n" : "")
                << std::flush;
    };
  }
  return o;
}

void keep_words(const MapJob& job, const DatasetWriter& writer) {
  std::string words;
  for (const std::string& sentence : writer.why()) words += sentence + "\n";
  write_file(job.why, words);
}

int map_rows(const MapJob& job) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const DatasetPath input = parse_dataset_path(job.input);
  const DatasetPath output = parse_dataset_path(job.output);
  RowSource source(input);
  const ResultShape shape = shape_of(job.result, source.info().type);
  SharedKernel kernel(job.kernel, job.symbol, shape.bytes());
  const Options options = options_of(job, shape);
  DatasetWriter writer(MPI_COMM_WORLD, output, source.size(), shape.type, shape.row,
                       {job.rows_per_chunk, job.compression, job.replace, job.collective});
  RowSink sink(writer, shape.bytes());
  const Report report = job.pattern == "stream"
                            ? stream(MPI_COMM_WORLD, source, kernel, sink, options)
                            : batch(MPI_COMM_WORLD, source, kernel, sink, options);
  if (!report.measured.stopped) writer.close(report.measured.lost);
  if (rank == 0) {
    write_file(job.report, to_json(report));
    keep_words(job, writer);
  }
  return report.measured.lost.empty() ? 0 : items_failed;
}

/// The code of what went wrong; its words on stderr, once.
int code_of(const std::exception& error) {
  if (dynamic_cast<const InfeasibleError*>(&error) != nullptr) return infeasible;
  if (dynamic_cast<const KernelError*>(&error) != nullptr) return items_failed;
  return dynamic_cast<const std::invalid_argument*>(&error) != nullptr ? usage : failed;
}

void tell(const MapJob& job, int code, const std::string& words) {
  try {
    write_file(job.outcome, std::to_string(code) + "\n" + words);
  } catch (const std::exception&) {
    std::cerr << "mpisize: error: " << words << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  int code = 0;
  std::string words;
  MapJob job;
  try {
    if (argc != 2) throw InputError("mpisize-map is started by 'mpisize map'");
    job = map_job_from_json(argv[1]);
    code = map_rows(job);
  } catch (const std::exception& error) {
    // Errors of files and arguments are the same on every rank, and so are those of the call.
    code = code_of(error);
    words = error.what();
  }
  int alike = code;
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Iallreduce(&code, &alike, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD, &request);
  int done = 0;
  const Seconds begin = now();
  constexpr Seconds patience{5};
  constexpr Seconds nap{1e-3};
  for (MPI_Test(&request, &done, MPI_STATUS_IGNORE); done == 0;
       MPI_Test(&request, &done, MPI_STATUS_IGNORE)) {
    // A rank that alone has failed would leave the others waiting.
    if (code != 0 && now() - begin > patience) break;
    polite_sleep(nap);
  }
  if (rank == 0 || done == 0) tell(job, std::max(code, alike), words);
  if (done == 0 || DatasetWriter::abandoned()) MPI_Abort(MPI_COMM_WORLD, code);
  MPI_Finalize();
  return 0;
}
