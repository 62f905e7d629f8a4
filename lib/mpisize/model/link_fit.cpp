#include "mpisize/model/link_fit.hpp"

#include <cmath>
#include <cstddef>
#include <optional>
#include <stdexcept>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

/// Largest measured size below the breakpoint where the time jumps up most: rendezvous costs a
/// round trip more. Where only the slope changes, it is a cache or a pipeline.
std::optional<Bytes> find_eager_limit(const std::vector<LinkPiece>& pieces,
                                      const std::vector<MessageTime>& times) {
  constexpr double least_jump = 1.1;
  double highest = least_jump;
  std::optional<Bytes> limit;
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const Bytes from = pieces[i].from;
    const double jump = message_time(pieces[i].cost, from) / message_time(pieces[i - 1].cost, from);
    if (jump < highest) continue;
    highest = jump;
    for (const MessageTime& t : times) {
      if (t.size < from) limit = t.size;
    }
  }
  return limit;
}

}  // namespace

Link fit_link(Level level, const std::vector<MessageTime>& times) {
  constexpr std::size_t fewest_sizes = 4;
  constexpr int most_pieces = 5;
  if (times.size() < fewest_sizes) throw std::invalid_argument("a link needs four measured sizes");
  std::vector<MessageTime> fitted;
  std::vector<MessageTime> held_out;
  for (std::size_t i = 0; i < times.size(); ++i)
    (i % 2 == 0 ? fitted : held_out).push_back(times[i]);
  Link link;
  link.level = level;
  link.source = Source::measured;
  const auto error_of = [&](const std::vector<LinkPiece>& pieces) {
    Link tried;
    tried.pieces = pieces;
    std::vector<double> errors;
    errors.reserve(held_out.size());
    for (const MessageTime& t : held_out) {
      errors.push_back(std::abs(message_time(tried, t.size) / t.time - 1));
    }
    return median(errors);
  };
  link.relative_error = error_of(fit_pieces(fitted));
  link.one_piece_error = error_of(fit_pieces(fitted, 1));
  // The simpler model if it is no worse: nothing is read into noise.
  const bool one_is_enough = link.one_piece_error <= link.relative_error;
  if (one_is_enough) link.relative_error = link.one_piece_error;
  link.pieces = fit_pieces(times, one_is_enough ? 1 : most_pieces);
  link.eager_limit = find_eager_limit(link.pieces, times);
  return link;
}

}  // namespace mpisize
