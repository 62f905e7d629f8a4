#include "mpisize/measure/energy_meter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>

namespace mpisize {
namespace {

namespace fs = std::filesystem;

constexpr double microjoules = 1e6;

/// "intel-rapl:0", not "intel-rapl:0:0" and not "intel-rapl-mmio:0".
bool is_top_zone(const std::string& name) {
  const std::string begin = "intel-rapl:";
  return name.rfind(begin, 0) == 0 && name.size() > begin.size() &&
         name.find_first_not_of("0123456789", begin.size()) == std::string::npos;
}

std::optional<std::int64_t> number_in(const fs::path& file) {
  std::ifstream stream(file);
  std::int64_t number = 0;
  if (!(stream >> number) || number < 0) return std::nullopt;
  return number;
}

std::string word_in(const fs::path& file) {
  std::ifstream stream(file);
  std::string word;
  stream >> word;
  return word;
}

/// Folders of the packages, each once.
std::vector<fs::path> packages_below(const fs::path& powercap) {
  std::vector<fs::path> zones;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(powercap, none)) {
    if (is_top_zone(entry.path().filename().string())) zones.push_back(entry.path());
  }
  std::sort(zones.begin(), zones.end());
  std::set<std::string> names;
  std::erase_if(zones, [&](const fs::path& zone) {
    const std::string name = word_in(zone / "name");
    return name.rfind("package", 0) != 0 || !names.insert(name).second;
  });
  return zones;
}

}  // namespace

EnergyMeter::EnergyMeter(const fs::path& powercap) {
  for (const fs::path& folder : packages_below(powercap)) {
    Zone zone;
    zone.file = folder / "energy_uj";
    zone.range = number_in(folder / "max_energy_range_uj").value_or(0);
    const auto now = number_in(zone.file);
    if (!now) {
      give_up(zone.file);
      return;
    }
    zone.last = *now;
    zones_.push_back(zone);
  }
  if (zones_.empty()) {
    why_not_ = fmt::format("'{}' has no processor package of RAPL (virtual machines seldom have)",
                           powercap.string());
  }
}

void EnergyMeter::give_up(const fs::path& file) {
  why_not_ = fmt::format(
      "'{}' cannot be read: since CVE-2020-8694 root alone may, unless an administrator allows it "
      "(chmod a+r)",
      file.string());
  zones_.clear();  // The file may be in it.
}

void EnergyMeter::look() {
  for (Zone& zone : zones_) {
    const auto now = number_in(zone.file);
    if (!now) return give_up(zone.file);
    std::int64_t more = *now - zone.last;
    if (more < 0 && zone.range > 0) more += zone.range;
    if (more < 0) {
      why_not_ = fmt::format("'{}' went back, and its range is not known", zone.file.string());
      zones_.clear();
      return;
    }
    used_ += Joules(static_cast<double>(more) / microjoules);
    zone.last = *now;
  }
}

std::optional<Joules> EnergyMeter::used() const {
  return why_not_.empty() ? std::optional(used_) : std::nullopt;
}

ChildRun run_metered(Command command, EnergyMeter& meter) {
  constexpr Seconds often_enough{20};
  if (!meter.why_not().empty()) return run(command);
  if (!command.go_on) command.period = often_enough;
  command.go_on = [&meter, go_on = std::move(command.go_on)] {
    meter.look();
    return !go_on || go_on();
  };
  ChildRun done = run(command);
  meter.look();
  return done;
}

}  // namespace mpisize
