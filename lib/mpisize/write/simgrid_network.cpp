#include "mpisize/write/simgrid_network.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace mpisize {
namespace {

/// SimGrid's own, where none was seen.
constexpr Bytes usual_eager_limit{65535};

/// SimGrid scales a latency: there has to be one.
constexpr double least_latency = 1e-9;

const LinkPiece& piece_at(const Link& link, Bytes size) {
  const auto above = std::find_if(link.pieces.begin(), link.pieces.end(),
                                  [size](const LinkPiece& p) { return p.from > size; });
  return *std::prev(above);
}

}  // namespace

SimgridNetwork simgrid_network(const Machine& machine) {
  const Level level = machine.topology.nodes > 1 ? Level::between_nodes : Level::same_node;
  const auto link = link_at(machine, level);
  if (!link || link->pieces.empty()) {
    throw std::invalid_argument("the machine has no link to simulate");
  }
  SimgridNetwork net;
  net.send = link->message.send.value;
  net.receive = link->message.receive.value;
  net.eager_limit = link->eager_limit.value_or(usual_eager_limit);
  const double beta = std::max(link->pieces.back().cost.beta.value(), 1e-15);
  const double port = link->node_per_byte ? link->node_per_byte->value.value() : beta;
  net.bandwidth = 1 / std::clamp(port, 1e-15, beta);

  std::set<Bytes> starts{net.eager_limit + Bytes(1)};
  for (const LinkPiece& piece : link->pieces) starts.insert(piece.from);
  std::vector<double> latencies;
  for (auto start = starts.begin(); start != starts.end(); ++start) {
    const Hockney& cost = piece_at(*link, *start).cost;
    SimgridSegment segment;
    segment.from = *start;
    segment.eager = *start <= net.eager_limit;
    double alpha = cost.alpha.value();
    if (segment.eager) alpha -= (net.send + net.receive).value();
    const double slope = cost.beta.value() * net.bandwidth;
    if (slope < 1 && std::next(start) != starts.end()) {
      // The port is slower than this piece: its line is turned about its middle.
      const double middle = static_cast<double>((*start + *std::next(start)).value()) / 2;
      alpha -= (1 / net.bandwidth - cost.beta.value()) * middle;
    }
    segment.bandwidth_factor = 1 / std::max(1.0, slope);
    latencies.push_back(alpha - simgrid_header / (segment.bandwidth_factor * net.bandwidth));
    net.segments.push_back(segment);
  }
  net.latency = Seconds(std::max(least_latency, latencies.front()));
  for (std::size_t i = 0; i < latencies.size(); ++i) {
    net.segments[i].latency_factor = std::max(0.0, latencies[i]) / net.latency.value();
  }
  return net;
}

}  // namespace mpisize
