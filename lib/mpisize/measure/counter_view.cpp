#include "mpisize/measure/counter_view.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace mpisize {
namespace {

/// What `read` finds in each mapping.
template <class Value, class Mappings>
std::vector<Value> in_rank_order(const Mappings& mappings,
                                 std::optional<Value> (*read)(const counters::File&,
                                                              const std::filesystem::path&)) {
  std::vector<Value> values;
  for (const auto& [name, mapping] : mappings) {
    if (auto value = read(mapping.file(), name)) values.push_back(std::move(*value));
  }
  std::sort(values.begin(), values.end(),
            [](const Value& a, const Value& b) { return a.rank < b.rank; });
  return values;
}

}  // namespace

void CounterView::find_new() {
  for (const auto& name : counter_files(directory_)) {
    if (mappings_.contains(name)) continue;
    std::error_code error;
    // Shorter: the rank is making it.
    const auto size = std::filesystem::file_size(name, error);
    if (error || size < sizeof(counters::File)) continue;
    CounterMapping mapping(name);
    if (mapping.ready()) mappings_.emplace(name, std::move(mapping));
  }
}

std::vector<LiveRank> CounterView::now() const { return in_rank_order(mappings_, live_rank); }

std::vector<RankUse> CounterView::ranks() const { return in_rank_order(mappings_, rank_use); }

}  // namespace mpisize
