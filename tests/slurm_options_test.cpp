#include "mpisize/write/slurm_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace mpisize {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string_view name(const SlurmOption* option) { return option == nullptr ? "" : option->name; }

TEST(SlurmOptions, AreFoundByLetterPerCommand) {
  EXPECT_EQ(name(slurm_option(SlurmCommand::sbatch, 'N')), "nodes");
  EXPECT_EQ(name(slurm_option(SlurmCommand::sbatch, 'a')), "array");
  EXPECT_EQ(slurm_option(SlurmCommand::srun, 'a'), nullptr);
  EXPECT_EQ(name(slurm_option(SlurmCommand::srun, 'l')), "label");
  EXPECT_EQ(slurm_option(SlurmCommand::sbatch, 'l'), nullptr);
  EXPECT_EQ(slurm_option(SlurmCommand::sbatch, no_letter), nullptr);
}

TEST(SlurmOptions, TakeWhatTheirCommandSays) {
  const SlurmOption* const wait = slurm_option(SlurmCommand::sbatch, "wait");
  ASSERT_NE(wait, nullptr);
  EXPECT_EQ(wait->takes(SlurmCommand::sbatch), Takes::nothing);
  EXPECT_EQ(wait->takes(SlurmCommand::srun), Takes::value);
  EXPECT_EQ(slurm_option(SlurmCommand::sbatch, "exclusive")->sbatch, Takes::maybe);
}

TEST(SlurmOptions, MatchUniquePrefixesAndExactNamesFirst) {
  const auto match = [](std::string_view prefix) {
    return match_slurm_option(SlurmCommand::sbatch, prefix);
  };
  EXPECT_EQ(name(match("mem").option), "mem");  // Of mem, mem-bind, mem-per-cpu and mem-per-gpu.
  EXPECT_EQ(name(match("ntasks").option), "ntasks");
  EXPECT_EQ(name(match("cpus-per-t").option), "cpus-per-task");
  EXPECT_EQ(match("nod").option, nullptr);
  EXPECT_THAT(match("nod").candidates, ElementsAre("nodefile", "nodelist", "nodes"));
  EXPECT_EQ(match("frobnicate").option, nullptr);
  EXPECT_THAT(match("frobnicate").candidates, IsEmpty());
}

TEST(SlurmOptions, HaveOneMeaningUnderTwoNames) {
  EXPECT_EQ(slurm_option(SlurmCommand::sbatch, "tasks-per-node")->meaning(), "ntasks-per-node");
}

TEST(SlurmOptions, HaveEachNameAndLetterOnce) {
  for (const SlurmCommand command : {SlurmCommand::sbatch, SlurmCommand::srun}) {
    const auto names = slurm_option_names(command);
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
    std::set<char> letters;
    for (const std::string& each : names) {
      const char letter = slurm_option(command, each)->letter;
      EXPECT_TRUE(letter == no_letter || letters.insert(letter).second) << each;
    }
  }
  EXPECT_THAT(slurm_option_names(SlurmCommand::srun), Contains("mpi"));
}

TEST(SlurmOptions, VariablesNameOptionsOfSbatch) {
  for (const SbatchVariable& variable : sbatch_variables()) {
    EXPECT_NE(slurm_option(SlurmCommand::sbatch, variable.option), nullptr) << variable.name;
  }
}

}  // namespace
}  // namespace mpisize
