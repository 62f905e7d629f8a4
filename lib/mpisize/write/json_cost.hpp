/// Costs of a machine in JSON: as they were measured, or as people write them. Private: it shows
/// nlohmann-json.
#pragma once

#include <optional>

#include "mpisize/model/machine.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize::json_text {

/// Bounds that keep sums over any number of ranks finite and catch other units: the longest cost of
/// anything on a machine, and the smallest bandwidth.
inline constexpr double longest_cost = 1e6;
inline constexpr double longest_per_byte = 1;

inline constexpr double most_of(Seconds /*unused*/) { return longest_cost; }
inline constexpr double most_of(SecondsPerByte /*unused*/) { return longest_per_byte; }
inline constexpr double most_of(double /*unused*/) { return longest_cost; }

inline constexpr std::string_view unit_of(Seconds /*unused*/) { return "seconds"; }
inline constexpr std::string_view unit_of(SecondsPerByte /*unused*/) { return "seconds per byte"; }
inline constexpr std::string_view unit_of(double /*unused*/) { return ""; }

/// An estimate as a plain number, or as an object of which only the value is needed. What has no
/// interval is exact, what has no source is given.
template <class T>
[[nodiscard]] Estimate<T> read_cost(const Node& node) {
  const auto bounded = [](const Node& n) { return T(n.number(0, most_of(T()), unit_of(T()))); };
  if (!node.is_object()) return given(bounded(node));
  node.only({"value", "low", "high", "source"});
  const T value = bounded(node.at("value"));
  const auto source = optional(node, "source", read_source);
  const Estimate<T> cost{value, optional(node, "low", bounded).value_or(value),
                         optional(node, "high", bounded).value_or(value),
                         source.value_or(Source::given)};
  if (cost.low > cost.high) node.fail("has a low above its high");
  if (cost.source == Source::given && (value < cost.low || value > cost.high)) {
    node.fail("has a value outside its low and high");
  }
  return cost;
}

/// A cost of an object, or what stands for it.
template <class T>
[[nodiscard]] Estimate<T> cost_or(const Node& object, const char* key, const Estimate<T>& other) {
  const std::optional<Node> node = object.find(key);
  return node ? read_cost<T>(*node) : other;
}

[[nodiscard]] Json write(const Link& link);

/// Pieces, or latency and bandwidth.
[[nodiscard]] Link read_link(const Node& node);

/// Nodes as they were read ("node" and "grant"), or as people count them: cores, memory ... of a
/// node, all of it granted.
[[nodiscard]] Topology read_topology(const Node& node);

}  // namespace mpisize::json_text
