/// A network in user space between TUN devices: delay, rate, racks behind uplinks. For kernels
/// without netem.
#pragma once

#include <chrono>
#include <cstdint>
#include <queue>
#include <vector>

namespace mpisize::cluster {

using Clock = std::chrono::steady_clock;
using Nanoseconds = std::chrono::nanoseconds;

/// How the network is built. A rate of 0 bit/s: without limit.
struct Network {
  Nanoseconds latency{50'000};                ///< One way, within a rack.
  double bits_per_second = 10e9;              ///< Of each host, each way.
  int hosts_per_rack = 1 << 20;               ///< Consecutive hosts.
  Nanoseconds latency_between_racks{50'000};  ///< One way.
  double uplink_bits_per_second = 0;          ///< Of each rack, each way, shared by its hosts.
  int mtu = 65520;
};

/// Carries IPv4 packets between hosts 10.77.H.L, number 256 H + L - 1. A packet leaves its host
/// when what the host sent before has left, crosses the uplinks if it must, and arrives after the
/// latency and when the receiver has taken in what came before. Nothing is lost: a host with more
/// than 2 ms of packets on its way out is not read until they have left.
class Switch {
 public:
  /// `devices`: one TUN device for each host, opened without blocking.
  Switch(std::vector<int> devices, const Network& network);

  /// Carries what there is; returns when the next packet is due, at most a second later.
  Clock::time_point carry();

  /// Sleeps until `due` or until a host sends or `other` (a file descriptor) can be read; true if
  /// that was `other`.
  [[nodiscard]] bool sleep_until(Clock::time_point due, int other) const;

 private:
  struct Packet {
    Clock::time_point due;
    std::uint64_t number = 0;  ///< Packets due at once keep their order.
    std::size_t to = 0;
    std::vector<char> bytes;
  };
  struct Later {
    bool operator()(const Packet& a, const Packet& b) const {
      return a.due != b.due ? a.due > b.due : a.number > b.number;
    }
  };
  struct Port {
    int device = -1;
    Clock::time_point sent;      ///< When all it sent will have left.
    Clock::time_point received;  ///< When all it gets will have arrived.
  };
  struct Rack {
    Clock::time_point up;
    Clock::time_point down;
  };

  [[nodiscard]] bool backed_up(const Port& port, Clock::time_point at) const;
  [[nodiscard]] std::size_t rack_of(std::size_t host) const;
  bool read_from(std::size_t host);
  void route(std::size_t from, std::vector<char> bytes);

  Network network_;
  std::vector<Port> ports_;
  std::vector<Rack> racks_;
  std::priority_queue<Packet, std::vector<Packet>, Later> on_the_way_;
  std::uint64_t packets_ = 0;
};

}  // namespace mpisize::cluster
