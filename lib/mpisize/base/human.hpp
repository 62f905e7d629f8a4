/// Quantities as people read them.
#pragma once

#include <cstdint>
#include <string>

#include "mpisize/base/estimate.hpp"
#include "mpisize/base/units.hpp"

namespace mpisize {

/// Three digits and the fitting unit: "850 ns", "12.3 ms", "4.56 s", "12.3 min", "4.50 h".
[[nodiscard]] std::string human(Seconds time);

/// Decimal units: "17 B", "1.20 MB", "34.0 GB".
[[nodiscard]] std::string human(Bytes size);

/// "850 mJ", "12.3 kJ", "4.56 MJ".
[[nodiscard]] std::string human(Joules energy);

/// Bandwidth of an inverse: "4.56 GB/s".
[[nodiscard]] std::string human(SecondsPerByte inverse);

/// "12.3 s (90 %: 11.9 s to 13.1 s)".
[[nodiscard]] std::string human(const Interval& interval);

/// The same with "measured", "assumed", "given" or "derived"; without interval if there is none.
[[nodiscard]] std::string human(const Estimate<Seconds>& estimate);
[[nodiscard]] std::string human(const Estimate<SecondsPerByte>& estimate);

/// Three digits that matter, none made up: "0.0123", "12.3", "45 600".
[[nodiscard]] std::string human_number(double number);

/// Digits in groups of three: "1 000 000".
[[nodiscard]] std::string human_count(std::int64_t count);

}  // namespace mpisize
