#include "map_job.hpp"

#include <nlohmann/json.hpp>

#include "mpisize/base/error.hpp"

namespace mpisize::tools {
namespace {

using Json = nlohmann::json;

/// Calls visit(name, member) for each member: writing and reading know the same names.
template <class Job, class Visit>
void each(Job& job, Visit visit) {
  visit("kernel", job.kernel);
  visit("symbol", job.symbol);
  visit("input", job.input);
  visit("output", job.output);
  visit("result", job.result);
  visit("pattern", job.pattern);
  visit("ranks", job.ranks);
  visit("chunk", job.chunk);
  visit("window", job.window);
  visit("batch", job.batch);
  visit("max_memory", job.max_memory);
  visit("deadline", job.deadline);
  visit("min_speedup", job.min_speedup);
  visit("retries", job.retries);
  visit("max_fails", job.max_fails);
  visit("journal", job.journal);
  visit("journal_sync", job.journal_sync);
  visit("retry_failed", job.retry_failed);
  visit("rows_per_chunk", job.rows_per_chunk);
  visit("compression", job.compression);
  visit("replace", job.replace);
  visit("collective", job.collective);
  visit("progress", job.progress);
  visit("report", job.report);
  visit("outcome", job.outcome);
  visit("why", job.why);
}

template <class T>
constexpr bool is_unit = requires(T unit) {
  unit.value();
}
&&!requires(T unit) { unit.reset(); };

struct Write {
  Json* json;
  template <class T>
  void operator()(const char* name, const T& value) const {
    if constexpr (is_unit<T>) {
      (*json)[name] = value.value();
    } else {
      (*json)[name] = value;
    }
  }
  template <class T>
  void operator()(const char* name, const std::optional<T>& value) const {
    if (value) (*this)(name, *value);
  }
};

struct Read {
  const Json* json;
  template <class T>
  void operator()(const char* name, T& value) const {
    if constexpr (is_unit<T>) {
      value = T(json->at(name).template get<decltype(value.value())>());
    } else {
      json->at(name).get_to(value);
    }
  }
  template <class T>
  void operator()(const char* name, std::optional<T>& value) const {
    if (json->contains(name)) (*this)(name, value.emplace());
  }
};

}  // namespace

std::string to_json(const MapJob& job) {
  Json json;
  each(job, Write{&json});
  return json.dump();
}

MapJob map_job_from_json(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    MapJob job;
    each(job, Read{&json});
    return job;
  } catch (const Json::exception& error) {
    throw InputError(std::string("the job of mpisize map makes no sense: ") + error.what() +
                     "; install mpisize anew");
  }
}

}  // namespace mpisize::tools
