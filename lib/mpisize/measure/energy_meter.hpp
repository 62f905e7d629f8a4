/// Energy of this node's processor packages while something runs: RAPL counters by Linux's
/// powercap (Documentation/power/powercap), which Intel's and AMD's processors share.
///
/// Zones named "intel-rapl:N" that are a package (or a die of one) are counted, each name once. Not
/// their parts (":N:M": cores, memory), which are in them as far as they count; not "psys", the
/// platform, which has the packages in it; not "intel-rapl-mmio:N", another way to the same
/// counter.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/base/units.hpp"
#include "mpisize/measure/process.hpp"

namespace mpisize {

inline constexpr const char* energy_counters = "/sys/class/powercap";

class EnergyMeter {
 public:
  /// Measures from now on.
  explicit EnergyMeter(const std::filesystem::path& powercap = energy_counters);

  /// Adds what was used since the last look. A counter is taken to wrap around at most once between
  /// two: a package of 500 W takes 2 minutes for the least range, 65 kJ.
  void look();

  /// Until the last look; empty: it cannot be measured.
  [[nodiscard]] std::optional<Joules> used() const;
  /// Why it cannot be measured, and what would help; empty: it can.
  [[nodiscard]] const std::string& why_not() const { return why_not_; }

 private:
  struct Zone {
    std::filesystem::path file;
    std::int64_t range = 0;  ///< Microjoules after which it begins anew; 0: not known.
    std::int64_t last = 0;   ///< Microjoules.
  };
  void give_up(const std::filesystem::path& file);

  std::vector<Zone> zones_;
  Joules used_{};
  std::string why_not_;
};

/// As run(), with looks at the meter often enough, and at the end.
[[nodiscard]] ChildRun run_metered(Command command, EnergyMeter& meter);

}  // namespace mpisize
