#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "mpisize/write/json.hpp"
#include "program_values.hpp"

namespace mpisize {
namespace {

using nlohmann::json;

TEST(JsonProgram, HasSchemaVerdictAndEveryFieldOfTheChosen) {
  const json plan = json::parse(to_json(sample::program_choice(), {sample::program_candidate()}));
  EXPECT_EQ(plan["schema"], "mpisize-program-plan");
  EXPECT_EQ(plan["schema_version"], schema_version);
  EXPECT_EQ(plan["verdict"], "parallel");
  EXPECT_EQ(plan["goal"], "time");
  EXPECT_EQ(plan["binding_limit"], "deadline");
  const json& chosen = plan["chosen"];
  EXPECT_EQ(chosen["predicted"]["config"],
            json::parse(R"({"ranks": 16, "nodes": 4, "threads_per_rank": 2})"));
  EXPECT_EQ(chosen["predicted"]["total"]["high"], 13.1);
  EXPECT_EQ(chosen["predicted"]["imbalance"], 1.0);
  EXPECT_EQ(chosen["predicted"]["node_memory_high"], 2'500'000'000);
  EXPECT_EQ(chosen["energy"], json::parse(R"({"value": 945.0, "low": 900.0, "high": 1010.0,
                                             "source": "derived"})"));
  EXPECT_EQ(plan["front"].size(), 1U);
  EXPECT_EQ(plan["candidates"][0], chosen);
  EXPECT_EQ(plan["runner_up"]["breaks"][0], "budget");
  EXPECT_EQ(plan["runner_up"]["predicted"]["refusal"]["telling"]["ranks"], 4);
}

TEST(JsonProgram, WhatIsNotKnownIsAbsent) {
  ProgramChoice choice;
  const json plan = json::parse(to_json(choice));
  EXPECT_FALSE(plan.contains("runner_up"));
  EXPECT_FALSE(plan.contains("binding_limit"));
  EXPECT_FALSE(plan["chosen"].contains("energy"));
  EXPECT_FALSE(plan["chosen"]["predicted"].contains("refusal"));
}

TEST(JsonProgram, HeldOutErrorsAreByModel) {
  const HeldOut row{4, 12.3, 0.021, {0.1, -0.2, std::nullopt, 0.4}};
  const json plan = json::parse(to_json(ProgramChoice{}, {}, {row}));
  EXPECT_EQ(plan["held_out"],
            json::parse(R"([{"ranks": 4, "measured": 12.3, "model": 0.021, "Amdahl": 0.1,
                             "USL": -0.2, "Hockney only": 0.4}])"));
}

TEST(JsonProgram, NaNIsRefused) {
  ProgramChoice choice;
  choice.chosen.core_hours = std::nan("");
  EXPECT_THROW(static_cast<void>(to_json(choice)), std::invalid_argument);
}

}  // namespace
}  // namespace mpisize
