/// What the JSON writers and readers share. Private: it shows nlohmann-json.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/base/estimate.hpp"
#include "mpisize/base/units.hpp"
#include "mpisize/choose/plan.hpp"
#include "mpisize/model/history_entry.hpp"
#include "mpisize/model/program_run.hpp"
#include "mpisize/model/topology.hpp"
#include "mpisize/write/names.hpp"

namespace mpisize::json_text {

using Json = nlohmann::ordered_json;  ///< Keys stay in the order in which they were put in.

// ---- writing ---------------------------------------------------------------------------------

/// An object that begins with its schema.
[[nodiscard]] Json document(std::string_view schema);

/// Text of a document, one field a line; objects of plain values and lists of numbers on one line.
[[nodiscard]] std::string print(const Json& document);

/// Throws std::invalid_argument for NaN and infinities.
[[nodiscard]] Json write(double number);
[[nodiscard]] Json write(Seconds time);
[[nodiscard]] Json write(SecondsPerByte inverse);
[[nodiscard]] Json write(Joules energy);
[[nodiscard]] Json write(const Interval& interval);
[[nodiscard]] Json write(const Topology& topology);
[[nodiscard]] Json write(const Plan& plan);
[[nodiscard]] Json write(const Prediction& prediction);
[[nodiscard]] Json write(const ProgramRun& run);
[[nodiscard]] Json write(const Program& program);
[[nodiscard]] Json write(const HistoryEntry& entry);

template <class T>
[[nodiscard]] Json write(const Estimate<T>& estimate) {
  return Json{{"value", write(estimate.value)},
              {"low", write(estimate.low)},
              {"high", write(estimate.high)},
              {"source", name_of(estimate.source)}};
}

// ---- reading ---------------------------------------------------------------------------------

/// Where a document comes from and how to get a better one.
struct Origin {
  std::string_view name;
  std::string_view schema;
  std::string_view repair;  ///< "measure again with mpisize probe"
  bool by_hand = false;     ///< People write it, too: the schema may be missing.
};

/// A value inside a document, with the way to it. Refers to its parent and must not outlive it,
/// hence no field of a temporary.
class Node {
 public:
  Node(const Json& root, const Origin& origin) : value_(&root), origin_(&origin) {}

  /// A field of this object. Throws InputError if this is no object or the field is missing.
  [[nodiscard]] Node at(const char* key) const&;
  Node at(const char* key) const&& = delete;
  /// The same; empty if the field is missing.
  [[nodiscard]] std::optional<Node> find(const char* key) const&;
  std::optional<Node> find(const char* key) const&& = delete;
  /// Throws InputError if this object has a field that is neither known nor "comment", and says
  /// which one may have been meant.
  void only(const std::vector<std::string>& known) const;
  /// The elements of this list.
  [[nodiscard]] std::vector<Node> list() const&;
  std::vector<Node> list() const&& = delete;

  [[nodiscard]] std::string text() const;
  /// A text that is printed as it is: without control characters.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] bool boolean() const;
  /// `unit` is for the sentence: "bytes".
  [[nodiscard]] std::int64_t integer(std::int64_t least,
                                     std::int64_t most = std::numeric_limits<std::int64_t>::max(),
                                     std::string_view unit = "") const;
  /// A count that has to fit an int.
  [[nodiscard]] int count(int least, int most = std::numeric_limits<int>::max()) const;
  [[nodiscard]] double number(double least = std::numeric_limits<double>::lowest(),
                              double most = std::numeric_limits<double>::max(),
                              std::string_view unit = "") const;
  [[nodiscard]] bool is_object() const { return value_->is_object(); }
  [[nodiscard]] Seconds seconds() const { return Seconds(number(0)); }  ///< Not negative.
  [[nodiscard]] Bytes bytes() const { return Bytes(integer(0)); }

  /// Throws InputError: origin, the way to this value, `what`, and the repair.
  [[noreturn]] void fail(const std::string& what) const;
  /// The value as it stands in the text, shortened.
  [[nodiscard]] std::string shown() const;

 private:
  Node(const Json& value, const Node& parent, const char* key, std::size_t index)
      : value_(&value), origin_(parent.origin_), parent_(&parent), key_(key), index_(index) {}
  [[nodiscard]] std::string path() const;

  const Json* value_;
  const Origin* origin_;
  const Node* parent_ = nullptr;
  const char* key_ = nullptr;  ///< Null: element `index_` of a list.
  std::size_t index_ = 0;
};

/// Parses a document and checks its schema and version.
[[nodiscard]] Json parse(std::string_view text, const Origin& origin);

[[nodiscard]] Interval read_interval(const Node& node);
[[nodiscard]] Plan read_plan(const Node& node);
[[nodiscard]] Prediction read_prediction(const Node& node);
[[nodiscard]] ProgramRun read_program_run(const Node& node);
[[nodiscard]] Program read_program(const Node& node);

/// The enumerator among `all` whose word, name_of() unless given, is the text of the node.
template <class E, std::size_t n, class NameOf>
[[nodiscard]] E read_word(const Node& node, const std::array<E, n>& all, NameOf name) {
  const std::string word = node.text();
  std::string known;
  for (const E e : all) {
    if (word == name(e)) return e;
    known.append(known.empty() ? "" : ", ").append(name(e));
  }
  node.fail("is " + node.shown() + ", but must be one of " + known);
}

/// A field that may be absent.
template <class Read>
[[nodiscard]] auto optional(const Node& object, const char* key, Read read)
    -> std::optional<decltype(read(object))> {
  const std::optional<Node> node = object.find(key);
  if (!node) return std::nullopt;
  return read(*node);
}

/// A list, element by element.
template <class Read>
[[nodiscard]] auto list_of(const Node& node, Read read) -> std::vector<decltype(read(node))> {
  std::vector<decltype(read(node))> all;
  for (const Node& element : node.list()) all.push_back(read(element));
  return all;
}

[[nodiscard]] std::vector<std::string> read_texts(const Node& node);

[[nodiscard]] Source read_source(const Node& node);

/// An estimate that is not negative: T is Seconds, SecondsPerByte or double.
template <class T>
[[nodiscard]] Estimate<T> read_estimate(const Node& node) {
  const Estimate<T> estimate{T(node.at("value").number(0)), T(node.at("low").number(0)),
                             T(node.at("high").number(0)), read_source(node.at("source"))};
  if (estimate.low > estimate.high) node.fail("has a low above its high");
  return estimate;
}

}  // namespace mpisize::json_text
