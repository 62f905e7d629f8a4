#include "cluster/switch.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

namespace mpisize::cluster {
namespace {

constexpr Nanoseconds longest_backlog = std::chrono::milliseconds(2);
constexpr std::size_t largest_packet = 65536;

Nanoseconds time_on_wire(std::size_t bytes, double bits_per_second) {
  if (bits_per_second <= 0) return Nanoseconds(0);
  return Nanoseconds(static_cast<std::int64_t>(static_cast<double>(bytes) * 8e9 / bits_per_second));
}

/// Number of the host an IPv4 packet is for; empty if it is none of ours.
std::optional<std::size_t> destination(const std::vector<char>& packet) {
  constexpr std::size_t header = 20;
  constexpr std::size_t at = 16;
  if (packet.size() < header) return std::nullopt;
  const auto byte = [&packet](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(packet[i]));
  };
  if (byte(0) >> 4U != 4 || byte(at) != 10 || byte(at + 1) != 77) return std::nullopt;
  const std::size_t number = 256 * byte(at + 2) + byte(at + 3);
  if (number == 0) return std::nullopt;
  return number - 1;
}

}  // namespace

Switch::Switch(std::vector<int> devices, const Network& network) : network_(network) {
  for (const int device : devices) ports_.push_back({device, {}, {}});
  racks_.resize(rack_of(ports_.size() - 1) + 1);
}

bool Switch::backed_up(const Port& port, Clock::time_point at) const {
  return port.sent > at + longest_backlog;
}

std::size_t Switch::rack_of(std::size_t host) const {
  return host / static_cast<std::size_t>(network_.hosts_per_rack);
}

void Switch::route(std::size_t from, std::vector<char> bytes) {
  const auto to = destination(bytes);
  if (!to || *to >= ports_.size()) return;
  Nanoseconds on_wire = time_on_wire(bytes.size(), network_.bits_per_second);
  Nanoseconds latency = network_.latency;
  Clock::time_point begins = std::max(Clock::now(), ports_[from].sent);
  ports_[from].sent = begins + on_wire;
  if (rack_of(from) != rack_of(*to)) {
    latency = network_.latency_between_racks;
    const Nanoseconds on_uplink = time_on_wire(bytes.size(), network_.uplink_bits_per_second);
    Rack& near = racks_[rack_of(from)];
    Rack& far = racks_[rack_of(*to)];
    begins = std::max({begins, near.up, far.down});
    near.up = far.down = begins + on_uplink;
    on_wire = std::max(on_wire, on_uplink);
  }
  Port& receiver = ports_[*to];
  receiver.received = std::max(begins + latency, receiver.received) + on_wire;
  on_the_way_.push({receiver.received, packets_++, *to, std::move(bytes)});
}

bool Switch::read_from(std::size_t host) {
  constexpr int at_a_time = 8;
  bool any = false;
  for (int i = 0; i < at_a_time && !backed_up(ports_[host], Clock::now()); ++i) {
    std::vector<char> bytes(largest_packet);
    const ssize_t length = read(ports_[host].device, bytes.data(), bytes.size());
    if (length <= 0) break;
    bytes.resize(static_cast<std::size_t>(length));
    route(host, std::move(bytes));
    any = true;
  }
  return any;
}

Clock::time_point Switch::carry() {
  for (bool any = true; any;) {
    while (!on_the_way_.empty() && on_the_way_.top().due <= Clock::now()) {
      const Packet& packet = on_the_way_.top();
      // A device that is down takes nothing: the packet is lost, as it would be on a wire.
      (void)!write(ports_[packet.to].device, packet.bytes.data(), packet.bytes.size());
      on_the_way_.pop();
    }
    any = false;
    for (std::size_t host = 0; host < ports_.size(); ++host) any = read_from(host) || any;
  }
  Clock::time_point due = Clock::now() + std::chrono::seconds(1);
  if (!on_the_way_.empty()) due = std::min(due, on_the_way_.top().due);
  for (const Port& port : ports_) {
    if (backed_up(port, Clock::now())) due = std::min(due, port.sent - longest_backlog);
  }
  return due;
}

bool Switch::sleep_until(Clock::time_point due, int other) const {
  const Clock::time_point at = Clock::now();
  std::vector<pollfd> watched{{other, POLLIN, 0}};
  for (const Port& port : ports_) {
    if (!backed_up(port, at)) watched.push_back({port.device, POLLIN, 0});
  }
  const auto left = std::max(Nanoseconds(0), std::chrono::duration_cast<Nanoseconds>(due - at));
  const timespec time{static_cast<time_t>(left.count() / 1'000'000'000),
                      static_cast<long>(left.count() % 1'000'000'000)};
  ppoll(watched.data(), watched.size(), &time, nullptr);
  return watched.front().revents != 0;
}

}  // namespace mpisize::cluster
