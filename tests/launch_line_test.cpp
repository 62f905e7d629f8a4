#include "mpisize/write/launch_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "mpisize/base/error.hpp"
#include "mpisize/write/mpirun_options.hpp"
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

MpirunLine parsed(const std::string& line) { return parse_mpirun(words(line)); }

std::string rendered(const std::string& line, const Layout& layout, const Slots& slots = {}) {
  return shell_join(render_mpirun(parsed(line), layout, slots));
}

std::string refusal(const std::string& line) {
  try {
    (void)parsed(line);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

/// stdout and stderr of a shell command.
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

TEST(ParseMpirun, TakesALineApart) {
  const MpirunLine line =
      parsed("mpirun -x VAR --mca btl self -np 4 --map-by core ./app -n 8 args");
  EXPECT_EQ(line.launcher, "mpirun");
  EXPECT_EQ(line.options, words("-x VAR --mca btl self --map-by core"));
  EXPECT_EQ(line.ranks, 4);
  EXPECT_FALSE(line.ranks_per_node);
  EXPECT_EQ(line.program, words("./app -n 8 args"));
}

TEST(ParseMpirun, KnowsEachSpellingOfTheCount) {
  for (const char* option : {"-n", "--n", "-np", "--np", "-c"}) {
    const MpirunLine line = parsed(std::string("mpirun ") + option + " 3 ./app");
    EXPECT_EQ(line.ranks, 3) << option;
    EXPECT_TRUE(line.options.empty()) << option;
  }
  for (const char* option : {"-N", "-npernode", "--npernode"}) {
    EXPECT_EQ(parsed(std::string("mpirun ") + option + " 3 ./app").ranks_per_node, 3) << option;
  }
  EXPECT_EQ(parsed("mpirun --pernode ./app").ranks_per_node, 1);
}

TEST(ParseMpirun, LastCountHolds) { EXPECT_EQ(parsed("mpirun -n 2 -np 5 ./app").ranks, 5); }

TEST(ParseMpirun, ZeroIsNoCount_OpenMpiTakesEverySlot) {
  EXPECT_FALSE(parsed("mpirun -np 0 ./app").ranks);
}

TEST(ParseMpirun, CountByPackageIsACountToo) {
  const MpirunLine line = parsed("mpirun -npersocket 2 ./app");
  EXPECT_EQ(line.ranks_per_package, 2);
  EXPECT_TRUE(line.options.empty());
}

TEST(ParseMpirun, ValueMayFollowAnEqualsSign) {
  const MpirunLine line = parsed("mpirun --np=4 --map-by=core ./app");
  EXPECT_EQ(line.ranks, 4);
  EXPECT_EQ(line.options, words("--map-by=core"));
}

TEST(ParseMpirun, CountIsOptional) { EXPECT_FALSE(parsed("mpirun ./app").ranks); }

TEST(ParseMpirun, ValueThatLooksLikeAnOptionIsAValue) {
  const MpirunLine line = parsed("mpirun -x -n --mca -np -n -n 2 ./app");
  EXPECT_EQ(line.options, words("-x -n --mca -np -n"));
  EXPECT_EQ(line.ranks, 2);
}

TEST(ParseMpirun, ProgramsOptionsAreNotMpiruns) {
  const MpirunLine line = parsed("mpirun -n 2 python3 --bogus -np 9");
  EXPECT_EQ(line.ranks, 2);
  EXPECT_EQ(line.program, words("python3 --bogus -np 9"));
}

TEST(ParseMpirun, TwoDashesEndTheOptions) {
  const MpirunLine line = parsed("mpirun -n 2 -- -odd-name x");
  EXPECT_EQ(line.program, words("-odd-name x"));
  EXPECT_EQ(rendered("mpirun -n 2 -- -odd-name x", {1, 3, 1}), "mpirun -n 3 -- -odd-name x");
}

TEST(ParseMpirun, SingleLettersMayStandTogether) {
  EXPECT_EQ(parsed("mpirun -qv -n 2 ./app").options, words("-qv"));
}

TEST(ParseMpirun, NamesWhatItRefuses) {
  EXPECT_EQ(refusal("mpirun --npp 4 ./app"),
            "--npp is no option of mpirun that mpisize knows, and which word is the program is not "
            "clear; write -- before the program");
  EXPECT_EQ(refusal("mpirun -np -1 ./app"),
            "mpirun's -np is \"-1\"; give it a positive number, e.g. -np 4");
  EXPECT_EQ(refusal("mpirun -n four ./app").substr(0, 22), "mpirun's -n is \"four\";");
  EXPECT_EQ(refusal("mpirun -n 99999999999 ./app").substr(0, 15), "mpirun's -n is ");
  EXPECT_EQ(refusal("mpirun -n 4x ./app").substr(0, 15), "mpirun's -n is ");
  EXPECT_EQ(refusal("mpirun --mca btl").substr(0, 31), "mpirun's --mca needs two values");
  EXPECT_EQ(refusal("mpirun -x").substr(0, 23), "mpirun's -x needs a val");
  EXPECT_EQ(refusal("mpirun -n 4"), "mpirun has no program to start; name it after the options");
  EXPECT_NE(refusal("mpirun -n 1 ./a : -n 2 ./b").find("\":\""), std::string::npos);
  EXPECT_EQ(refusal("mpirun --app file").substr(0, 14), "mpirun's --app");
  EXPECT_EQ(refusal("mpirun --version"), "mpirun's --version starts no job; leave it out");
  EXPECT_NE(refusal(""), "accepted");
}

TEST(ParseMpirun, RenderingAndParsingAgain_IsTheSameLine) {
  for (const char* text :
       {"mpirun -n 4 ./app",
        "/opt/mpi/bin/mpiexec -x A=b --tag-output --host a:4,b:4 -n 4 ./app -n 8",
        "mpirun --mca pml ob1 --bind-to none -n 4 -- -x"}) {
    const MpirunLine line = parsed(text);
    EXPECT_EQ(parse_mpirun(render_mpirun(line, {1, 4, 1})), line) << text;
  }
}

TEST(IsMpirun, KnowsOpenMpisNames) {
  for (const char* word : {"mpirun", "mpiexec", "orterun", "/usr/bin/mpirun", "mpirun.openmpi"}) {
    EXPECT_TRUE(is_mpirun(word)) << word;
  }
  for (const char* word :
       {"", "./app", "srun", "mpirun2", "mpirun.mpich", "/mpirun/app", ".openmpi"}) {
    EXPECT_FALSE(is_mpirun(word)) << word;
  }
}

TEST(RenderMpirun, KeepsTheUsersOptionsInOrderAndPutsTheCountIn) {
  EXPECT_EQ(rendered("mpirun -x VAR --mca a b -np 64 --map-by core ./app args", {1, 3, 1}),
            "mpirun -x VAR --mca a b --map-by core -n 3 ./app args");
}

TEST(RenderMpirun, OversubscribesOnlyBeyondTheSlots) {
  EXPECT_EQ(rendered("mpirun ./app", {1, 2, 1}, {2, 2}), "mpirun -n 2 ./app");
  EXPECT_EQ(rendered("mpirun ./app", {1, 3, 1}, {2, 2}), "mpirun -n 3 --oversubscribe ./app");
  EXPECT_EQ(rendered("mpirun ./app", {1, 3, 1}), "mpirun -n 3 ./app");
  EXPECT_EQ(rendered("mpirun ./app", {2, 4, 1}, {2, 2}), "mpirun -n 4 --map-by ppr:2:node ./app");
  EXPECT_EQ(rendered("mpirun --oversubscribe ./app", {1, 3, 1}, {2, 2}),
            "mpirun --oversubscribe -n 3 ./app");
  EXPECT_EQ(rendered("mpirun --map-by core:OVERSUBSCRIBE ./app", {1, 3, 1}, {2, 2}),
            "mpirun --map-by core:OVERSUBSCRIBE -n 3 ./app");
}

TEST(RenderMpirun, UsesTheWholeAllocationOfASlurmTaskBeforeItOversubscribes) {
  const Slots one_task_of_8{1, 8, 8};
  EXPECT_EQ(rendered("mpirun ./app", {1, 8, 1}, one_task_of_8),
            "mpirun -n 8 --mca ras_slurm_use_entire_allocation 1 ./app");
  EXPECT_EQ(rendered("mpirun ./app", {1, 9, 1}, one_task_of_8),
            "mpirun -n 9 --oversubscribe ./app");
  EXPECT_EQ(rendered("mpirun --oversubscribe ./app", {1, 8, 1}, one_task_of_8),
            "mpirun --oversubscribe -n 8 ./app");
  EXPECT_EQ(rendered("mpirun ./app", {1, 2, 4}, one_task_of_8),
            "mpirun -n 2 --mca ras_slurm_use_entire_allocation 1 --map-by slot:PE=4 ./app");
}

TEST(RenderMpirun, RefusesWhatTheUserForbade) {
  EXPECT_THROW((void)rendered("mpirun --nooversubscribe ./app", {1, 3, 1}, {2, 2}), InputError);
  EXPECT_THROW((void)rendered("mpirun --map-by core:NOOVERSUBSCRIBE ./app", {1, 3, 1}, {2, 2}),
               InputError);
  EXPECT_NO_THROW((void)rendered("mpirun --nooversubscribe ./app", {1, 2, 1}, {2, 2}));
}

TEST(RenderMpirun, GivesThreadsCoresOfTheirOwnWhereTheySuffice) {
  EXPECT_EQ(rendered("mpirun ./app", {1, 2, 4}, {8, 8}), "mpirun -n 2 --map-by slot:PE=4 ./app");
  EXPECT_EQ(rendered("mpirun ./app", {2, 4, 4}, {8, 8}),
            "mpirun -n 4 --map-by ppr:2:node:PE=4 ./app");
}

TEST(RenderMpirun, UnbindsThreadsThatWouldShareACore) {
  EXPECT_EQ(rendered("mpirun ./app", {1, 2, 4}, {4, 4}), "mpirun -n 2 --bind-to none ./app");
  EXPECT_EQ(rendered("mpirun ./app", {1, 2, 4}), "mpirun -n 2 --bind-to none ./app");
}

TEST(RenderMpirun, LeavesPlacementToAUserWhoGaveIt) {
  EXPECT_EQ(rendered("mpirun --bind-to socket ./app", {1, 2, 4}, {8, 8}),
            "mpirun --bind-to socket -n 2 ./app");
  EXPECT_EQ(rendered("mpirun --map-by socket:PE=2 ./app", {1, 2, 4}, {8, 8}),
            "mpirun --map-by socket:PE=2 -n 2 ./app");
  EXPECT_EQ(rendered("mpirun --map-by numa ./app", {2, 4, 1}, {8, 8}),
            "mpirun --map-by numa -n 4 ./app");
  EXPECT_EQ(rendered("mpirun --mca hwloc_base_binding_policy core ./app", {1, 2, 4}, {4, 4}),
            "mpirun --mca hwloc_base_binding_policy core -n 2 ./app");
  EXPECT_EQ(rendered("mpirun --rankfile f ./app", {2, 4, 2}, {8, 8}),
            "mpirun --rankfile f -n 4 ./app");
}

TEST(RenderSrun, NamesNodesTasksAndCpus) {
  EXPECT_EQ(shell_join(render_srun("srun", {"--label"}, {2, 6, 4}, {"./app", "a b"})),
            "srun --label --mpi=pmix --nodes=2 --ntasks=6 --cpus-per-task=4 ./app 'a b'");
  EXPECT_EQ(shell_join(render_srun("srun", {"--mpi=pmi2"}, {1, 1, 1}, {"./app"})),
            "srun --mpi=pmi2 --nodes=1 --ntasks=1 --cpus-per-task=1 ./app");
}

TEST(MpirunOptions, AgreeWithTheHelpOfTheInstalledMpirun) {
  const std::string help = output_of("mpirun --help all");
  if (help.find("mpirun (Open MPI) 4.1") == std::string::npos) {
    GTEST_SKIP() << "no mpirun of Open MPI 4.1 here";
  }
  std::istringstream in(help);
  int seen = 0;
  for (std::string line; std::getline(in, line);) {
    // "   -hostfile|--hostfile <arg0>  " or "-c|-np|--np <arg0>       Number of processes"
    const auto start = line.find_first_not_of(' ');
    if (start > 3 || line[start] != '-' || line[start + 1] == '>' ||
        line.find_first_not_of('-') == std::string::npos) {
      continue;
    }
    std::istringstream parts(line);
    std::string names;
    parts >> names;
    int values = 0;
    for (std::string word; parts >> word && word.substr(0, 4) == "<arg";) ++values;
    std::istringstream each(names);
    for (std::string name; std::getline(each, name, '|');) {
      const auto option = mpirun_option(name.substr(name.find_first_not_of('-')));
      ASSERT_TRUE(option) << line;
      if (option->role == MpirunRole::no_job) continue;  // --help takes an optional value
      EXPECT_EQ(option->values, values) << line;
      ++seen;
    }
  }
  EXPECT_GT(seen, 100);
}

TEST(RenderMpirun, OpenMpiBindsEachThreadToACoreOnMachinesItIsTold) {
  if (output_of("mpirun --version").find("(Open MPI) 4.1") == std::string::npos) {
    GTEST_SKIP() << "no mpirun of Open MPI 4.1 here";
  }
  // Two nodes of two packages of four cores each; nothing is launched.
  const MpirunLine line = parsed(
      "mpirun --mca ras simulator --mca ras_simulator_num_nodes 2 --mca "
      "ras_simulator_topo_files " MPISIZE_TEST_MACHINES
      "/2packages_8cores.xml --do-not-launch --display-map true");
  const std::string command =
      "timeout -k 5 60 " + shell_join(render_mpirun(line, {2, 7, 2}, {8, 8}));
  // Its simulator reads freed memory now and then, and dies of it before it has shown the map.
  constexpr int most_tries = 5;
  std::string map = output_of(command);
  for (int i = 1; i < most_tries && map.find("Segmentation fault") != std::string::npos; ++i) {
    map = output_of(command);
  }
  if (map.find("Segmentation fault") != std::string::npos) {
    GTEST_SKIP() << "Open MPI's simulator of nodes died " << most_tries << " times: " << map;
  }
  const auto count = [&map](const std::string& what) {
    int n = 0;
    for (auto at = map.find(what); at != std::string::npos; at = map.find(what, at + 1)) ++n;
    return n;
  };
  EXPECT_EQ(count("Process rank: "), 7) << map;
  EXPECT_EQ(count("Num procs: 4"), 1) << map;
  EXPECT_EQ(count("Num procs: 3"), 1) << map;
  EXPECT_EQ(count("[B/B/./.][./././.]"), 2) << map;
  EXPECT_EQ(count("[././B/B][./././.]"), 2) << map;
  EXPECT_EQ(count("[./././.][././B/B]"), 1) << map;
}

std::vector<PlacedNode> nodes(const std::vector<std::pair<std::string, int>>& ranks) {
  std::vector<PlacedNode> placement;
  for (const auto& [host, count] : ranks) placement.push_back({host, count, 1, 0, 4});
  return placement;
}

TEST(PlaceRanks, HostsInOrderAreNamedOnce) {
  EXPECT_EQ(place_ranks(nodes({{"n1", 4}, {"n3", 4}, {"n2", 1}}), "n1"),
            (Words{"--host", "n1:4,n3:4,n2:4"}));
  // mpirun runs where no rank is.
  EXPECT_EQ(place_ranks(nodes({{"n3", 2}, {"n2", 2}}), "login"), (Words{"--host", "n3:2,n2:2"}));
}

TEST(PlaceRanks, UnevenNodesAreFilledSlotBySlot) {
  EXPECT_EQ(place_ranks(nodes({{"n1", 4}, {"n3", 2}, {"n2", 4}}), "n1"),
            (Words{"--host", "n1:4,n3:2,n2:4", "--map-by", "slot"}));
}

TEST(PlaceRanks, EveryRankNamesItsHostWhereOpenMpiWouldBeginWithItsOwn) {
  EXPECT_EQ(place_ranks(nodes({{"n3", 2}, {"me@n1.cluster", 1}}), "n1"),
            (Words{"--host", "n3,n3,me@n1.cluster", "--map-by", "seq"}));
}

TEST(PlaceRanks, NodesWithoutNamesAreMpirunsToChoose) {
  EXPECT_EQ(place_ranks(nodes({{"", 2}, {"", 2}}), "n1"), Words{});
  EXPECT_EQ(place_ranks({}, "n1"), Words{});
}

}  // namespace
}  // namespace mpisize
