#include "host_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "errors.hpp"
#include "mpisize/measure/cache.hpp"
#include "values.hpp"

namespace mpisize::tools {
namespace {

/// Letters, digits, dots, dashes, underscores, a user in front: nothing that mpirun or ssh would
/// take for something else.
bool is_host(std::string_view name) {
  const auto at = name.find('@');
  if (at != std::string_view::npos) name.remove_prefix(at + 1);
  if (name.empty() || name.front() == '-' || name.size() > 253) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
  });
}

void add(std::vector<std::string>& hosts, const std::string& name, const std::string& where) {
  if (!is_host(name)) {
    throw UsageError(
        fmt::format("'{}' {} is no name of a host; give names such as node01", name, where));
  }
  if (std::find(hosts.begin(), hosts.end(), name) != hosts.end()) {
    throw UsageError(
        fmt::format("host '{}' {} is there already; name each host once", name, where));
  }
  hosts.push_back(name);
}

}  // namespace

std::vector<std::string> read_hosts(std::string_view option, std::string_view text) {
  std::vector<std::string> hosts;
  std::string name;
  std::istringstream list{std::string(text) + ","};
  while (std::getline(list, name, ',')) add(hosts, name, fmt::format("in {}", option));
  return hosts;
}

std::vector<std::string> read_hostfile(const std::string& file) {
  std::vector<std::string> hosts;
  std::istringstream lines(read_file(file));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    line.resize(std::min(line.size(), line.find('#')));
    const std::string where = fmt::format("in line {} of '{}'", number, file);
    std::istringstream words(line);
    std::string name;
    if (!(words >> name)) continue;
    add(hosts, name, where);
    std::string word;
    while (words >> word) {
      const auto equals = word.find('=');
      const std::string key = word.substr(0, equals);
      const bool known = key == "slots" || key == "max_slots" || key == "max-slots";
      if (!known || equals == std::string::npos) {
        throw UsageError(
            fmt::format("'{}' {} means nothing; write: {} slots=N", word, where, name));
      }
      static_cast<void>(read_count(fmt::format("'{}' {}:", word, where), word.substr(equals + 1)));
    }
  }
  if (hosts.empty()) throw UsageError(fmt::format("'{}' names no host; write one a line", file));
  return hosts;
}

std::string host_slots(const std::vector<std::string>& hosts, int slots) {
  std::string text;
  for (const std::string& host : hosts) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", host, slots);
  }
  return text;
}

}  // namespace mpisize::tools
