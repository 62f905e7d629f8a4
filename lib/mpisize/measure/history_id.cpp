#include "mpisize/measure/history_id.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <system_error>

#include "mpisize/base/error.hpp"

namespace mpisize {
namespace {

/// 0, or the error number.
int make_alone(const std::filesystem::path& file) {
  constexpr mode_t everyone = 0666;  // without the umask
  const int descriptor = open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, everyone);
  if (descriptor < 0) return errno;
  close(descriptor);
  return 0;
}

}  // namespace

bool begins_history_id(std::string_view text) {
  return !text.empty() && text.size() <= history_id_digits &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string random_history_id() {
  std::uint64_t bits = 0;
  if (getrandom(&bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) {
    throw std::system_error(errno, std::generic_category(), "getrandom");
  }
  constexpr unsigned bits_per_digit = 4;
  constexpr std::uint64_t mask = (std::uint64_t{1} << (bits_per_digit * history_id_digits)) - 1;
  return fmt::format("{:0{}x}", bits & mask, history_id_digits);
}

std::string utc_now() {
  using std::chrono::system_clock;
  const auto moment = std::chrono::time_point_cast<std::chrono::milliseconds>(system_clock::now());
  const auto second = std::chrono::floor<std::chrono::seconds>(moment);
  const std::time_t time = system_clock::to_time_t(second);
  std::tm utc{};
  gmtime_r(&time, &utc);
  constexpr int first_year = 1900;  // of struct tm
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + first_year,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     (moment - second).count());
}

std::string history_stem(const HistoryEntry& entry) {
  std::string stem;
  for (const char c : entry.time) {
    if (c != '-' && c != ':') stem += c;
  }
  return stem + "-" + entry.id;
}

std::string history_id_in(std::string_view name) {
  const auto sign = name.find("Z-");
  if (name.empty() || name[0] < '0' || name[0] > '9' || sign == std::string_view::npos) return "";
  const std::string_view rest = name.substr(sign + 2);
  const std::string_view id = rest.substr(0, rest.find('.'));
  return id.size() == history_id_digits && begins_history_id(id) ? std::string(id) : "";
}

std::vector<std::string> history_names(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator at(directory, error);
  for (const std::filesystem::directory_iterator end; !error && at != end; at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw InputError(
        fmt::format("cannot read the history in '{}': {}; make it a directory that "
                    "can be read",
                    directory.string(), error.message()));
  }
  return names;
}

ClaimedId::ClaimedId(const std::filesystem::path& directory,
                     const std::function<std::string()>& draw,
                     const std::function<bool(const std::string&)>& is_taken) {
  constexpr int most_draws = 1000;
  for (int i = 0; i < most_draws; ++i) {
    const std::string id = draw();
    const auto file = directory / ("." + id + ".claim");
    const int error = make_alone(file);
    if (error == EEXIST) continue;
    if (error != 0) {
      throw InputError(
          fmt::format("cannot write '{}': {}; set XDG_DATA_HOME to a directory that can be written",
                      directory.string(), std::generic_category().message(error)));
    }
    file_ = file;
    id_ = id;
    if (!is_taken(id)) return;
    unlink(file.c_str());
  }
  throw InputError(fmt::format("cannot find a free name in '{}'; delete what is not needed there",
                               directory.string()));
}

ClaimedId::~ClaimedId() { unlink(file_.c_str()); }

}  // namespace mpisize
