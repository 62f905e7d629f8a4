/// Times over rank counts as a picture, whatever it is that is timed. Private to the writers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/base/estimate.hpp"

namespace mpisize {

/// A prediction for one number of ranks.
struct PicturePoint {
  int ranks = 1;
  Interval time;
  double efficiency = 1;
  std::string kind;              ///< Of the point, as the legend has it: "limited by root".
  bool hollow = false;           ///< As the legend explains it, see ScalingPicture::hollow.
  std::optional<Seconds> ideal;  ///< With all ranks of full use.
};

struct SeenTime {
  int ranks = 1;
  Seconds time{};
};

struct ScalingPicture {
  std::string title;
  std::string time;                  ///< On its axis: "time of the call".
  std::vector<PicturePoint> points;  ///< Ascending in ranks.
  PicturePoint chosen;
  std::string chosen_words;
  std::string ideal;           ///< What the ideal line is.
  std::string hollow;          ///< What hollow points are.
  std::vector<SeenTime> seen;  ///< Times that were measured; empty: none.
  std::string footer;
};

/// SVG 1.1: time over ranks, both axes logarithmic, with its 90 % band, the ideal line, measured
/// times as crosses, parallel efficiency below; a ring for what is chosen. White background, no
/// script, same input same bytes. Throws std::invalid_argument if a time is not above 0 or not
/// finite, or there is no point.
[[nodiscard]] std::string to_svg(const ScalingPicture& picture);

/// "kernel on machine", each shortened; not escaped.
[[nodiscard]] std::string title_of(const std::string& what, const std::string& machine);

}  // namespace mpisize
