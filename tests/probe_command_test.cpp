// mpisize probe, and mpisize export of what it measured.

#include <nlohmann/json.hpp>

#include "command_test.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Outcome;
using ::testing::StartsWith;
using testing::Words;
using Json = nlohmann::json;

const std::string square = MPISIZE_SQUARE;

class ProbeCommand : public testing::KernelCommandTest {};

TEST_F(ProbeCommand, OfADescribedMachineAssumesEveryCost) {
  const Outcome o =
      mpisize({"probe", "--json", "--topology", "node:4 package:2 numa:1 core:8 pu:2"});
  ASSERT_EQ(o.code, 0) << o.err;
  const Machine machine = machine_from_json(o.out, "stdout");
  EXPECT_EQ(machine.topology.nodes, 4);
  EXPECT_EQ(machine.topology.node.cores, 16);
  EXPECT_EQ(machine.launch.fixed.source, Source::assumed);
  EXPECT_EQ(machine.dispatch.root_per_chunk.source, Source::assumed);
  EXPECT_THAT(files_in("cache"), IsEmpty());
}

TEST_F(ProbeCommand, MeasuresOnceAndRunUsesIt) {
  const Outcome probe = mpisize({"probe", "--json"});
  ASSERT_EQ(probe.code, 0) << probe.err;
  const Machine machine = machine_from_json(probe.out, "stdout");
  EXPECT_EQ(machine.launch.fixed.source, Source::measured);
  EXPECT_FALSE(machine.links.empty());
  EXPECT_THAT(files_in("cache"),
              ElementsAre("machine-" + machine.fingerprint + ".json", "mpisize"));

  ASSERT_EQ(mpisize({"run", "--", square}).code, 0);
  const auto name = fs::path("mpisize") / ("machine-" + machine.fingerprint + ".json");
  const Machine kept = machine_from_json(read_file(folder("cache") / name), "cache");
  EXPECT_EQ(kept.links, machine.links);
  EXPECT_EQ(kept.model_error.residuals.size(), 1U);
}

TEST_F(ProbeCommand, ExportSpeaksLogGPAndSimgrid) {
  const auto exported = [&](const Words& more) {
    Words words{"export", "--machine", machine_by_hand()};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome o = mpisize(words);
    EXPECT_EQ(o.code, 0) << o.err;
    EXPECT_THAT(o.err, IsEmpty());
    return o.out;
  };
  EXPECT_THAT(exported({"--format", "loggp"}), HasSubstr("LogGP of big: "));
  const Json json = Json::parse(exported({"--format", "loggp", "--json"}));
  EXPECT_EQ(json.at("links").size(), 2U);
  EXPECT_THAT(exported({"--format", "simgrid-cfg"}), StartsWith("--cfg=smpi/os:"));
  const std::string platform = exported({"--format", "simgrid-platform"});
  EXPECT_THAT(platform, HasSubstr("radical=\"0-255\""));
  EXPECT_THAT(exported({"--format", "simgrid-platform", "-o", file("m.xml").string()}), IsEmpty());
  EXPECT_EQ(read_file(file("m.xml")), platform);
}

}  // namespace
}  // namespace mpisize
