#include "mpisize/model/what_if.hpp"

#include <algorithm>
#include <optional>

namespace mpisize {
namespace {

/// The nearest pair of nodes, or the farthest pair within one: chunks travel that way at most.
std::optional<Link> link_among(const std::vector<Link>& links, bool between_nodes) {
  std::optional<Link> found;
  for (const Link& link : links) {
    if ((link.level >= Level::between_nodes) != between_nodes || link.pieces.empty()) continue;
    const bool better =
        !found || (between_nodes ? link.level < found->level : link.level > found->level);
    if (better) found = link;
  }
  return found;
}

Estimate<Seconds> both_ends(const MessageCost& message) {
  return {message.send.value + message.receive.value, message.send.low + message.receive.low,
          message.send.high + message.receive.high, Source::derived};
}

/// A chunk costs its message; where that is not known, or less, what is assumed.
Estimate<Seconds> per_chunk(const MessageCost& message, const Estimate<Seconds>& rest) {
  const Estimate<Seconds> ends = both_ends(message);
  if (ends.value <= rest.value) return rest;
  return ends;
}

Estimate<Seconds> round_trip(const Link& link, Seconds root, Seconds worker) {
  const Seconds ends = both_ends(link.message).value;
  const Seconds besides = std::max(Seconds(0), root + worker - 2 * ends);
  return {2 * link.latency.value + besides, 2 * link.latency.low + besides,
          2 * link.latency.high + besides, Source::derived};
}

Estimate<SecondsPerByte> derived(Estimate<SecondsPerByte> cost) {
  cost.source = Source::derived;
  return cost;
}

}  // namespace

DispatchCost dispatch_over(const std::vector<Link>& links, int nodes, const DispatchCost& rest) {
  DispatchCost cost = rest;
  const auto within = link_among(links, false);
  const auto between = link_among(links, true);
  if (within) cost.root_per_byte = derived(within->per_byte);
  const auto& way = nodes > 1 ? between : within;
  if (way) {
    cost.root_per_chunk = per_chunk(way->message, rest.root_per_chunk);
    cost.worker_per_chunk = per_chunk(way->message, rest.worker_per_chunk);
    cost.round_trip = round_trip(*way, cost.root_per_chunk.value, cost.worker_per_chunk.value);
  }
  if (nodes <= 1) return cost;
  if (between) cost.port_per_byte = derived(between->node_per_byte.value_or(between->per_byte));
  if (within) {
    const auto near = per_chunk(within->message, NearCost().root_per_chunk);
    cost.near = NearCost{near, round_trip(*within, near.value, near.value)};
  }
  return cost;
}

Machine moved_to(Machine machine, const Topology& topology) {
  const bool was_one = machine.topology.nodes <= 1;
  const bool is_one = topology.nodes <= 1;
  if (was_one && !is_one) {
    const DispatchCost here = machine.dispatch;
    machine.dispatch = dispatch_over(machine.links, topology.nodes);
    machine.dispatch.shared_message = here.shared_message;
    machine.dispatch.root_per_byte = here.root_per_byte;
    machine.dispatch.near = NearCost{here.root_per_chunk, here.round_trip};
  } else if (!was_one && is_one) {
    DispatchCost& cost = machine.dispatch;
    const NearCost near =
        cost.near.value_or(dispatch_over(machine.links, 2).near.value_or(NearCost()));
    cost.root_per_chunk = near.root_per_chunk;
    cost.worker_per_chunk = near.root_per_chunk;
    cost.round_trip = near.round_trip;
    cost.port_per_byte = DispatchCost().port_per_byte;
    cost.near.reset();
  }
  const bool same_nodes =
      topology.nodes == machine.topology.nodes && topology.grant.pus == machine.topology.grant.pus;
  if (!same_nodes) machine.hosts.clear();
  machine.topology = topology;
  return machine;
}

bool hosts_fit(const std::vector<Host>& hosts, const Topology& topology) {
  if (hosts.empty()) return true;
  int usable = 0;
  int most_pus = 0;
  for (const Host& host : hosts) {
    if (!host.usable) continue;
    ++usable;
    most_pus = std::max(most_pus, host.topology.grant.pus);
  }
  // Hosts of which none can be used say nothing.
  return usable == 0 || (topology.nodes <= usable && topology.grant.pus <= most_pus);
}

}  // namespace mpisize
