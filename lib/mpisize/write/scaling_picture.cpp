#include "mpisize/write/scaling_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "mpisize/base/human.hpp"
#include "mpisize/write/layout_text.hpp"
#include "mpisize/write/xml_text.hpp"

namespace mpisize {
namespace {

// Places, in pixels.
constexpr double width = 960;
constexpr double height = 760;
constexpr double left = 100;
constexpr double right = 930;
constexpr double time_top = 112;
constexpr double time_bottom = 468;
constexpr double share_top = 512;
constexpr double share_bottom = 668;

// Colours of Okabe and Ito (2008), which the colour-blind tell apart.
constexpr std::string_view line_colour = "#0072B2";
constexpr std::string_view ideal_colour = "#777777";
constexpr std::string_view chosen_colour = "#000000";

/// A kind of point.
struct Mark {
  std::string_view kind;
  std::string_view colour;
  std::string_view path;  ///< Around 0, 0.
};
constexpr std::array marks{
    Mark{"limited by computing", "#0072B2", "M-5,0A5,5 0 1 1 5,0A5,5 0 1 1 -5,0Z"},
    Mark{"rests on runs there", "#0072B2", "M-5,0A5,5 0 1 1 5,0A5,5 0 1 1 -5,0Z"},
    Mark{"limited by root", "#D55E00", "M-5,-5H5V5H-5Z"},
    Mark{"limited by imbalance", "#009E73", "M0,-6L6,5H-6Z"},
};
constexpr Mark other_mark{"", "#AA4499", "M0,-6.5L6.5,0L0,6.5L-6.5,0Z"};

const Mark& mark_of(const std::string& kind) {
  const auto* const found =
      std::find_if(marks.begin(), marks.end(), [&](const Mark& m) { return m.kind == kind; });
  return found == marks.end() ? other_mark : *found;
}

/// From values to pixels, by logarithm or not.
struct Axis {
  double from;
  double to;
  double first;
  double last;
  bool logarithmic = true;
  [[nodiscard]] double at(double value) const {
    const double v =
        logarithmic ? std::log2(value / from) / std::log2(to / from) : (value - from) / (to - from);
    return first + (last - first) * std::clamp(v, -1.0, 2.0);
  }
};

double seconds_of(const PicturePoint& point) { return point.time.value.value(); }
double percent_of(const PicturePoint& point) { return 100 * point.efficiency; }
bool is_hollow(const PicturePoint& point) { return point.hollow; }

struct Axes {
  Axis ranks;
  Axis time;
  Axis share;
};

/// Where an axis of time may have ticks; the round ones first.
constexpr std::array round_times{1e-9, 1e-8, 1e-7, 1e-6,  1e-5, 1e-4,   1e-3,  1e-2,  0.1,   1.0,
                                 10.0, 60.0, 600., 3600., 36e3, 86400., 864e3, 864e4, 864e5, 864e6};
constexpr std::array fine_factors{1.0, 2.0, 5.0};

std::vector<double> time_ticks(const Axis& axis) {
  std::vector<double> ticks;
  constexpr std::size_t enough = 3;
  for (const double t : round_times) {
    if (t >= axis.from && t <= axis.to) ticks.push_back(t);
  }
  if (ticks.size() >= enough) return ticks;
  ticks.clear();
  for (std::size_t i = 0; i < round_times.size(); ++i) {
    for (const double factor : fine_factors) {
      const double t = round_times[i] * factor;
      const bool before_next = i + 1 == round_times.size() || t < 0.9 * round_times[i + 1];
      if (before_next && t >= axis.from && t <= axis.to) ticks.push_back(t);
    }
  }
  return ticks;
}

/// "10 s", "1 h": a tick has no more digits than it needs.
std::string tick_text(double seconds) {
  struct Unit {
    double size;
    std::string_view name;
  };
  constexpr std::array units{Unit{86400, "d"}, Unit{3600, "h"},  Unit{60, "min"}, Unit{1, "s"},
                             Unit{1e-3, "ms"}, Unit{1e-6, "us"}, Unit{1e-9, "ns"}};
  constexpr double rounding = 1 - 1e-9;
  for (const Unit& unit : units) {
    if (seconds < unit.size * rounding) continue;
    return fmt::format("{:.4g} {}", seconds / unit.size, unit.name);
  }
  return fmt::format("{:.4g} ns", seconds * 1e9);
}

Axes axes_of(const ScalingPicture& picture) {
  double fewest = picture.points.front().ranks;
  double most = picture.points.back().ranks;
  double least = HUGE_VAL;
  double longest = 0;
  double best = 100;
  const auto take = [&](const PicturePoint& point) {
    const auto ranks = static_cast<double>(point.ranks);
    fewest = std::min(fewest, ranks);
    most = std::max(most, ranks);
    least = std::min({least, seconds_of(point), point.ideal.value_or(point.time.value).value()});
    longest = std::max({longest, seconds_of(point), point.time.high.value()});
    best = std::max(best, percent_of(point));
  };
  std::for_each(picture.points.begin(), picture.points.end(), take);
  take(picture.chosen);
  for (const SeenTime& seen : picture.seen) {
    fewest = std::min<double>(fewest, seen.ranks);
    most = std::max<double>(most, seen.ranks);
    least = std::min(least, seen.time.value());
    longest = std::max(longest, seen.time.value());
  }
  // Some room around the points.
  const double widen = most > fewest ? std::pow(most / fewest, 0.03) : 1.5;
  const double room = longest > least ? std::pow(longest / least, 0.04) : 1.5;
  return {{fewest / widen, most * widen, left, right},
          {least / room, longest * room, time_bottom, time_top},
          {0, 1.08 * best, share_bottom, share_top, false}};
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view what,
                    std::string_view more = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y,
                     anchor, more, what);
}

std::string line(double x1, double y1, double x2, double y2, std::string_view style) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1, y1,
                     x2, y2, style);
}

constexpr std::string_view grid = R"(stroke="#dddddd")";

std::string frame(double top, double bottom) {
  return fmt::format(R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="none" )"
                     "stroke=\"#333333\"/>\n",
                     left, top, right - left, bottom - top);
}

/// Powers of two; where they get long, as powers.
std::string ranks_axis(const Axis& axis) {
  const int first = static_cast<int>(std::ceil(std::log2(axis.from)));
  const int last = static_cast<int>(std::floor(std::log2(axis.to)));
  constexpr int most_labels = 12;
  constexpr int long_from = 14;
  const int step = 1 + std::max(0, last - first) / most_labels;
  std::string out;
  for (int k = std::max(0, first); k <= last; ++k) {
    const double x = axis.at(std::exp2(k));
    for (const auto& [top, bottom] :
         {std::pair(time_top, time_bottom), std::pair(share_top, share_bottom)}) {
      out += line(x, top, x, bottom, grid);
    }
    if (k % step != 0) continue;
    const std::string label = last < long_from
                                  ? fmt::format("{:.0f}", std::exp2(k))
                                  : fmt::format(R"(2<tspan dy="-6" font-size="11">{}</tspan>)", k);
    out += text_at(x, share_bottom + 21, "middle", label);
  }
  return out + text_at((left + right) / 2, share_bottom + 48, "middle", "ranks (log scale)",
                       R"( font-size="16")");
}

std::string upright(double y, std::string_view what) {
  return text_at(26, y, "middle", what,
                 fmt::format(R"x( font-size="16" transform="rotate(-90 26 {:.1f})")x", y));
}

std::string time_axis(const Axis& axis, const std::string& what) {
  std::string out;
  for (const double tick : time_ticks(axis)) {
    const double y = axis.at(tick);
    out += line(left, y, right, y, grid);
    out += text_at(left - 9, y + 5, "end", tick_text(tick));
  }
  return out + upright((time_top + time_bottom) / 2, xml_escape(what + " (log scale)"));
}

std::string share_axis(const Axis& axis) {
  std::string out;
  const double step = axis.to > 250 ? 100 : axis.to > 125 ? 50 : 25;
  for (int i = 0; i * step <= axis.to; ++i) {
    const double share = i * step;
    const double y = axis.at(share);
    out += line(left, y, right, y, grid);
    out += text_at(left - 9, y + 5, "end", fmt::format("{:.0f} %", share));
  }
  return out + upright((share_top + share_bottom) / 2, "parallel efficiency");
}

/// Points of a line: "x,y x,y".
template <class Value>
std::string points(const std::vector<PicturePoint>& all, const Axis& x, const Axis& y,
                   Value value) {
  std::string out;
  for (const PicturePoint& point : all) {
    out += fmt::format("{:.1f},{:.1f} ", x.at(point.ranks), y.at(value(point)));
  }
  return out;
}

std::string polyline(const std::string& points, std::string_view style) {
  return fmt::format("<polyline points=\"{}\" fill=\"none\" {}/>\n", points, style);
}

std::string mark(double x, double y, const std::string& kind, bool hollow) {
  const Mark& m = mark_of(kind);
  return fmt::format(R"x(<path transform="translate({:.1f},{:.1f})" d="{}" fill="{}" stroke="{}" )x"
                     "stroke-width=\"2\"/>\n",
                     x, y, m.path, hollow ? "white" : m.colour, m.colour);
}

std::string ring(double x, double y) {
  return fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="11" fill="none" stroke="{}" )"
                     "stroke-width=\"2.5\"/>\n",
                     x, y, chosen_colour);
}

/// A time that was measured: a cross.
std::string cross(double x, double y) {
  return fmt::format(
      R"x(<path transform="translate({:.1f},{:.1f})" d="M-5,-5L5,5M-5,5L5,-5" fill="none" )x"
      "stroke=\"{}\" stroke-width=\"2\"/>\n",
      x, y, chosen_colour);
}

std::string ideal_line(const ScalingPicture& picture, const Axes& a) {
  const PicturePoint& first = picture.points.front();
  const PicturePoint& last = picture.points.back();
  if (!first.ideal || !last.ideal) return "";
  return line(
      a.ranks.at(first.ranks), a.time.at(first.ideal->value()), a.ranks.at(last.ranks),
      a.time.at(last.ideal->value()),
      fmt::format(R"(stroke="{}" stroke-width="1.5" stroke-dasharray="7 5")", ideal_colour));
}

std::string marks_of(const ScalingPicture& picture, const Axes& a, const Axis& y,
                     double (*value)(const PicturePoint&)) {
  std::string out = polyline(points(picture.points, a.ranks, y, value),
                             fmt::format(R"(stroke="{}" stroke-width="2")", line_colour));
  for (const PicturePoint& point : picture.points) {
    out += mark(a.ranks.at(point.ranks), y.at(value(point)), point.kind, point.hollow);
  }
  return out;
}

std::string time_panel(const ScalingPicture& picture, const Axes& a) {
  const auto low = [&](const PicturePoint& p) {
    return std::max(p.time.low.value(), a.time.from / 2);
  };
  const auto high = [](const PicturePoint& p) { return p.time.high.value(); };
  const std::vector<PicturePoint> backwards(picture.points.rbegin(), picture.points.rend());
  std::string out = fmt::format("<polygon points=\"{}{}\" fill=\"{}\" fill-opacity=\"0.18\"/>\n",
                                points(picture.points, a.ranks, a.time, high),
                                points(backwards, a.ranks, a.time, low), line_colour);
  out += ideal_line(picture, a) + marks_of(picture, a, a.time, seconds_of);
  for (const SeenTime& seen : picture.seen) {
    out += cross(a.ranks.at(seen.ranks), a.time.at(seen.time.value()));
  }
  return out;
}

std::string share_panel(const ScalingPicture& picture, const Axes& a) {
  const std::string ideal =
      line(left, a.share.at(100), right, a.share.at(100),
           fmt::format(R"(stroke="{}" stroke-width="1.5" stroke-dasharray="7 5")", ideal_colour));
  return ideal + marks_of(picture, a, a.share, percent_of);
}

std::string chosen_marks(const ScalingPicture& picture, const Axes& a) {
  const double x = a.ranks.at(picture.chosen.ranks);
  return ring(x, a.time.at(seconds_of(picture.chosen))) +
         ring(x, a.share.at(percent_of(picture.chosen)));
}

/// Samples and their words, left to right.
class Legend {
 public:
  explicit Legend(double y) : y_(y) {}
  void add(const std::string& sample, const std::string& words) {
    out_ += fmt::format("<g transform=\"translate({:.1f},{:.1f})\">{}</g>\n", x_ + 13, y_, sample);
    out_ += text_at(x_ + 34, y_ + 5, "start", xml_escape(words));
    constexpr double letter = 7.3;
    x_ += 34 + 24 + letter * static_cast<double>(words.size());
  }
  [[nodiscard]] const std::string& text() const { return out_; }

 private:
  double y_;
  double x_ = left;
  std::string out_;
};

std::string legends(const ScalingPicture& picture) {
  Legend lines(62);
  lines.add(fmt::format(R"(<rect x="-14" y="-7" width="28" height="14" fill="{0}" )"
                        R"(fill-opacity="0.18"/><path d="M-14,0H14" stroke="{0}" )"
                        R"(stroke-width="2"/>)",
                        line_colour),
            "predicted, with its 90 % interval");
  lines.add(fmt::format(R"(<path d="M-14,0H14" stroke="{}" stroke-width="1.5" )"
                        R"(stroke-dasharray="7 5"/>)",
                        ideal_colour),
            picture.ideal);
  lines.add(ring(0, 0), picture.chosen_words);
  if (!picture.seen.empty()) lines.add(cross(0, 0), "measured");
  Legend kinds(88);
  std::vector<std::string> told;
  for (const PicturePoint& point : picture.points) {
    if (std::find(told.begin(), told.end(), point.kind) != told.end()) continue;
    told.push_back(point.kind);
    kinds.add(mark(0, 0, point.kind, false), point.kind);
  }
  if (std::any_of(picture.points.begin(), picture.points.end(), is_hollow)) {
    kinds.add(mark(0, 0, told.front(), true), picture.hollow);
  }
  return lines.text() + kinds.text();
}

}  // namespace

std::string title_of(const std::string& what, const std::string& machine) {
  constexpr std::size_t longest = 40;
  return shortened(what, longest) + " on " +
         shortened(machine.empty() ? "a machine without a name" : machine, longest);
}

std::string to_svg(const ScalingPicture& picture) {
  const bool drawable =
      !picture.points.empty() && seconds_of(picture.chosen) > 0 &&
      std::all_of(picture.points.begin(), picture.points.end(),
                  [](const PicturePoint& point) {
                    return seconds_of(point) > 0 && std::isfinite(point.time.high.value());
                  }) &&
      std::all_of(picture.seen.begin(), picture.seen.end(),
                  [](const SeenTime& seen) { return seen.time > Seconds(0); });
  if (!drawable) throw std::invalid_argument("a plot needs a plan with a time above 0");
  const Axes axes = axes_of(picture);
  const std::string title = xml_escape(picture.title);
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      R"(<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="{0:.0f}" )"
      R"(height="{1:.0f}" viewBox="0 0 {0:.0f} {1:.0f}" font-family="sans-serif" )"
      "font-size=\"14\" fill=\"#111111\">\n"
      "<title>{2}</title>\n"
      "<rect width=\"{0:.0f}\" height=\"{1:.0f}\" fill=\"white\"/>\n",
      width, height, title);
  out += text_at(left, 34, "start", title, R"( font-size="20" font-weight="bold")");
  out += legends(picture);
  out += ranks_axis(axes.ranks) + time_axis(axes.time, picture.time) + share_axis(axes.share);
  out += time_panel(picture, axes) + share_panel(picture, axes);
  out += frame(time_top, time_bottom) + frame(share_top, share_bottom);
  out += chosen_marks(picture, axes);
  out += text_at(right, height - 14, "end", xml_escape(picture.footer),
                 R"( font-size="12" fill="#555555")");
  return out + "</svg>\n";
}

}  // namespace mpisize
