#include "mpisize/write/finding.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mpisize/write/json.hpp"

namespace mpisize {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "";
}

std::string describe(const std::vector<Finding>& findings, std::string_view origin) {
  std::string text;
  for (const Finding& finding : findings) {
    text += fmt::format("{}:{} {}: {}; {} [{}]\n", origin,
                        finding.line ? fmt::format("{}:", *finding.line) : "",
                        name_of(finding.severity), finding.why, finding.repair, finding.id);
  }
  return text;
}

std::string to_json(const std::vector<Finding>& findings, std::string_view origin) {
  using Json = nlohmann::ordered_json;
  Json json{{"schema", "mpisize-lint"},
            {"schema_version", schema_version},
            {"file", origin},
            {"findings", Json::array()}};
  for (const Finding& finding : findings) {
    Json row{{"id", finding.id}, {"severity", name_of(finding.severity)}};
    if (finding.line) row["line"] = *finding.line;
    row["why"] = finding.why;
    row["repair"] = finding.repair;
    json["findings"].push_back(std::move(row));
  }
  constexpr int indent = 2;
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mpisize
