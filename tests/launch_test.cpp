#include "mpisize/write/launch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "mpisize/base/error.hpp"

namespace mpisize {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

Words words(const std::string& line) {
  std::istringstream in(line);
  Words all;
  for (std::string word; in >> word;) all.push_back(word);
  return all;
}

/// A host with these programs and no others.
bool is_program(const std::string& word) {
  const Words programs{"./app", "./tool", "test", "python3"};
  return std::find(programs.begin(), programs.end(), word) != programs.end();
}

Launch launch(const std::string& line, const std::string& mpi = "Open MPI 4.1.4") {
  return read_launch(words(line), mpi, is_program);
}

std::string program_of(const std::string& line) {
  const Launch read = launch(line);
  if (read.kind == LaunchKind::passed_on) return "passed on";
  std::string text;
  for (const std::string& word : read.line->program) text += text.empty() ? word : " " + word;
  return text;
}

TEST(ReadLaunch, ProgramWithoutMpirunIsSized) {
  const Launch read = launch("./app -n 8", "");
  EXPECT_EQ(read.kind, LaunchKind::sized);
  EXPECT_EQ(read.line->program, words("./app -n 8"));
}

TEST(ReadLaunch, OptionsOfOpenMpi5AreKnown) {
  const Launch read = launch(
      "mpirun --display alloc,map --prtemca a b --pmixmca c d --runtime-options x --output tag "
      "--map-by=core --np=4 ./app 9",
      "Open MPI 5.0.3");
  ASSERT_EQ(read.kind, LaunchKind::sized) << read.why;
  EXPECT_EQ(read.line->program, words("./app 9"));
  EXPECT_EQ(read.line->ranks, 4);
  EXPECT_EQ(read.line->options,
            words("--display alloc,map --prtemca a b --pmixmca c d --runtime-options x --output "
                  "tag --map-by=core"));
  EXPECT_TRUE(read.line->unknown.empty());
}

TEST(ReadLaunch, UnknownOptionIsKeptAndTheProgramIsTheOnlyExecutableNearby) {
  const Launch read = launch("mpirun --shiny -n 4 --newer a b ./app 10 20");
  ASSERT_EQ(read.kind, LaunchKind::sized) << read.why;
  EXPECT_EQ(read.line->options, words("--shiny --newer a b"));
  EXPECT_THAT(read.line->unknown, ElementsAre("--shiny", "--newer"));
  EXPECT_EQ(read.line->ranks, 4);
  EXPECT_EQ(read.line->program, words("./app 10 20"));
}

TEST(ReadLaunch, ProgramBehindAnUnknownOptionIsFoundOnlyWhereItIsClear) {
  EXPECT_EQ(program_of("mpirun --shiny ./app"), "./app");
  EXPECT_EQ(program_of("mpirun --shiny ./app -n 8 --more"), "./app -n 8 --more");
  EXPECT_EQ(program_of("mpirun --shiny a ./app input.dat"), "./app input.dat");
  EXPECT_EQ(program_of("mpirun --shiny=a ./app"), "./app");
  EXPECT_EQ(program_of("mpirun --shiny a b -x HOME ./app"), "./app");
  EXPECT_EQ(program_of("mpirun --shiny test -- ./app"), "passed on");
  EXPECT_EQ(program_of("mpirun --shiny a -- ./app"), "./app");
  EXPECT_EQ(program_of("mpirun --shiny -- ./app ./tool"), "./app ./tool");
  // "test" may be the value of --shiny, and ./tool an argument of ./app.
  EXPECT_EQ(program_of("mpirun --shiny test ./app"), "passed on");
  EXPECT_EQ(program_of("mpirun --shiny test -n 4 ./app"), "passed on");
  EXPECT_EQ(program_of("mpirun --shiny ./app ./tool"), "passed on");
  // No option has so many values, and no program is here.
  EXPECT_EQ(program_of("mpirun --shiny a b c ./app"), "passed on");
  EXPECT_EQ(program_of("mpirun --shiny ./missing"), "passed on");
  EXPECT_EQ(program_of("mpirun --shiny"), "passed on");
}

TEST(ReadLaunch, KnownOptionsNeedNoProgramToBeThere) {
  EXPECT_EQ(program_of("mpirun -n 4 ./elsewhere 1"), "./elsewhere 1");
}

struct Passed {
  std::string line;
  std::string why;
};

TEST(ReadLaunch, WhatCannotBeSizedIsPassedOnWithOneSentenceAndARepair) {
  const std::vector<Passed> table{
      {"mpirun -n 1 ./app : -n 2 ./tool", "run the programs apart"},
      {"mpirun --app file", "give the program and its arguments instead"},
      {"mpirun --rankfile f -n 4 ./app", "leave it out to have the ranks chosen"},
      {"mpirun -rf f ./app", "leave it out to have the ranks chosen"},
      {"mpirun --map-by rankfile:file=f ./app", "leave it out to have the ranks chosen"},
      {"mpirun --version", "starts no job; leave it out"},
      {"mpirun --shiny x", "write -- before the program"},
      {"srun -n 4 ./app", "write -- mpirun ./app"},
      {"/opt/intel/bin/mpiexec.hydra -n 4 ./app", "'/opt/intel/bin/mpiexec.hydra'"},
      {"mpirun.mpich -n 4 ./app", "only lines of Open MPI's mpirun are sized"},
      {"env A=b mpirun -n 4 ./app", "write mpisize run -- mpirun"},
  };
  for (const Passed& row : table) {
    const Launch read = launch(row.line);
    EXPECT_EQ(read.kind, LaunchKind::passed_on) << row.line;
    EXPECT_THAT(read.why, AllOf(HasSubstr(row.why), HasSubstr("as written"))) << row.line;
  }
}

TEST(ReadLaunch, AnotherMpiIsNamedAndItsOptionsAreNotRead) {
  for (const char* line :
       {"mpirun -ppn 2 -genv A B -hosts a,b ./app", "mpirun -n", "mpirun --rankfile f ./app"}) {
    const Launch read = launch(line, "MPICH 4.0.2");
    EXPECT_EQ(read.kind, LaunchKind::passed_on);
    EXPECT_FALSE(read.line);
    EXPECT_THAT(read.why, AllOf(HasSubstr("MPICH 4.0.2"), HasSubstr("mpirun.openmpi")));
  }
  EXPECT_THAT(launch("mpirun ./app", "").why, HasSubstr("does not say of which MPI"));
}

TEST(ReadLaunch, LineWithARankfileIsStillTakenApart) {
  EXPECT_EQ(launch("mpirun --rankfile f -n 4 ./app").line->ranks, 4);
}

TEST(ReadLaunch, ProgramsThatTakeNamesOfLaunchersAsArgumentsAreSized) {
  EXPECT_EQ(program_of("./app mpirun"), "./app mpirun");
  EXPECT_EQ(program_of("env A=b ./app"), "env A=b ./app");
}

TEST(ReadLaunch, WhatMpirunRefusesIsRefusedHereToo) {
  for (const char* line : {"mpirun -n four ./app", "mpirun -n -1 ./app", "mpirun -x", "mpirun"}) {
    EXPECT_THROW((void)launch(line), InputError) << line;
  }
}

TEST(IsOtherLauncher, KnowsThemWithAPath) {
  for (const char* word : {"srun", "/usr/bin/srun", "mpiexec.hydra", "mpirun.mpich", "aprun"}) {
    EXPECT_TRUE(is_other_launcher(word)) << word;
  }
  for (const char* word : {"mpirun", "mpiexec.openmpi", "./app", "srun2", ""}) {
    EXPECT_FALSE(is_other_launcher(word)) << word;
  }
}

}  // namespace
}  // namespace mpisize
