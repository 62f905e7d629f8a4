#include "mpisize/write/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "mpisize/base/error.hpp"
#include "mpisize/base/spelling.hpp"
#include "mpisize/write/json.hpp"

namespace mpisize::json_text {
namespace {

/// Where byte `position` of a text is, both counted from 1 as editors do.
struct Place {
  std::int64_t line = 1;
  std::int64_t column = 1;
};
Place place_of(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, std::min(position, text.size()));
  const auto line_start = before.rfind('\n');
  return {
      1 + std::count(before.begin(), before.end(), '\n'),
      static_cast<std::int64_t>(line_start == std::string_view::npos ? before.size() + 1
                                                                     : before.size() - line_start)};
}

/// The word around byte `position` (from 1), if it is what other languages write for a number that
/// is none.
std::optional<std::string_view> no_number(std::string_view text, std::size_t position) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  std::size_t from = std::min(position == 0 ? 0 : position - 1, text.size());
  std::size_t to = from;
  while (from > 0 && is_letter(text[from - 1])) --from;
  while (to < text.size() && is_letter(text[to])) ++to;
  const std::string_view word = text.substr(from, to - from);
  for (const std::string_view known : {"NaN", "nan", "NAN", "Infinity", "inf", "Inf", "INF"}) {
    if (word == known) return word;
  }
  return std::nullopt;
}

/// Bytes that are not UTF-8 become U+FFFD: the text can always be read back.
std::string plain(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Objects of plain values and lists of numbers stand on one line; texts are sentences, each on its
/// own.
bool fits_one_line(const Json& value) {
  const bool list = value.is_array();
  return std::none_of(value.begin(), value.end(), [list](const Json& element) {
    return element.is_structured() || (list && element.is_string());
  });
}

std::string of(std::string_view unit) { return unit.empty() ? "" : fmt::format(" of {}", unit); }

/// 256e9 is a whole number, too, as far as doubles hold them exactly.
std::optional<std::int64_t> whole_number(const Json& value) {
  constexpr double exact = 9007199254740992;  // 2^53
  if (value.is_number_float()) {
    const auto number = value.get<double>();
    const bool whole = std::abs(number) <= exact && std::trunc(number) == number;
    return whole ? std::optional(static_cast<std::int64_t>(number)) : std::nullopt;
  }
  constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > largest) return std::nullopt;
  return value.get<std::int64_t>();
}

void print(const Json& value, std::size_t indent, std::string& out) {
  if (!value.is_structured()) {
    out += plain(value);
    return;
  }
  const bool one_line = fits_one_line(value);
  const std::string line_end = one_line ? "" : "\n" + std::string(2 * (indent + 1), ' ');
  out += value.is_object() ? '{' : '[';
  bool first = true;
  for (const auto& [key, element] : value.items()) {
    if (!first) out += one_line ? ", " : ",";
    first = false;
    out += line_end;
    if (value.is_object()) out += plain(key) + ": ";
    print(element, indent + 1, out);
  }
  if (!one_line) out += "\n" + std::string(2 * indent, ' ');
  out += value.is_object() ? '}' : ']';
}

}  // namespace

Json document(std::string_view schema) {
  return Json{{"schema", schema}, {"schema_version", schema_version}};
}

std::string print(const Json& document) {
  // The top is always spread over lines.
  std::string out = "{";
  bool first = true;
  for (const auto& [key, element] : document.items()) {
    out += (first ? "\n  " : ",\n  ") + plain(key) + ": ";
    first = false;
    print(element, 1, out);
  }
  return out + "\n}\n";
}

Json write(double number) {
  if (!std::isfinite(number)) {
    throw std::invalid_argument(fmt::format("{} cannot be written as JSON", number));
  }
  return number;
}

Json write(Seconds time) { return write(time.value()); }

Json write(SecondsPerByte inverse) { return write(inverse.value()); }

Json write(Joules energy) { return write(energy.value()); }

Json write(const Interval& interval) {
  return Json{{"value", write(interval.value)},
              {"low", write(interval.low)},
              {"high", write(interval.high)}};
}

Node Node::at(const char* key) const& {
  if (std::optional<Node> node = find(key)) return *node;
  fail(fmt::format("has no field \"{}\"", key));
}

std::optional<Node> Node::find(const char* key) const& {
  if (!value_->is_object()) fail("is " + shown() + ", but must be an object");
  const auto found = value_->find(key);
  if (found == value_->end()) return std::nullopt;
  return Node(*found, *this, key, 0);
}

void Node::only(const std::vector<std::string>& known) const {
  if (!value_->is_object()) fail("is " + shown() + ", but must be an object");
  for (const auto& [key, value] : value_->items()) {
    if (key == "comment" || std::find(known.begin(), known.end(), key) != known.end()) continue;
    const auto meant = nearest_word(key, known);
    const std::string where = path();
    throw InputError(fmt::format(
        "{}: {} has an unknown field {}; {}", origin_->name, where.empty() ? "the document" : where,
        plain(key),
        meant ? fmt::format("did you mean \"{}\"?", *meant)
              : fmt::format("leave it out, or take one of {}", fmt::join(known, ", "))));
  }
}

std::vector<Node> Node::list() const& {
  if (!value_->is_array()) fail("is " + shown() + ", but must be a list");
  std::vector<Node> nodes;
  nodes.reserve(value_->size());
  for (std::size_t i = 0; i < value_->size(); ++i) {
    nodes.push_back(Node((*value_)[i], *this, nullptr, i));
  }
  return nodes;
}

std::string Node::text() const {
  if (!value_->is_string()) fail("is " + shown() + ", but must be a text");
  return value_->get<std::string>();
}

std::string Node::name() const {
  std::string name = text();
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
  if (std::any_of(name.begin(), name.end(), is_control)) {
    fail("is " + shown() + ", but must have no control characters");
  }
  return name;
}

bool Node::boolean() const {
  if (!value_->is_boolean()) fail("is " + shown() + ", but must be true or false");
  return value_->get<bool>();
}

std::int64_t Node::integer(std::int64_t least, std::int64_t most, std::string_view unit) const {
  const bool unbounded = most == std::numeric_limits<std::int64_t>::max();
  const std::optional<std::int64_t> whole = whole_number(*value_);
  if (!whole || *whole < least || *whole > most) {
    fail(fmt::format("is {}, but must be an integer{} {}", shown(), of(unit),
                     unbounded
                         ? fmt::format("{} at least {}", unit.empty() ? "of" : "that is", least)
                         : fmt::format("from {} to {}", least, most)));
  }
  return *whole;
}

int Node::count(int least, int most) const { return static_cast<int>(integer(least, most)); }

double Node::number(double least, double most, std::string_view unit) const {
  const bool bounded_above = most < std::numeric_limits<double>::max();
  if (!value_->is_number() || !(value_->get<double>() >= least) ||
      !(value_->get<double>() <= most)) {
    std::string bounds;
    if (bounded_above) {
      bounds = fmt::format(" from {} to {}", least, most);
    } else if (least > std::numeric_limits<double>::lowest()) {
      bounds = fmt::format("{} at least {}", unit.empty() ? " of" : " that is", least);
    }
    fail(fmt::format("is {}, but must be a number{}{}", shown(), of(unit), bounds));
  }
  return value_->get<double>();
}

void Node::fail(const std::string& what) const {
  const std::string where = path();
  throw InputError(fmt::format("{}: {} {}; {}", origin_->name,
                               where.empty() ? "the document" : where, what, origin_->repair));
}

std::string Node::shown() const {
  constexpr std::size_t most = 40;
  if (value_->is_object()) return "an object";
  if (value_->is_array()) return "a list";
  std::string text = plain(*value_);
  if (text.size() > most) {
    std::size_t cut = most;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
    text = text.substr(0, cut) + "...";
  }
  return text;
}

std::string Node::path() const {
  if (parent_ == nullptr) return "";
  const std::string parent = parent_->path();
  if (key_ == nullptr) return fmt::format("{}[{}]", parent, index_);
  return parent.empty() ? key_ : parent + "." + key_;
}

Json parse(std::string_view text, const Origin& origin) {
  // nlohmann-json copies objects recursively while it builds them: depth is bounded before that.
  static constexpr int deepest = 32;
  std::vector<std::set<std::string>> keys;  // Of the objects that are open.
  const auto check = [&](int depth, Json::parse_event_t event, const Json& value) {
    if (depth > deepest) {
      throw InputError(
          fmt::format("{}: nested deeper than {} levels; {}", origin.name, deepest, origin.repair));
    }
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) {
      throw InputError(fmt::format("{}: an object has two fields {}; {}", origin.name, plain(value),
                                   origin.repair));
    }
    return true;
  };
  Json json;
  try {
    json = Json::parse(text, check);
  } catch (const Json::parse_error& error) {
    const Place place = place_of(text, error.byte == 0 ? 0 : error.byte - 1);
    if (const auto word = no_number(text, error.byte)) {
      throw InputError(fmt::format(
          "{}: {} at line {}, column {} is no number for JSON; write a finite one, or {}",
          origin.name, *word, place.line, place.column, origin.repair));
    }
    throw InputError(fmt::format("{}: not JSON at line {}, column {}; {}", origin.name, place.line,
                                 place.column, origin.repair));
  } catch (const Json::exception&) {
    throw InputError(
        fmt::format("{}: holds a number beyond double precision; {}", origin.name, origin.repair));
  }
  const Node root(json, origin);
  const auto schema = root.find("schema");
  if (!schema && !origin.by_hand) root.fail("has no field \"schema\"");
  if (schema && schema->text() != origin.schema) {
    throw InputError(fmt::format("{}: holds {}, but {} is needed; {}", origin.name, schema->shown(),
                                 origin.schema, origin.repair));
  }
  if (origin.by_hand && !root.find("schema_version")) {
    throw InputError(
        fmt::format("{}: the document has no field \"schema_version\"; write "
                    "\"schema_version\": {} into it",
                    origin.name, schema_version));
  }
  const std::int64_t version = root.at("schema_version").integer(1);
  if (version > schema_version) {
    throw InputError(
        fmt::format("{}: written by a newer mpisize (schema {}, this one reads {}); use that "
                    "version, or {}",
                    origin.name, version, schema_version, origin.repair));
  }
  return json;
}

Interval read_interval(const Node& node) {
  const Interval interval{node.at("value").seconds(), node.at("low").seconds(),
                          node.at("high").seconds()};
  if (interval.low > interval.high) node.fail("has a low above its high");
  return interval;
}

Source read_source(const Node& node) {
  return read_word(node,
                   std::array{Source::measured, Source::assumed, Source::given, Source::derived},
                   [](Source source) { return name_of(source); });
}

std::vector<std::string> read_texts(const Node& node) {
  return list_of(node, [](const Node& element) { return element.text(); });
}

}  // namespace mpisize::json_text

namespace mpisize {

std::string error_json(std::string_view message, int exit_code) {
  using json_text::Json;
  const Json error{{"error", {{"message", message}, {"exit_code", exit_code}}}};
  return error.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mpisize
