#include "mpisize/model/comm_model.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

/// Fewest samples of a piece: two always lie on a line and would make a piece of any outlier.
constexpr std::size_t fewest_samples = 3;

/// Bounds on the noise that the criterion assumes: differences below 1 % are not worth a piece, and
/// above 20 % noise cannot be told from protocol changes.
constexpr double least_noise = 0.01;
constexpr double most_noise = 0.2;

/// Biweight loss (Beaton and Tukey 1974) of a residual in units of the noise: u^2 for small u,
/// bounded by c^2 / 3 beyond c = 4.685 (95 % efficient for a normal sample), so no outlier buys
/// itself a piece.
constexpr double cut = 4.685;
double loss(double u) {
  const double inside = std::max(0.0, 1 - (u / cut) * (u / cut));
  return cut * cut / 3 * (1 - inside * inside * inside);
}
double weight(double u) {
  const double inside = std::max(0.0, 1 - (u / cut) * (u / cut));
  return inside * inside;
}

struct Point {
  double size;
  double time;
};

/// Weighted sums of size and time; a point can be taken out again.
struct Sums {
  double w = 0;
  double x = 0;
  double y = 0;
  double xx = 0;
  double xy = 0;
  void add(const Point& p, double k) {
    w += k;
    x += k * p.size;
    y += k * p.time;
    xx += k * p.size * p.size;
    xy += k * p.size * p.time;
  }
};

/// Least squares line with neither part negative.
Line line_through(const Sums& s) {
  if (!(s.w > 0)) return {0, 0};
  const double spread = s.xx - s.x * s.x / s.w;
  const double slope = spread > 0 ? std::max(0.0, (s.xy - s.x * s.y / s.w) / spread) : 0;
  const double intercept = (s.y - slope * s.x) / s.w;
  if (intercept >= 0) return {intercept, slope};
  return {0, s.xx > 0 ? s.xy / s.xx : 0};
}

struct Fit {
  Line line{};
  double loss = std::numeric_limits<double>::infinity();
};

double residual(const Point& p, const Line& line) {
  return (p.time - line.intercept - line.slope * p.size) / p.time;
}

/// Best of: the line through all points, and through all but one, each refined by reweighting.
class SegmentFitter {
 public:
  SegmentFitter(std::vector<Point> points, double noise)
      : points_(std::move(points)), noise_(noise) {}

  [[nodiscard]] Fit fit(std::size_t first, std::size_t last) const {
    Sums all;
    for (std::size_t i = first; i < last; ++i) all.add(points_[i], relative_weight(points_[i]));
    Fit best = scored(line_through(all), first, last);
    if (last - first > fewest_samples) {
      for (std::size_t i = first; i < last; ++i) {
        Sums others = all;
        others.add(points_[i], -relative_weight(points_[i]));
        keep_better(best, scored(line_through(others), first, last));
      }
    }
    constexpr int reweightings = 3;
    for (int step = 0; step < reweightings; ++step) {
      Sums sums;
      for (std::size_t i = first; i < last; ++i) {
        const Point& p = points_[i];
        sums.add(p, relative_weight(p) * weight(residual(p, best.line) / noise_));
      }
      keep_better(best, scored(line_through(sums), first, last));
    }
    return best;
  }

 private:
  /// Makes least squares minimise relative residuals.
  static double relative_weight(const Point& p) { return 1 / (p.time * p.time); }

  static void keep_better(Fit& best, const Fit& other) {
    if (other.loss < best.loss) best = other;
  }

  [[nodiscard]] Fit scored(const Line& line, std::size_t first, std::size_t last) const {
    double sum = 0;
    for (std::size_t i = first; i < last; ++i) sum += loss(residual(points_[i], line) / noise_);
    return {line, sum};
  }

  std::vector<Point> points_;
  double noise_;
};

/// Relative noise: how far samples lie off the line through their two neighbours, by the median, so
/// that neither an outlier nor a breakpoint counts. The median of some twenty is easily a quarter
/// too low, which would make pieces of noise: a margin of that much is added.
double relative_noise(const std::vector<Point>& points) {
  std::vector<double> off;
  for (std::size_t i = 1; i + 1 < points.size(); ++i) {
    const Point& a = points[i - 1];
    const Point& b = points[i + 1];
    const double share = (points[i].size - a.size) / (b.size - a.size);
    const double expected = a.time + share * (b.time - a.time);
    const double gain = std::sqrt(1 + share * share + (1 - share) * (1 - share));
    off.push_back(std::abs(points[i].time - expected) / points[i].time / gain);
  }
  constexpr double normal_consistency = 1.4826;
  constexpr double margin = 1.25;
  const double noise = off.empty() ? least_noise : margin * normal_consistency * median(off);
  return std::clamp(noise, least_noise, most_noise);
}

std::vector<Point> checked(const std::vector<MessageTime>& samples) {
  if (samples.size() < 2) throw std::invalid_argument("a link needs at least two measured sizes");
  std::vector<Point> points;
  for (const MessageTime& s : samples) {
    const auto size = static_cast<double>(s.size.value());
    if (size < 0 || (!points.empty() && size <= points.back().size)) {
      throw std::invalid_argument("measured sizes of a link must ascend");
    }
    if (!(s.time > Seconds(0)) || !std::isfinite(s.time.value())) {
      throw std::invalid_argument("measured times of a link must be positive");
    }
    points.push_back({size, s.time.value()});
  }
  return points;
}

}  // namespace

std::string_view name_of(Level level) {
  constexpr std::array<std::string_view, 5> names{"same_numa_node", "same_package", "same_node",
                                                  "between_nodes", "between_racks"};
  return names.at(static_cast<std::size_t>(level));
}

Seconds message_time(const Hockney& link, Bytes size) {
  if (size < Bytes(0)) throw std::invalid_argument("message of negative size");
  return link.alpha + link.beta * size;
}

Seconds message_time(const Link& link, Bytes size) {
  if (link.pieces.empty()) throw std::invalid_argument("link without a piece");
  auto piece = link.pieces.begin();
  while (piece + 1 != link.pieces.end() && (piece + 1)->from <= size) ++piece;
  return message_time(piece->cost, size);
}

Bytes half_bandwidth_size(const Hockney& link) {
  if (!(link.beta > SecondsPerByte(0))) {
    throw std::invalid_argument("half bandwidth size of a link without cost per byte");
  }
  return Bytes(std::llround(link.alpha.value() / link.beta.value()));
}

std::vector<LinkPiece> fit_pieces(const std::vector<MessageTime>& samples, int most_pieces) {
  const auto points = checked(samples);
  if (most_pieces < 1) throw std::invalid_argument("a link needs at least one piece");
  const std::size_t n = points.size();
  const std::size_t most =
      std::clamp<std::size_t>(n / fewest_samples, 1, static_cast<std::size_t>(most_pieces));
  const SegmentFitter fitter(points, relative_noise(points));

  // best[k][j]: least loss of the first j samples in k + 1 pieces; start[k][j]: where the last
  // begins.
  const double none = std::numeric_limits<double>::infinity();
  std::vector<std::vector<double>> best(most, std::vector<double>(n + 1, none));
  std::vector<std::vector<std::size_t>> start(most, std::vector<std::size_t>(n + 1, 0));
  std::vector<std::vector<Fit>> fits(n, std::vector<Fit>(n + 1));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + std::min(n, fewest_samples); j <= n; ++j)
      fits[i][j] = fitter.fit(i, j);
  }
  for (std::size_t j = 1; j <= n; ++j) best[0][j] = fits[0][j].loss;
  for (std::size_t k = 1; k < most; ++k) {
    for (std::size_t j = 1; j <= n; ++j) {
      for (std::size_t i = 1; i < j; ++i) {
        const double sum = best[k - 1][i] + fits[i][j].loss;
        if (sum < best[k][j]) {
          best[k][j] = sum;
          start[k][j] = i;
        }
      }
    }
  }

  // Schwarz: -2 log likelihood + parameters x log n; a piece adds alpha, beta and its breakpoint.
  std::size_t chosen = 0;
  double least = none;
  for (std::size_t k = 0; k < most; ++k) {
    const double criterion =
        best[k][n] + 3 * static_cast<double>(k + 1) * std::log(static_cast<double>(n));
    if (criterion < least) {
      least = criterion;
      chosen = k;
    }
  }

  std::vector<LinkPiece> pieces;
  for (std::size_t k = chosen + 1, j = n; k-- > 0;) {
    const std::size_t i = k == 0 ? 0 : start[k][j];
    const Line line = fits[i][j].line;
    const Bytes from = i == 0 ? Bytes(0) : samples[i].size;
    pieces.push_back({from, {Seconds(line.intercept), SecondsPerByte(line.slope)}});
    j = i;
  }
  std::reverse(pieces.begin(), pieces.end());
  return pieces;
}

}  // namespace mpisize
