#include "map_options.hpp"

#include <fmt/format.h>

#include "errors.hpp"
#include "values.hpp"

namespace mpisize::tools {
namespace {

std::string needed(const Values& values, const std::string& name, std::string_view example) {
  const auto text = values.filled(name);
  if (!text) throw UsageError(fmt::format("--{} is missing; give {}", name, example));
  return *text;
}

std::string pattern_of(std::string_view option, std::string_view text) {
  if (text == "batch" || text == "stream") return std::string(text);
  throw UsageError(fmt::format("{} '{}' is not batch or stream", option, text));
}

bool collective_of(std::string_view option, std::string_view text) {
  if (text == "independent") return false;
  if (text == "collective") return true;
  throw UsageError(fmt::format("{} '{}' is not independent or collective", option, text));
}

}  // namespace

MapOptions map_of(const Common& common, const Values& values) {
  MapOptions map;
  map.common = common;
  if (common.topology) {
    throw UsageError(
        "--topology describes a machine that need not exist, but mpisize map runs here; leave it "
        "out");
  }
  MapJob& job = map.job;
  job.kernel = needed(values, "kernel", "--kernel libkernel.so (see mpisize/kernel.h)");
  job.input = needed(values, "input", "--input in.h5:/x");
  job.output = needed(values, "output", "--output out.h5:/y");
  job.symbol = values.filled("symbol").value_or(job.symbol);
  job.result = values.filled("result").value_or("");
  job.pattern = values.read("pattern", pattern_of).value_or(job.pattern);
  job.ranks = values.read("ranks", read_count);
  job.chunk = values.read("chunk", read_large_count);
  job.window = values.read("window", read_large_count);
  job.batch = values.read("batch", read_large_count);
  job.max_memory = values.read("max-memory", read_size);
  job.deadline = values.read("deadline", read_time);
  job.min_speedup = values.read("min-speedup", read_ratio).value_or(job.min_speedup);
  constexpr std::int64_t no_end = std::int64_t{1} << 53;
  job.max_fails =
      values.read("max-fails", read_whole).value_or(values.has("fail-fast") ? 0 : no_end);
  const std::int64_t retries = values.read("retries", read_whole).value_or(0);
  constexpr std::int64_t most_retries = 1000;
  if (retries > most_retries) {
    throw UsageError(fmt::format("--retries {} is above {}; give fewer", retries, most_retries));
  }
  job.retries = static_cast<int>(retries);
  job.journal = values.filled("journal").value_or("");
  job.journal_sync = values.has("journal-sync");
  job.retry_failed = values.has("retry-failed");
  job.rows_per_chunk = values.read("rows-per-chunk", read_large_count);
  job.compression = static_cast<int>(values.read("compress", read_whole).value_or(0));
  constexpr int most_compression = 9;
  if (job.compression > most_compression) {
    throw UsageError(fmt::format("--compress {} is above 9; give 0 to 9", job.compression));
  }
  job.replace = values.has("replace");
  job.collective = values.read("io", collective_of);
  if (values.has("fail-fast") && values.has("max-fails")) {
    throw UsageError("--fail-fast contradicts --max-fails; leave one of them out");
  }
  for (const char* const name : {"journal-sync", "retry-failed", "deadline"}) {
    if (values.has(name) && job.journal.empty()) {
      throw UsageError(fmt::format("--{} needs --journal FILE", name));
    }
  }
  if (job.compression > 0 && job.collective == false) {
    throw UsageError("--compress needs collective writes in HDF5 1.10; leave out --io independent");
  }
  map.report = values.filled("report");
  map.dry_run = values.has("dry-run");
  return map;
}

}  // namespace mpisize::tools
