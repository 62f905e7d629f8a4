// Machines that people write: what they may leave out, and what they cannot mean.

#include <gtest/gtest.h>

#include <string>

#include "mpisize/base/error.hpp"
#include "mpisize/model/what_if.hpp"
#include "mpisize/write/json.hpp"

namespace mpisize {
namespace {

Machine read(const std::string& fields) {
  return machine_from_json("{\"schema_version\": 1, " + fields + "}", "big.json");
}

std::string refusal(const std::string& fields) {
  try {
    static_cast<void>(read(fields));
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

const std::string nodes = R"("topology": {"nodes": 1024, "cores": 64})";
const std::string repair = "; correct it, or measure again with mpisize probe";

std::string with_link(const std::string& fields) {
  return nodes + R"(, "links": [{"level": "between_nodes", )" + fields + "}]";
}

TEST(MachineByHand, NeedsNodesAndCoresOnly) {
  const Machine machine = read(nodes);
  EXPECT_EQ(machine.topology.nodes, 1024);
  EXPECT_EQ(machine.topology.node.cores, 64);
  EXPECT_EQ(machine.topology.node.pus, 64);
  EXPECT_EQ(machine.topology.grant.pus, 64);
  EXPECT_EQ(machine.topology.grant.cpus, 64);
  EXPECT_FALSE(machine.topology.node.memory);
  EXPECT_EQ(machine.launch, Launch());
  EXPECT_EQ(machine.dispatch, DispatchCost());
  EXPECT_EQ(read(R"("topology": {"cores": 2})").topology.nodes, 1);
}

TEST(MachineByHand, SaysHardwareAsItIsSold) {
  const Topology t =
      read(R"("topology": {"nodes": 8, "packages": 2, "cores": 48, "pus": 96, "memory": 512e9})")
          .topology;
  EXPECT_EQ(t.node.packages, 2);
  EXPECT_EQ(t.node.numa_nodes, 2);
  EXPECT_EQ(t.node.pus, 96);
  EXPECT_EQ(t.node.memory, Bytes(512'000'000'000));
  EXPECT_EQ(t.grant.memory, t.node.memory);
}

TEST(MachineByHand, LinkIsLatencyAndBandwidth) {
  const Link link = read(with_link(R"("latency": 1.5e-6, "bandwidth": 12.5e9)")).links.at(0);
  ASSERT_EQ(link.pieces.size(), 1U);
  EXPECT_EQ(link.pieces[0].cost.alpha, Seconds(1.5e-6));
  EXPECT_DOUBLE_EQ(link.pieces[0].cost.beta.value(), 8e-11);
  EXPECT_EQ(link.latency, given(Seconds(1.5e-6)));
  EXPECT_EQ(link.source, Source::given);
  EXPECT_FALSE(link.node_per_byte);
}

TEST(MachineByHand, LinkMayBePieces) {
  const Link link = read(with_link(R"("pieces": [{"from": 0, "alpha": 1e-6, "beta": 3e-10},
                                   {"from": 4097, "alpha": 3e-6, "beta": 1e-10}],
                        "message": {"send": 3e-7, "receive": {"value": 4e-7}}, "node_bandwidth": 2e10)"))
                        .links.at(0);
  EXPECT_EQ(link.pieces.size(), 2U);
  EXPECT_EQ(link.latency, given(Seconds(1e-6)));
  EXPECT_EQ(link.per_byte, given(SecondsPerByte(1e-10)));
  EXPECT_EQ(link.message.send, given(Seconds(3e-7)));
  EXPECT_EQ(link.message.receive, given(Seconds(4e-7)));
  EXPECT_EQ(link.message.gap, MessageCost().gap);
  EXPECT_EQ(link.node_per_byte, given(SecondsPerByte(5e-11)));
}

TEST(MachineByHand, CostsFollowFromLinksUnlessTheyAreGiven) {
  const std::string links = with_link(R"("latency": 1.5e-6, "bandwidth": 12.5e9)");
  const Machine machine = read(links);
  EXPECT_EQ(machine.dispatch, dispatch_over(machine.links, 1024));
  EXPECT_EQ(machine.dispatch.round_trip.source, Source::derived);
  const Machine other = read(links + R"(, "dispatch": {"round_trip": 7e-6})");
  EXPECT_EQ(other.dispatch.round_trip, given(Seconds(7e-6)));
  EXPECT_EQ(other.dispatch.port_per_byte, machine.dispatch.port_per_byte);
}

TEST(MachineByHand, DispatchThatWasMeasuredStaysAsItIs) {
  Machine measured_one = read(with_link(R"("latency": 1.5e-6, "bandwidth": 12.5e9)"));
  measured_one.dispatch.near.reset();
  measured_one.dispatch.port_per_byte = DispatchCost().port_per_byte;
  EXPECT_EQ(machine_from_json(to_json(measured_one), "m"), measured_one);
}

TEST(MachineByHand, CostHasAnIntervalIfItIsGiven) {
  const Launch launch =
      read(nodes + R"(, "launch": {"per_rank": {"value": 0.001, "low": 0.0005, "high": 0.002}})")
          .launch;
  EXPECT_EQ(launch.per_rank.low, Seconds(0.0005));
  EXPECT_EQ(launch.per_rank.source, Source::given);
  EXPECT_EQ(launch.fixed, Launch().fixed);
}

TEST(MachineByHand, HostsNeedNoMoreThanNames) {
  const Machine machine = read(
      R"("topology": {"nodes": 2, "cores": 4}, "hosts": [{"name": "a"}, {"name": "b", "rack": 1}])");
  EXPECT_TRUE(machine.hosts.at(0).usable);
  EXPECT_EQ(machine.hosts.at(1).rack, 1);
  EXPECT_EQ(machine.hosts.at(1).topology.grant.pus, 4);
  EXPECT_EQ(machine.hosts.at(1).topology.nodes, 1);
}

TEST(MachineByHand, MayHaveComments) {
  EXPECT_EQ(refusal(nodes + R"(, "comment": "as the vendor says")"), "accepted");
  EXPECT_EQ(refusal(with_link(R"("latency": 1e-6, "bandwidth": 1e9, "comment": ["x"])")),
            "accepted");
}

TEST(MachineByHand, MisspeltFieldIsNamedWithTheRightOne) {
  EXPECT_EQ(refusal(with_link(R"("latancy": 1e-6, "bandwidth": 1e9)")),
            "big.json: links[0] has an unknown field \"latancy\"; did you mean \"latency\"?");
  EXPECT_EQ(refusal(R"("topology": {"node": 4, "cores": 64})"),
            "big.json: topology has an unknown field \"cores\"; did you mean \"nodes\"?");
  EXPECT_EQ(
      refusal(nodes + R"(, "temperature": 20)"),
      "big.json: the document has an unknown field \"temperature\"; leave it out, or take one "
      "of schema, schema_version, host, mpi, fingerprint, topology, hosts, links, launch, "
      "dispatch, model_error");
}

TEST(MachineByHand, MissingVersionIsToldToBeWritten) {
  try {
    static_cast<void>(machine_from_json("{}", "big.json"));
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "big.json: the document has no field \"schema_version\"; write "
                 "\"schema_version\": 1 into it");
  }
}

TEST(MachineByHand, NumberThatIsNoneIsNamed) {
  for (const std::string word : {"NaN", "-Infinity", "nan", "Infinity"}) {
    const std::string bare = word.substr(word[0] == '-' ? 1 : 0);
    EXPECT_NE(refusal(with_link("\"latency\": " + word + ", \"bandwidth\": 1e9"))
                  .find(bare + " at line 1, column "),
              std::string::npos)
        << refusal(with_link("\"latency\": " + word + ", \"bandwidth\": 1e9"));
  }
  EXPECT_EQ(refusal(with_link(R"("latency": 1e999, "bandwidth": 1e9)")),
            "big.json: holds a number beyond double precision" + repair);
}

TEST(MachineByHand, FieldThatIsThereTwiceIsNamed) {
  EXPECT_EQ(refusal(nodes + ", " + nodes),
            "big.json: an object has two fields \"topology\"" + repair);
  EXPECT_EQ(refusal(with_link(R"("latency": 1e-6, "bandwidth": 1e9, "latency": 2e-6)")),
            "big.json: an object has two fields \"latency\"" + repair);
}

TEST(MachineByHand, OtherUnitsAreRefused) {
  EXPECT_EQ(
      refusal(with_link(R"("latency": 1.5, "bandwidth": 12.5e9)")),
      "big.json: links[0].latency is 1.5, but must be a number of seconds from 0 to 0.1" + repair);
  EXPECT_EQ(refusal(with_link(R"("latency": 1.5e-6, "bandwidth": 100)")),
            "big.json: links[0].bandwidth is 100, but must be a number of bytes per second from "
            "1000000 to 1000000000000000" +
                repair);
  EXPECT_EQ(
      refusal(R"("topology": {"cores": 64, "memory": 256})"),
      "big.json: topology.memory is 256, but must be an integer of bytes that is at least 1048576" +
          repair);
}

TEST(MachineByHand, ImpossibleValuesAreRefused) {
  EXPECT_EQ(refusal(with_link(R"("latency": -1e-6, "bandwidth": 1e9)")),
            "big.json: links[0].latency is -1e-06, but must be a number of seconds from 0 to 0.1" +
                repair);
  EXPECT_EQ(refusal(with_link(R"("latency": 1e-6)")),
            "big.json: links[0] needs latency and bandwidth, or pieces" + repair);
  EXPECT_EQ(refusal(R"("topology": {"nodes": 0, "cores": 64})"),
            "big.json: topology.nodes is 0, but must be an integer from 1 to 2147483647" + repair);
  EXPECT_EQ(refusal(R"("topology": {"cores": 64, "pus": 32})"),
            "big.json: topology has 32 PUs for 64 cores, but every core has one at least" + repair);
  EXPECT_EQ(
      refusal(R"("topology": {"cores": 1, "packages": 2})"),
      "big.json: topology has 1 cores for 2 packages, but every package has one at least" + repair);
  EXPECT_EQ(refusal(R"("topology": {"nodes": 2147483647, "cores": 2147483647})"),
            "big.json: topology has 4611686014132420609 PUs on all nodes, but this reads 67108864 "
            "at most" +
                repair);
  EXPECT_EQ(refusal(R"("topology": {"nodes": 4, "cores": 4},
                       "hosts": [{"name": "a"}, {"name": "b"}])"),
            "big.json: hosts has 2 usable, which cannot be the 4 nodes with 4 PUs of the topology; "
            "make them agree, or leave hosts out" +
                repair);
  EXPECT_NE(refusal(nodes + R"(, "hosts": [{"name": "a"}, {"name": "a"}])").find("hosts[1].name"),
            std::string::npos);
  EXPECT_EQ(
      refusal(R"("topology": {"cores": 4}, "hosts": [{"name": "a\u001b[2J"}])"),
      "big.json: hosts[0].name is \"a\\u001b[2J\", but must have no control characters" + repair);
  EXPECT_NE(refusal(with_link(R"("pieces": [], "bandwidth": 1e9)")), "accepted");
  EXPECT_NE(refusal(with_link(R"("latency": 1e-6, "bandwidth": 1e9, "node_per_byte": 1e-9,
                                 "node_bandwidth": 1e9)")),
            "accepted");
  EXPECT_NE(refusal(with_link(R"("pieces": [{"from": 0, "alpha": 1e300, "beta": 0}])")),
            "accepted");
  EXPECT_NE(refusal(nodes + R"(, "launch": {"fixed": -1})"), "accepted");
  EXPECT_NE(refusal(nodes + R"(, "launch": {"fixed": {"value": 3, "low": 1, "high": 2}})"),
            "accepted");
  EXPECT_EQ(refusal(nodes + R"(, "launch": {"fixed": "1 s"})"),
            "big.json: launch.fixed is \"1 s\", but must be a number of seconds from 0 to 1000000" +
                repair);
}

TEST(MachineByHand, GrantIsPartOfItsNode) {
  const auto granted = [](const std::string& cores, const std::string& memory) {
    return refusal(
        R"("topology": {"nodes": 2, "node": {"packages": 1, "numa_nodes": 1, "cores": 4, "pus": 8,
           "memory": 1000}, "grant": {"cores": )" +
        cores + R"(, "pus": 4, "cpus": 4, "limits": [], "memory": )" + memory + "}}");
  };
  EXPECT_EQ(granted("4", "1000"), "accepted");
  EXPECT_EQ(granted("5", "1000"),
            "big.json: topology.grant.cores is 5, more than the node has" + repair);
  EXPECT_EQ(granted("4", "1001"),
            "big.json: topology.grant.memory is 1001, more than the node has" + repair);
}

}  // namespace
}  // namespace mpisize
