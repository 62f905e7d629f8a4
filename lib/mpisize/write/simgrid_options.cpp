#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "mpisize/write/simgrid.hpp"
#include "mpisize/write/simgrid_network.hpp"

namespace mpisize {
namespace {

/// SimGrid's segments hold from one byte above what they name.
std::int64_t before(Bytes from) { return from == Bytes(0) ? 0 : from.value() - 1 + simgrid_header; }

std::string option(std::string_view name, const std::string& value) {
  return fmt::format("--cfg={}:{}\n", name, value);
}

/// "size:factor;size:factor".
std::string factors(const SimgridNetwork& net, double SimgridSegment::*factor) {
  std::string text;
  for (const SimgridSegment& s : net.segments) {
    text += fmt::format("{}{}:{:.9g}", text.empty() ? "" : ";", before(s.from), s.*factor);
  }
  return text;
}

/// "size:seconds:seconds per byte" of eager messages, and of others nothing.
std::string overhead(const SimgridNetwork& net, Seconds time) {
  return fmt::format("0:{:.9g}:0;{}:0:0", time.value(), net.eager_limit.value());
}

}  // namespace

std::string simgrid_options(const Machine& machine) {
  const SimgridNetwork net = simgrid_network(machine);
  const std::string eager_below = std::to_string(net.eager_limit.value() + 1);
  // What looking for a message costs: SimGrid injects 100 us unless told.
  constexpr double least_look = 1e-7;
  const std::string look = fmt::format("{:.9g}", std::max(least_look, net.receive.value()));
  return option("smpi/os", overhead(net, net.send)) + option("smpi/ois", overhead(net, net.send)) +
         option("smpi/or", overhead(net, net.receive)) +
         option("smpi/lat-factor", factors(net, &SimgridSegment::latency_factor)) +
         option("smpi/bw-factor", factors(net, &SimgridSegment::bandwidth_factor)) +
         option("smpi/async-small-thresh", eager_below) +
         option("smpi/send-is-detached-thresh", eager_below) + option("smpi/iprobe", look) +
         option("smpi/test", look) + option("smpi/host-speed", "1Gf") +
         option("network/TCP-gamma", "0") + option("network/weight-S", "0") +
         option("network/crosstraffic", "0");
}

}  // namespace mpisize
