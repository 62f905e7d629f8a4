/// One link, measured between two ranks. Private.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "mpisize/base/units.hpp"
#include "mpisize/model/comm_model.hpp"
#include "mpisize/mpi/probe_comm.hpp"

namespace mpisize {

/// What the serving rank asks of its partner next.
struct Order {
  enum class Kind : std::int64_t {
    end,     ///< No more.
    trips,   ///< `count` round trips of `size` bytes.
    stream,  ///< `count` messages of `size` bytes one way, then an empty one back.
    drain  ///< The same, received only `pause` nanoseconds later; the time of a receive goes back.
  };
  Kind kind = Kind::end;
  std::int64_t size = 0;
  std::int64_t count = 0;
  std::int64_t pause = 0;
};

/// The partner's end of a link: does what it is asked to until there is nothing more.
void answer(const ProbeComm& comm, int server);

/// The serving end of a link.
class PingPong {
 public:
  PingPong(const ProbeComm& comm, int partner, Seconds budget);
  /// Sends the partner on its way.
  ~PingPong();
  PingPong(const PingPong&) = delete;
  PingPong& operator=(const PingPong&) = delete;

  /// One-way time of the fastest of `rounds` rounds of `trips` round trips each, after a trip that
  /// does not count.
  [[nodiscard]] Seconds quickest(std::int64_t size, std::int64_t trips, int rounds);

  /// One round of a size, after a warm-up trip; false if the expected time is no longer there.
  bool measure(std::int64_t size, Seconds expected);
  [[nodiscard]] bool time_left(Seconds expected) const;

  /// `count` messages one way and an empty one back.
  [[nodiscard]] Seconds stream(std::int64_t size, std::int64_t count, Seconds pause = Seconds(0));
  /// Mean time of a receive of messages that lie there already.
  [[nodiscard]] Seconds drain(std::int64_t size, std::int64_t count, Seconds pause);

  /// Rounds of one message size.
  struct Measurements {
    std::vector<double> one_way;  ///< Mean of each round.
    Seconds quickest{};
  };
  using BySize = std::map<std::int64_t, Measurements>;
  [[nodiscard]] const BySize& sizes() const { return sizes_; }

  /// Sizes, ascending, with the low quantile of their rounds.
  [[nodiscard]] std::vector<MessageTime> times() const;

 private:
  void ask(const Order& order);
  Seconds trips(std::int64_t size, std::int64_t count);

  const ProbeComm* comm_;
  int partner_;
  Seconds deadline_;
  Seconds round_time_;
  std::vector<std::byte> ball_;
  BySize sizes_;
};

/// Called with the share of a measurement that is done, 0 to 1.
using ProbeProgress = std::function<void(double)>;

/// Serves while `partner` answers. Empty if the time was too short to see what messages cost.
[[nodiscard]] std::optional<Link> measure_link(const ProbeComm& comm, Level level, int partner,
                                               Seconds budget, const ProbeProgress& progress);

/// Links as numbers, to be sent.
[[nodiscard]] std::vector<double> flattened(const std::vector<Link>& links);
[[nodiscard]] std::vector<Link> unflattened(const std::vector<double>& words);

}  // namespace mpisize
