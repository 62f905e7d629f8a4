// What the command says of bad input.

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "command_test.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOneErrorThatSays;
using testing::Outcome;
using testing::two_cores;
using testing::Words;
using Json = nlohmann::json;

const std::string square = MPISIZE_SQUARE;

class BadInput : public testing::KernelCommandTest {};

struct Bad {
  Words arguments;
  int code;
  std::string words;
};

TEST_F(BadInput, IsToldInOneSentenceAndNothingIsWritten) {
  const std::string kernel = kernel_file();
  const std::string machine = file("machine.json").string();
  ASSERT_EQ(mpisize({"probe", "--topology", two_cores, "-o", machine}).code, 0);
  const std::string corrupt = script("corrupt.json", "{\"schema\": \"mpisize-kernel\",\n  oops");
  std::string newer_text = read_file(kernel);
  newer_text.replace(newer_text.find("\"schema_version\": 1"), 19, "\"schema_version\": 9");
  const std::string newer = script("newer.json", newer_text);
  const std::string misspelt = script("misspelt.json",
                                      R"({"schema_version": 1, "topology": {"cores": 4},
                 "links": [{"level": "same_node", "latency": 1e-6, "bandwith": 1e9}]})");
  const std::string hostfile = script("hosts", "n1 slots=2\nn2 slots=two\n");
  const std::string text_file = script("text", "no program");
  fs::permissions(text_file, fs::perms::owner_read);
  const std::string nowhere = file("no/such/directory/file").string();
  const auto before = files_in("work");

  const auto plan = [&](const Words& more) {
    Words words{"plan", "--machine", machine, "--kernel", kernel};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  const std::vector<Bad> table{
      {{}, 2, "no command"},
      {{"frobnicate"}, 2, "'frobnicate'"},
      {{"prob"}, 2, "did you mean 'probe'"},
      {{"probe", "--frobnicate"}, 2, "'--frobnicate'"},
      {plan({"--item", "5"}), 2, "did you mean '--items'"},
      {plan({"--items", "0"}), 2, "--items '0'"},
      {plan({"--items", "-5"}), 2, "--items '-5'"},
      {plan({"--min-speedup", "nan"}), 2, "--min-speedup 'nan'"},
      {plan({"--deadline", "inf"}), 2, "--deadline 'inf'"},
      {plan({"--max-memory", "0"}), 2, "--max-memory '0'"},
      {plan({"--max-ranks", "0"}), 2, "--max-ranks '0'"},
      {plan({"--ranks", "2^2"}), 2, "--ranks '2^2'"},
      {plan({"--schedule", "random"}), 2, "--schedule 'random'"},
      {plan({"--topology", "gizmo:3"}), 2, "gizmo:3"},
      {plan({"--ranks", "n*6"}), 3, "'n*6'"},
      {plan({"-o", nowhere}), 4, nowhere},
      {plan({"--plot", nowhere + ".svg"}), 4, nowhere},
      {plan({"--plot", "x.png"}), 2, "'x.png' does not end in .svg"},
      {plan({"--plot", "-"}), 2, "'-' does not end in .svg"},
      {plan({"--group", "-1"}), 2, "from 0 to 1048576"},
      {plan({"--rack", "-1"}), 2, "from 0 to 1048576"},
      {plan({"--rack", "8", "--group", "0"}), 2, "racks are of groups"},
      {plan({"--items", "9000000000000000000"}), 2, "from 1 to 9007199254740992"},
      {{"probe", "--hostfile", hostfile}, 2, "'slots=two' in line 2 of"},
      {{"plan", "--machine", misspelt, "--kernel", kernel}, 4, "did you mean \"bandwidth\"?"},
      {{"export"}, 2, "--format is missing"},
      {{"export", "--format", "logp"}, 2, "--format 'logp'"},
      {{"export", "--format", "loggp", "--machine", machine}, 4, "has no link to export"},
      {{"export", "--format", "loggp", "--machine", machine, "-o", nowhere}, 4, nowhere},
      {{"plan", "--machine", machine}, 2, "--kernel is missing"},
      {{"plan", "--machine", machine, "--kernel", corrupt}, 4, "corrupt.json"},
      {{"plan", "--machine", machine, "--kernel", newer}, 4, "newer.json"},
      {{"plan", "--machine", machine, "--kernel", machine}, 4, "machine.json"},
      {{"plan", "--machine", nowhere, "--kernel", kernel}, 4, nowhere},
      {{"probe", "-o", nowhere}, 4, nowhere},
      {{"profile", square}, 2, "-- is missing"},
      {{"profile", "-n", "0", "--", square}, 2, "--ranks '0'"},
      {{"profile", "-n", "2,-1", "--", square}, 2, "--ranks '-1'"},
      {{"profile", "--", nowhere}, 4, nowhere},
      {{"profile", "--", text_file}, 4, "not executable"},
      {{"profile", "-o", nowhere, "--", square}, 4, nowhere},
      {{"run", square}, 125, "-- is missing"},
      {{"run", "--"}, 125, "no program"},
      {{"run", "--frobnicate", "--", square}, 125, "'--frobnicate'"},
      {{"run", "--chunk", "0", "--", square}, 125, "--chunk '0'"},
      {{"run", "--", nowhere}, 127, nowhere},
      {{"run", "--", "no-such-program-at-all"}, 127, "'no-such-program-at-all'"},
      {{"run", "--", text_file}, 126, "not executable"},
      {{"run", "--report", nowhere, "--", square}, 125, nowhere},
      {{"run", "--plan", corrupt, "--", square}, 125, "corrupt.json"},
      {{"run", "--", "mpirun", "-n", "-1", square}, 125, "-1"},
      {{"run", "--as-given", "--ranks", "2", "--", square}, 125, "--ranks has no use"},
      {{"submit", "--output", nowhere, "--", square}, 4, nowhere},
      {{"submit", "--launcher", "ssh", "--", square}, 2, "--launcher 'ssh'"},
      {{"submit", "--launcher", "srun", "--", "mpirun", square}, 2, "srun"},
  };
  for (const Bad& bad : table) {
    SCOPED_TRACE(::testing::PrintToString(bad.arguments));
    const Outcome o = mpisize(bad.arguments);
    EXPECT_EQ(o.code, bad.code);
    EXPECT_THAT(o.err, IsOneErrorThatSays(bad.words));
    EXPECT_THAT(o.out, IsEmpty());
  }
  EXPECT_EQ(files_in("work"), before);
}

TEST_F(BadInput, IsToldAsOneObjectUnderJson) {
  for (const Words& arguments :
       {Words{"plan", "--json", "--bogus"}, Words{"probe", "--json", "-o", "/no/dir/x"},
        Words{"run", "--json", "--", "./app"}}) {
    const Outcome o = mpisize(arguments);
    const Json json = Json::parse(o.out);
    EXPECT_EQ(json.at("error").at("exit_code"), o.code);
    EXPECT_THAT(o.err, HasSubstr(json.at("error").at("message").get<std::string>()));
  }
}

TEST_F(BadInput, RepairIsNamedIfMpirunIsMissing) {
  Command c = command({"run", "--topology", two_cores, "--", square});
  c.environment["PATH"] = file("").string();
  const Outcome o = finish(c);
  EXPECT_EQ(o.code, 127);
  EXPECT_THAT(o.err, AllOf(IsOneErrorThatSays("mpirun"), HasSubstr("install Open MPI")));
}

TEST_F(BadInput, MpirunIsNotStartedInsideMpirun) {
  Command c = command({"run", "--topology", two_cores, "--", square});
  c.environment["OMPI_COMM_WORLD_SIZE"] = "2";
  const Outcome o = finish(c);
  EXPECT_EQ(o.code, 125);
  EXPECT_THAT(o.err, IsOneErrorThatSays("starts mpirun itself"));
}

TEST_F(BadInput, WhatMpirunSaysToRootIsPassedOn) {
  if (geteuid() != 0) GTEST_SKIP() << "not root";
  Command c = command({"profile", "--", square});
  c.environment["OMPI_ALLOW_RUN_AS_ROOT"] = "";
  c.environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "";
  const Outcome o = finish(c);
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, AllOf(IsOneErrorThatSays("attempt to run as root"),
                           HasSubstr("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")));
}

}  // namespace
}  // namespace mpisize
