#include "mpisize/write/rank_mapping.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "mpisize/write/shell_quote.hpp"

namespace mpisize {
namespace {

using Words = std::vector<std::string>;

Words words(const std::string& line) {
  std::istringstream in(line);
  Words all;
  for (std::string word; in >> word;) all.push_back(word);
  return all;
}

std::optional<RankMapping> mapped(const std::string& options, const Layout& layout,
                                  const std::vector<PlacedNode>& placement = {}) {
  return map_ranks(words(options), {}, layout, placement, {8, 8, std::nullopt});
}

Topology two_packages() {
  Topology topology;
  topology.node.packages = 2;
  topology.node.cores = topology.node.pus = 8;
  topology.grant.cores = topology.grant.pus = 8;
  return topology;
}

TEST(MapRanks, OwnCoresComeInARow) {
  const auto mapping = mapped("--map-by slot:PE=3", {1, 2, 3});
  ASSERT_TRUE(mapping);
  EXPECT_EQ(cores_of(*mapping, 0), std::pair(0, 2));
  EXPECT_EQ(cores_of(*mapping, 1), std::pair(3, 5));
  EXPECT_EQ(describe(*mapping, two_packages()),
            "  node 0: rank 0: package 0 cores 0-2; rank 1: packages 0-1 cores 3-5\n");
}

TEST(MapRanks, NodesAreFilledInTheOrderOfThePlacement) {
  const std::vector<PlacedNode> placement{{"n3", 2, 1, 0, 8}, {"n1", 1, 1, 0, 8}};
  const auto mapping =
      mapped("--host n3:2,n1:2 --map-by slot --bind-to core", {2, 3, 1}, placement);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(describe(*mapping, two_packages()),
            "  n3: rank 0: package 0 core 0; rank 1: package 0 core 1\n"
            "  n1: rank 2: package 0 core 0\n");
}

TEST(MapRanks, RanksBeyondThePlacementWaitOnItsLastNode) {
  const auto mapping = mapped("", {2, 5, 1}, {{"a", 2, 1, 0, 8}, {"b", 2, 1, 0, 8}});
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->nodes, (std::vector<MappedNode>{{"a", 0, 2}, {"b", 2, 3}}));
}

TEST(MapRanks, WithoutAnOptionTheCountDecides) {
  EXPECT_EQ(mapped("", {1, 2, 1})->binding, RankBinding::cores);
  EXPECT_EQ(mapped("", {1, 3, 1})->binding, RankBinding::numa_node);
  EXPECT_EQ(mapped("", {1, 9, 1})->binding, RankBinding::none);
  EXPECT_EQ(mapped("--bind-to none", {1, 2, 1})->binding, RankBinding::none);
}

TEST(MapRanks, OtherMappingsAreNotGuessedAt) {
  for (const char* options : {"--map-by socket", "--map-by node", "--rankfile f", "--mca rmaps seq",
                              "--bind-to socket", "--map-by ppr:1:socket"}) {
    EXPECT_FALSE(mapped(options, {1, 4, 1})) << options;
  }
}

TEST(DescribeMapping, ManyRanksAndNodesAreSummedUp) {
  const auto mapping = mapped("--map-by ppr:8:node --bind-to core", {20, 160, 1});
  ASSERT_TRUE(mapping);
  const std::string text = describe(*mapping, two_packages());
  EXPECT_NE(text.find("  node 0: ranks 0-7: packages 0-1 cores 0-7, 1 each in a row\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("  and 12 more nodes, up to rank 159\n"), std::string::npos) << text;
}

TEST(DescribeMapping, PackagesAreNotNamedWhereOnlySomeCoresAreGranted) {
  Topology topology = two_packages();
  topology.grant.cores = 4;
  EXPECT_EQ(describe(*mapped("--map-by slot:PE=2", {1, 2, 2}), topology),
            "  node 0: rank 0: cores 0-1; rank 1: cores 2-3\n");
}

// What Open MPI itself says
// ---------------------------------------------------------------------------------------------

std::string output_of(const std::string& command) {
  // NOLINTNEXTLINE(cert-env33-c): what a shell makes of a line is what is tested
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((command + " 2>&1").c_str(), "r"), pclose);
  std::string out;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) {
    out.append(buffer.data(), n);
  }
  return out;
}

/// The binding of each rank as Open MPI prints it, "[B/B/./.][./././.]", of nodes of two packages
/// with four cores each. Nothing is launched.
Words simulated(const std::string& options, const Layout& layout) {
  const std::string command =
      "timeout -k 5 60 mpirun --mca ras simulator --mca ras_simulator_num_nodes " +
      std::to_string(layout.nodes) +
      " --mca ras_simulator_topo_files " MPISIZE_TEST_MACHINES
      "/2packages_8cores.xml --do-not-launch --display-map " +
      options + " -n " + std::to_string(layout.ranks()) + " true";
  // Its simulator reads freed memory, and dies of it before it has shown the map or not: that
  // depends on what lies where, which is moved.
  constexpr int most_tries = 24;
  Words bindings;
  for (int i = 0; i < most_tries && bindings.empty(); ++i) {
    const std::string env =
        "env MPISIZE_PADDING=" + std::string(static_cast<std::size_t>(40 * i), 'x') + " ";
    std::istringstream lines(output_of(env + command));
    for (std::string line; std::getline(lines, line);) {
      if (line.find("Process rank: ") == std::string::npos) continue;
      const auto bracket = line.find(":[");
      bindings.push_back(bracket == std::string::npos ? "unbound" : line.substr(bracket + 1));
    }
  }
  return bindings;
}

/// The same from our mapping.
Words expected(const RankMapping& mapping) {
  constexpr int cores = 8;
  constexpr int per_package = 4;
  Words bindings;
  for (const MappedNode& node : mapping.nodes) {
    for (int i = 0; i < node.ranks; ++i) {
      const auto [first, last] = cores_of(mapping, i);
      std::string text;
      for (int core = 0; core < cores; ++core) {
        text += core % per_package == 0 ? (core == 0 ? "[" : "][") : "/";
        text += first <= core && core <= last ? 'B' : '.';
      }
      bindings.push_back(text + "]");
    }
  }
  return bindings;
}

TEST(MapRanks, AgreesWithTheMapThatOpenMpiDisplays) {
  if (output_of("mpirun --version").find("(Open MPI) 4.1") == std::string::npos) {
    GTEST_SKIP() << "no mpirun of Open MPI 4.1 here";
  }
  struct Case {
    std::string options;
    Layout layout;
  };
  for (const auto& [options, layout] : std::vector<Case>{
           {"--map-by slot:PE=2", {1, 3, 2}},
           {"--map-by slot:PE=3", {1, 2, 3}},
           {"--map-by ppr:2:node:PE=4", {1, 2, 4}},
           {"--map-by ppr:2:node:PE=2", {2, 4, 2}},
           {"--map-by slot --bind-to core", {1, 5, 1}},
       }) {
    const auto mapping = mapped(options, layout);
    ASSERT_TRUE(mapping) << options;
    EXPECT_EQ(simulated(options, layout), expected(*mapping)) << options;
  }
}

}  // namespace
}  // namespace mpisize
