/// Ranks that exchange messages, played out message by message.
#pragma once

#include <cstdint>
#include <vector>

#include "mpisize/model/comm_model.hpp"

namespace mpisize {

/// Where a rank is.
struct RankPlace {
  int host = 0;
  int rack = 0;
};

/// One message; in a step's `receives` the peer is the sender.
struct Message {
  int peer = 0;
  Bytes size{};
};

/// What a rank posts at once and then waits for: receives first, then sends, without blocking.
struct Step {
  std::vector<Message> receives;
  std::vector<Message> sends;
};

/// Steps of every rank, in order. Messages between two ranks match in order.
using MessageProgram = std::vector<std::vector<Step>>;

/// The links between ranks at certain places, with what they share: the port of a host, each way,
/// carries one message after the other (max-rate model, Gropp, Olson and Samfass 2016), and so do
/// the uplink of a rack, where messages between racks take longer per byte, and whatever all hosts
/// share.
class MessagePlayer {
 public:
  /// Throws std::invalid_argument without a link. Levels that are missing take the nearest one.
  MessagePlayer(const std::vector<Link>& links, std::vector<RankPlace> places);

  /// Seconds from the moment that all ranks begin to the moment that the last one has ended the
  /// program `times` times over. Throws std::invalid_argument if the program cannot end: a message
  /// that nobody sends or takes.
  [[nodiscard]] Seconds play(const MessageProgram& program, int times = 1) const;

  [[nodiscard]] int ranks() const { return static_cast<int>(places_.size()); }
  [[nodiscard]] const Link& link_between(int a, int b) const;
  /// Seconds between messages of different hosts, whichever these are.
  [[nodiscard]] double shared_gap() const;
  [[nodiscard]] const std::vector<RankPlace>& places() const { return places_; }

 private:
  std::vector<Link> links_;  ///< By level: same node, between nodes, between racks.
  std::vector<RankPlace> places_;
};

}  // namespace mpisize
