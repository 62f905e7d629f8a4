#include "mpisize/write/test_only.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace mpisize {
namespace {

bool is_time(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
  return std::equal(text.begin(), text.end(), form.begin(), form.end(), [](char c, char f) {
    return f == 'd' ? std::isdigit(static_cast<unsigned char>(c)) != 0 : c == f;
  });
}

/// What stands between two words of the line; empty if they are not there in this order.
std::optional<std::string_view> between(std::string_view line, std::string_view before,
                                        std::string_view after) {
  const auto begin = line.find(before);
  if (begin == std::string_view::npos) return std::nullopt;
  line.remove_prefix(begin + before.size());
  const auto end = after.empty() ? line.size() : line.find(after);
  if (end == std::string_view::npos) return std::nullopt;
  return line.substr(0, end);
}

std::optional<JobStart> read_line(std::string_view line) {
  const auto time = between(line, " to start at ", " using ");
  const auto processors = between(line, " using ", " processors on nodes ");
  const auto nodes = between(line, " processors on nodes ", "");
  if (!time || !processors || !nodes || !is_time(*time)) return std::nullopt;
  JobStart start{std::string(*time), 0, std::string(nodes->substr(0, nodes->find(' ')))};
  const char* const end = processors->data() + processors->size();
  const auto read = std::from_chars(processors->data(), end, start.processors);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return start;
}

}  // namespace

std::optional<JobStart> read_job_start(std::string_view text) {
  std::optional<JobStart> last;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto start = read_line(text.substr(0, end));
    if (start && (!last || start->time > last->time)) last = start;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return last;
}

}  // namespace mpisize
