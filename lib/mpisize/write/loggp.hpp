/// Links as parameters of LogGP (Alexandrov, Ionescu, Schauser and Scheiman 1995), for models and
/// simulators that speak it: T(m) = L + o_send + o_receive + (m - 1) G.
#pragma once

#include <string>
#include <vector>

#include "mpisize/model/machine.hpp"

namespace mpisize {

struct LogGP {
  Level level = Level::same_node;
  Seconds L{};          ///< Latency of the way alone: of the smallest message, without overheads.
  Seconds o_send{};     ///< Sender busy with a message.
  Seconds o_receive{};  ///< Receiver busy with one.
  Seconds o{};          ///< Their mean, where a model has only one.
  Seconds g{};          ///< Gap between consecutive small messages; not below o_send.
  SecondsPerByte G{};   ///< Gap per byte of a long message.
  bool overheads_known = false;  ///< False: o and g are 0 for want of a measurement, all is in L.
  Source source = Source::assumed;
  friend bool operator==(const LogGP&, const LogGP&) = default;
};

[[nodiscard]] LogGP loggp_of(const Link& link);

/// One line per link. Empty links: says so.
[[nodiscard]] std::string describe_loggp(const Machine& machine);

/// {"schema": "mpisize-loggp", "host", "links": [{"level", "L", "o_send", ...}]}, seconds and
/// seconds per byte.
[[nodiscard]] std::string loggp_json(const Machine& machine);

}  // namespace mpisize
