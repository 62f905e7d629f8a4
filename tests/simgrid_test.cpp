// What is written for SimGrid; tests/export runs it.

#include "mpisize/write/simgrid.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "mpisize/write/simgrid_network.hpp"

namespace mpisize {
namespace {

using testing::HasSubstr;
using testing::Not;

Link link_of(Level level, std::vector<LinkPiece> pieces) {
  Link link;
  link.level = level;
  link.pieces = std::move(pieces);
  return link;
}

Machine two_nodes() {
  Machine machine;
  machine.topology.nodes = 2;
  machine.topology.grant.pus = 8;
  machine.links = {
      link_of(Level::between_nodes, {{Bytes(0), {Seconds(1.5e-6), SecondsPerByte(3e-10)}},
                                     {Bytes(4097), {Seconds(4e-6), SecondsPerByte(1e-10)}}})};
  machine.links[0].eager_limit = Bytes(4096);
  machine.links[0].message = {given(Seconds(3e-7)), given(Seconds(4e-7)), given(Seconds(5e-7))};
  return machine;
}

/// One way, as SimGrid adds it up.
double simulated(const SimgridNetwork& net, std::int64_t size) {
  SimgridSegment at = net.segments.front();
  for (const SimgridSegment& s : net.segments) {
    if (s.from <= Bytes(size)) at = s;
  }
  const double overheads = at.eager ? (net.send + net.receive).value() : 0;
  return overheads + at.latency_factor * net.latency.value() +
         static_cast<double>(size + simgrid_header) / (at.bandwidth_factor * net.bandwidth);
}

TEST(SimgridNetwork, AddsUpToThePiecesOfTheLink) {
  const Machine machine = two_nodes();
  const SimgridNetwork net = simgrid_network(machine);
  for (const std::int64_t size : {0, 1, 1000, 4096, 4097, 65535, 65536, 1 << 24}) {
    const double expected = message_time(machine.links[0], Bytes(size)).value();
    EXPECT_NEAR(simulated(net, size), expected, 1e-9 * expected) << size;
  }
}

TEST(SimgridNetwork, PieceFasterThanThePortIsMetInItsMiddle) {
  Machine machine = two_nodes();
  machine.links[0].pieces = {{Bytes(0), {Seconds(20e-6), SecondsPerByte(0)}},
                             {Bytes(1001), {Seconds(30e-6), SecondsPerByte(8e-9)}}};
  machine.links[0].message = {};
  const SimgridNetwork net = simgrid_network(machine);
  EXPECT_NEAR(simulated(net, 500), 20e-6, 0.01 * 20e-6);
  EXPECT_NEAR(simulated(net, 1000), 20e-6, 0.25 * 20e-6);
  EXPECT_NEAR(simulated(net, 100000), 30e-6 + 8e-4, 1e-7);
}

TEST(SimgridNetwork, PortIsAsWideAsAllRanksOfANode) {
  Machine machine = two_nodes();
  machine.links[0].node_per_byte = given(SecondsPerByte(4e-11));
  const SimgridNetwork net = simgrid_network(machine);
  EXPECT_DOUBLE_EQ(net.bandwidth, 2.5e10);
  EXPECT_DOUBLE_EQ(net.segments.back().bandwidth_factor, 0.4);
}

TEST(SimgridOptions, AreOneALineAndSetEveryDefaultThatMatters) {
  const std::string text = simgrid_options(two_nodes());
  EXPECT_THAT(text, HasSubstr("--cfg=smpi/os:0:3e-07:0;4096:0:0\n"));
  EXPECT_THAT(text, HasSubstr("--cfg=smpi/or:0:4e-07:0;4096:0:0\n"));
  EXPECT_THAT(text, HasSubstr("--cfg=smpi/lat-factor:0:1;4112:"));
  EXPECT_THAT(text, HasSubstr("--cfg=smpi/bw-factor:0:0.333333333;4112:1\n"));
  EXPECT_THAT(text, HasSubstr("--cfg=smpi/async-small-thresh:4097\n"));
  EXPECT_THAT(text, HasSubstr("--cfg=smpi/send-is-detached-thresh:4097\n"));
  EXPECT_THAT(text, HasSubstr("--cfg=smpi/host-speed:1Gf\n"));
  EXPECT_THAT(text, HasSubstr("--cfg=network/TCP-gamma:0\n"));
  EXPECT_THAT(text, Not(HasSubstr(" ")));
}

TEST(SimgridPlatform, HasEveryNodeBehindOneSwitch) {
  const std::string xml = simgrid_platform(two_nodes());
  EXPECT_EQ(xml.find("<?xml version=\"1.0\"?>\n<!DOCTYPE platform "), 0U);
  EXPECT_THAT(xml, HasSubstr("prefix=\"node-\" suffix=\"\" radical=\"0-1\""));
  EXPECT_THAT(xml, HasSubstr("core=\"8\""));
  EXPECT_THAT(xml, HasSubstr("bw=\"1e+10Bps\""));
  EXPECT_THAT(xml, Not(HasSubstr("zoneRoute")));
}

TEST(SimgridPlatform, RacksAreASecondLevel) {
  Machine machine = two_nodes();
  machine.links.push_back(
      link_of(Level::between_racks, {{Bytes(0), {Seconds(9e-6), SecondsPerByte(2e-10)}}}));
  machine.topology.nodes = 3;
  for (const char* const name : {"a--b", "<c>", "d", "down"}) {
    Host host;
    host.name = name;
    host.rack = machine.hosts.size() < 2 ? 0 : 1;
    host.usable = host.name != "down";
    machine.hosts.push_back(host);
  }
  const std::string xml = simgrid_platform(machine);
  EXPECT_THAT(xml, HasSubstr("<!-- rack0-0: a__b -->"));
  EXPECT_THAT(xml, HasSubstr("<!-- rack0-1: &lt;c&gt; -->"));
  EXPECT_THAT(xml, HasSubstr("prefix=\"rack0-\" suffix=\"\" radical=\"0-1\""));
  EXPECT_THAT(xml, HasSubstr("prefix=\"rack1-\" suffix=\"\" radical=\"0-0\""));
  EXPECT_THAT(xml, HasSubstr("<zoneRoute src=\"rack0\" dst=\"rack1\""));
  EXPECT_THAT(xml, HasSubstr("id=\"between-racks\" bandwidth=\"5e+09Bps\""));
  EXPECT_THAT(xml, Not(HasSubstr("down")));
}

TEST(Simgrid, MachineWithoutLinksIsRefused) {
  EXPECT_THROW(static_cast<void>(simgrid_options(Machine())), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(simgrid_platform(Machine())), std::invalid_argument);
}

}  // namespace
}  // namespace mpisize
