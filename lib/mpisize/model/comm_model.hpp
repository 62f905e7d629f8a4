/// Cost of point-to-point messages.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "mpisize/base/estimate.hpp"
#include "mpisize/base/units.hpp"

namespace mpisize {

/// Hockney (1994): T(m) = alpha + beta m.
struct Hockney {
  Seconds alpha{};        ///< Start-up time of a message.
  SecondsPerByte beta{};  ///< Inverse of the asymptotic bandwidth.
  friend bool operator==(const Hockney&, const Hockney&) = default;
};

/// Distance between two ranks, nearest first. Racks are hosts that are nearer to each other than to
/// the rest, by measurement; where there are several, between_nodes is within one.
enum class Level { same_numa_node, same_package, same_node, between_nodes, between_racks };
[[nodiscard]] std::string_view name_of(Level level);

/// Hockney parameters that hold from `from` bytes up to the next piece: Open MPI changes its
/// protocol with the size (eager, rendezvous, pipelined), each with its own start-up time and
/// bandwidth.
struct LinkPiece {
  Bytes from{};
  Hockney cost{};
  friend bool operator==(const LinkPiece&, const LinkPiece&) = default;
};

/// What a small message costs besides the way: LogGP's o at each end and g (Alexandrov, Ionescu,
/// Schauser and Scheiman 1995).
struct MessageCost {
  Estimate<Seconds> send = assumed(Seconds(0), Seconds(0), Seconds(0));     ///< o of the sender.
  Estimate<Seconds> receive = assumed(Seconds(0), Seconds(0), Seconds(0));  ///< o of the receiver.
  Estimate<Seconds> gap = assumed(Seconds(0), Seconds(0), Seconds(0));      ///< g between messages.
  friend bool operator==(const MessageCost&, const MessageCost&) = default;
};

/// One-way cost of a message over one level, piecewise in the message size.
struct Link {
  Level level = Level::same_node;
  std::vector<LinkPiece> pieces;     ///< Ascending in `from`, the first from 0.
  std::optional<Bytes> eager_limit;  ///< Largest size sent eagerly, if a breakpoint shows it.
  double relative_error = 0;         ///< Median |model / measured - 1| on sizes not fitted.
  double one_piece_error = 0;        ///< The same of a single Hockney line.
  Estimate<Seconds> latency = assumed(Seconds(0), Seconds(0), Seconds(0));  ///< Smallest message.
  Estimate<SecondsPerByte> per_byte =
      assumed(SecondsPerByte(0), SecondsPerByte(0), SecondsPerByte(0));  ///< Large messages.
  MessageCost message;
  /// All ranks of a node together through its port (max-rate model, Gropp, Olson and Samfass 2016):
  /// T = alpha + k m max(node_per_byte, per_byte / k). Empty: not measured.
  std::optional<Estimate<SecondsPerByte>> node_per_byte;
  /// A node taking in from many others at once. Empty: not measured.
  std::optional<Estimate<SecondsPerByte>> incast_per_byte;
  /// What lies between the nodes passes small messages one after the other, where all nodes send at
  /// once: a switch, or cores that hosts share. Empty: not measured.
  std::optional<Estimate<Seconds>> shared_gap;
  Source source = Source::assumed;
  friend bool operator==(const Link&, const Link&) = default;
};

/// Time from the start of the send to the end of the receive. Throws std::invalid_argument if the
/// link has no piece or the size is negative.
[[nodiscard]] Seconds message_time(const Hockney& link, Bytes size);
[[nodiscard]] Seconds message_time(const Link& link, Bytes size);

/// Message size at which half of the asymptotic bandwidth is reached, n_1/2 = alpha / beta. Throws
/// std::invalid_argument if beta is 0: there is no such size.
[[nodiscard]] Bytes half_bandwidth_size(const Hockney& link);

/// One measured size: one-way time of a message of `size` bytes.
struct MessageTime {
  Bytes size{};
  Seconds time{};
};

/// Fits pieces by segmented least squares on relative residuals (Bellman 1961, dynamic
/// programming), the number of pieces (at most `most_pieces`) by the Bayesian information criterion
/// (Schwarz 1978). Breakpoints are measured sizes; a piece has at least three; single outliers
/// neither make nor bend one. Sizes ascending, at least two, times positive; throws
/// std::invalid_argument otherwise.
[[nodiscard]] std::vector<LinkPiece> fit_pieces(const std::vector<MessageTime>& samples,
                                                int most_pieces = 5);

}  // namespace mpisize
