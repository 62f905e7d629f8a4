#include "mpisize/model/history_entry.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mpisize {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int two_digits(std::string_view text, std::size_t at) {
  constexpr int ten = 10;
  return ten * (text[at] - '0') + (text[at + 1] - '0');
}

int days_of(int year, int month) {
  constexpr std::array days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days.at(static_cast<std::size_t>(month - 1)) + (month == 2 && leap ? 1 : 0);
}

}  // namespace

Kinship kinship(const Program& a, const Program& b) {
  if (a.path != b.path || a.arguments != b.arguments) return Kinship::other;
  if (a.hash != b.hash || a.hash.empty()) return Kinship::rebuilt;
  return a.directory == b.directory ? Kinship::same : Kinship::elsewhere;
}

std::string_view name_of(RunKind kind) { return kind == RunKind::run ? "run" : "sample"; }

std::string_view name_of(FailureCause cause) {
  switch (cause) {
    case FailureCause::out_of_memory:
      return "out_of_memory";
    case FailureCause::time_limit:
      return "time_limit";
    case FailureCause::node_failure:
      return "node_failure";
    case FailureCause::preemption:
      return "preemption";
    case FailureCause::cancelled:
      return "cancelled";
    case FailureCause::own_error:
      return "own_error";
  }
  throw std::invalid_argument("unknown cause of failure");
}

bool ended_well(const HistoryEntry& entry) {
  return entry.ending.status == 0 && !(entry.slurm && entry.slurm->cause);
}

bool is_whole(const HistoryEntry& entry) {
  return ended_well(entry) && entry.seen && !entry.seen->steady;
}

bool repeats(const HistoryEntry& a, const HistoryEntry& b) {
  return a.kind == b.kind && a.machine == b.machine && a.ranks == b.ranks && a.nodes == b.nodes &&
         a.threads_per_rank == b.threads_per_rank &&
         kinship(a.program, b.program) <= Kinship::elsewhere;
}

bool is_utc_time(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T00:00:00";
  if (text.size() <= shape.size() || text.back() != 'Z') return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == '0' ? !is_digit(text[i]) : text[i] != shape[i]) return false;
  }
  const std::string_view fraction = text.substr(shape.size(), text.size() - shape.size() - 1);
  constexpr std::size_t nanoseconds = 10;  // ".123456789"
  if (fraction.size() == 1 || fraction.size() > nanoseconds) return false;
  if (!fraction.empty() &&
      (fraction[0] != '.' || !std::all_of(fraction.begin() + 1, fraction.end(), is_digit))) {
    return false;
  }
  constexpr int century = 100;
  const int year = century * two_digits(text, 0) + two_digits(text, 2);
  const int month = two_digits(text, 5);
  const int day = two_digits(text, 8);
  constexpr int last_month = 12;
  constexpr int last_hour = 23;
  constexpr int last_minute = 59;
  constexpr int leap_second = 60;
  return month >= 1 && month <= last_month && day >= 1 && day <= days_of(year, month) &&
         two_digits(text, 11) <= last_hour && two_digits(text, 14) <= last_minute &&
         two_digits(text, 17) <= leap_second;
}

std::string_view program_name(const Program& program) {
  const std::string_view path = program.path;
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace mpisize
