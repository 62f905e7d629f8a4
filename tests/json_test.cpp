#include "mpisize/write/json.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "mpisize/base/error.hpp"
#include "sample_values.hpp"

namespace mpisize {
namespace {

using Json = nlohmann::ordered_json;

/// Each kind of document: a full text of it and its reader.
struct Kind {
  const char* schema;
  std::string text;
  std::function<void(const std::string&)> read;
};
std::vector<Kind> kinds() {
  return {{"mpisize-topology", to_json(sample::topology()),
           [](const std::string& text) { (void)topology_from_json(text, "f.json"); }},
          {"mpisize-machine", to_json(sample::machine()),
           [](const std::string& text) { (void)machine_from_json(text, "f.json"); }},
          {"mpisize-kernel", to_json(sample::kernel()),
           [](const std::string& text) { (void)kernel_profile_from_json(text, "f.json"); }},
          {"mpisize-plan", to_json(sample::plan_file()),
           [](const std::string& text) { (void)plan_from_json(text, "f.json"); }},
          {"mpisize-report", to_json(sample::report()),
           [](const std::string& text) { (void)report_from_json(text, "f.json"); }}};
}

/// The sentence of the InputError; "accepted" if there is none. Other exceptions fail the test.
std::string refusal(const Kind& kind, const std::string& text) {
  try {
    kind.read(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

std::string machine_refusal(const std::function<void(Json&)>& change) {
  Json json = Json::parse(to_json(sample::machine()));
  change(json);
  return refusal(kinds()[1], json.dump());
}
std::string kernel_refusal(const std::function<void(Json&)>& change) {
  Json json = Json::parse(to_json(sample::kernel()));
  change(json);
  return refusal(kinds()[2], json.dump());
}
std::string plan_refusal(const std::function<void(Json&)>& change) {
  Json json = Json::parse(to_json(sample::plan_file()));
  change(json);
  return refusal(kinds()[3], json.dump());
}

TEST(Json, ReadsBackTheSameValues) {
  EXPECT_EQ(topology_from_json(to_json(sample::topology()), "t"), sample::topology());
  EXPECT_EQ(machine_from_json(to_json(sample::machine()), "m"), sample::machine());
  EXPECT_EQ(kernel_profile_from_json(to_json(sample::kernel()), "k"), sample::kernel());
  EXPECT_EQ(plan_from_json(to_json(sample::plan_file()), "p"), sample::plan_file());
  EXPECT_EQ(report_from_json(to_json(sample::report()), "r"), sample::report());
}

TEST(Json, ReadsBackDefaults) {
  EXPECT_EQ(topology_from_json(to_json(Topology{}), "t"), Topology{});
  EXPECT_EQ(machine_from_json(to_json(Machine{}), "m"), Machine{});
  EXPECT_EQ(kernel_profile_from_json(to_json(KernelProfile{}), "k"), KernelProfile{});
  EXPECT_EQ(plan_from_json(to_json(PlanFile{}), "p"), PlanFile{});
  EXPECT_EQ(report_from_json(to_json(Report{}), "r"), Report{});
}

TEST(Json, ReadsBackEveryWord) {
  PlanFile plan = sample::plan_file();
  for (const auto verdict : {Verdict::parallel, Verdict::serial, Verdict::infeasible}) {
    for (const auto schedule : {Schedule::static_block, Schedule::dynamic, Schedule::guided,
                                Schedule::factoring, Schedule::fixed_size}) {
      for (const auto kind : {PatternKind::map, PatternKind::batch, PatternKind::stream}) {
        plan.choice.plan.verdict = verdict;
        plan.choice.plan.pattern.schedule = schedule;
        plan.choice.plan.pattern.kind = kind;
        EXPECT_EQ(plan_from_json(to_json(plan), "p"), plan);
      }
    }
  }
  Machine machine = sample::machine();
  machine.links.resize(1);
  for (const auto level :
       {Level::same_numa_node, Level::same_package, Level::same_node, Level::between_nodes}) {
    machine.links.front().level = level;
    EXPECT_EQ(machine_from_json(to_json(machine), "m"), machine);
  }
}

TEST(Json, EachDocumentNamesSchemaAndVersionFirst) {
  for (const Kind& kind : kinds()) {
    EXPECT_EQ(kind.text.find(std::string("{\n  \"schema\": \"") + kind.schema +
                             "\",\n  \"schema_version\": 1,\n"),
              0U)
        << kind.text;
    EXPECT_EQ(kind.text.back(), '\n');
  }
}

TEST(Json, OneSampleTakesOneLine) {
  KernelProfile many = sample::kernel();
  const auto lines = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  const auto before = lines(to_json(many));
  many.samples.push_back(many.samples.back());
  EXPECT_EQ(lines(to_json(many)), before + 1);
}

TEST(Json, AbsentKeysAreEmptyOptionals) {
  Json json = Json::parse(to_json(sample::kernel()));
  json.erase("rank_memory");
  json.erase("before_call");
  const KernelProfile kernel = kernel_profile_from_json(json.dump(), "k");
  EXPECT_FALSE(kernel.rank_memory);
  EXPECT_FALSE(kernel.before_call);
  EXPECT_TRUE(kernel.root_memory);
}

TEST(Json, UnknownKeysAreIgnoredExceptOfMachines) {
  Json json = Json::parse(to_json(sample::kernel()));
  json["colour"] = "blue";
  EXPECT_EQ(kernel_profile_from_json(json.dump(), "k"), sample::kernel());
  EXPECT_EQ(machine_refusal([](Json& j) { j["topology"]["node"]["gpus"] = 4; }),
            "f.json: topology.node has an unknown field \"gpus\"; did you mean \"pus\"?");
}

TEST(Json, NaNAndInfinityAreNotWritten) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Machine machine = sample::machine();
    machine.dispatch.round_trip.high = Seconds(bad);
    EXPECT_THROW((void)to_json(machine), std::invalid_argument);
  }
}

TEST(Json, BytesThatAreNotUtf8AreReplacedInText) {
  Machine machine = sample::machine();
  machine.host = "a\xFFz";
  EXPECT_EQ(machine_from_json(to_json(machine), "m").host, "a\xEF\xBF\xBDz");
}

TEST(Json, SyntaxErrorIsNamedByLineAndColumn) {
  EXPECT_EQ(
      refusal(kinds()[1], "{\n  \"schema\": oops\n}"),
      "f.json: not JSON at line 2, column 13; correct it, or measure again with mpisize probe");
  EXPECT_EQ(
      refusal(kinds()[1], ""),
      "f.json: not JSON at line 1, column 1; correct it, or measure again with mpisize probe");
}

TEST(Json, NewerSchemaIsRefusedWithTheRepair) {
  EXPECT_EQ(machine_refusal([](Json& json) { json["schema_version"] = 2; }),
            "f.json: written by a newer mpisize (schema 2, this one reads 1); use that version, or "
            "correct it, or measure again with mpisize probe");
}

TEST(Json, OtherSchemaIsNamed) {
  EXPECT_EQ(
      refusal(kinds()[1], to_json(sample::kernel())),
      "f.json: holds \"mpisize-kernel\", but mpisize-machine is needed; correct it, or measure "
      "again with mpisize probe");
  EXPECT_EQ(refusal(kinds()[1], "[1, 2]"),
            "f.json: the document is a list, but must be an object; correct it, or measure again "
            "with mpisize probe");
}

TEST(Json, WrongFieldIsNamedWithItsValueAndTheBound) {
  EXPECT_EQ(machine_refusal([](Json& json) { json["topology"]["node"]["cores"] = -4; }),
            "f.json: topology.node.cores is -4, but must be an integer from 1 to 2147483647; "
            "correct it, or measure again with mpisize probe");
  EXPECT_EQ(machine_refusal([](Json& json) { json["links"][1]["pieces"][0]["alpha"] = -1e-6; }),
            "f.json: links[1].pieces[0].alpha is -1e-06, but must be a number of seconds from 0 to "
            "1000000; correct it, or measure again with mpisize probe");
  EXPECT_EQ(machine_refusal([](Json& json) { json["links"][0]["level"] = "same_rack"; }),
            "f.json: links[0].level is \"same_rack\", but must be one of same_numa_node, "
            "same_package, same_node, between_nodes, between_racks; correct it, or measure again "
            "with mpisize "
            "probe");
  EXPECT_EQ(kernel_refusal([](Json& json) { json.erase("items"); }),
            "f.json: the document has no field \"items\"; sample again with mpisize profile");
  EXPECT_EQ(kernel_refusal([](Json& json) { json["samples"][1].erase("time"); }),
            "f.json: samples[1] has no field \"time\"; sample again with mpisize profile");
}

TEST(Json, NumbersThatMakeNoSenseAreRefused) {
  const std::string accepted = "accepted";
  EXPECT_EQ(machine_refusal([](Json&) {}), accepted);
  EXPECT_NE(machine_refusal([](Json& j) { j["topology"]["grant"]["cpus"] = 0; }), accepted);
  EXPECT_NE(machine_refusal([](Json& j) { j["topology"]["nodes"] = 3.5; }), accepted);
  EXPECT_NE(machine_refusal([](Json& j) { j["topology"]["nodes"] = 5'000'000'000; }), accepted);
  EXPECT_NE(machine_refusal([](Json& j) { j["launch"]["fixed"]["value"] = nullptr; }), accepted);
  EXPECT_NE(machine_refusal([](Json& j) { j["launch"]["fixed"]["low"] = 100; }), accepted);
  EXPECT_NE(machine_refusal([](Json& j) { j["launch"]["fixed"]["source"] = "guessed"; }), accepted);
  EXPECT_NE(machine_refusal([](Json& j) { j["links"][0]["pieces"] = Json::array(); }), accepted);
  EXPECT_NE(machine_refusal([](Json& j) { j["links"][0]["pieces"][1]["from"] = 0; }), accepted);
  EXPECT_NE(machine_refusal([](Json& j) { j["links"][1]["level"] = "same_numa_node"; }), accepted);
  EXPECT_NE(machine_refusal([](Json& j) { j["model_error"]["residuals"][0] = -1.5; }), accepted);
  EXPECT_EQ(kernel_refusal([](Json&) {}), accepted);
  EXPECT_NE(kernel_refusal([](Json& j) { j["items"] = 18'446'744'073'709'551'615U; }), accepted);
  EXPECT_NE(kernel_refusal([](Json& j) { j["items"] = 1006; }), accepted);
  EXPECT_NE(kernel_refusal([](Json& j) { j["samples"][0]["count"] = 0; }), accepted);
  EXPECT_NE(kernel_refusal([](Json& j) { j["samples"][0]["alone"] = 1; }), accepted);
  EXPECT_NE(kernel_refusal([](Json& j) { j["samples"][0]["position"] = -1; }), accepted);
  EXPECT_NE(kernel_refusal([](Json& j) { j["size_sums"][1]["items"] = 1; }), accepted);
  EXPECT_NE(kernel_refusal([](Json& j) { j["size_correlation"] = 1.5; }), accepted);
  EXPECT_NE(kernel_refusal([](Json& j) { j["rank_memory"] = -1; }), accepted);
  EXPECT_EQ(plan_refusal([](Json&) {}), accepted);
  EXPECT_NE(plan_refusal([](Json& j) { j["plan"]["layout"]["nodes"] = 9; }), accepted);
  EXPECT_NE(plan_refusal([](Json& j) { j["plan"]["pattern"]["chunk"] = 0; }), accepted);
  EXPECT_NE(plan_refusal([](Json& j) { j["plan"]["pattern"]["queued"] = 33; }), accepted);
  EXPECT_NE(plan_refusal([](Json& j) { j["plan"]["pattern"]["window"] = "wide"; }), accepted);
  EXPECT_NE(plan_refusal([](Json& j) { j["predicted"]["total"]["value"] = -5; }), accepted);
  EXPECT_NE(plan_refusal([](Json& j) { j["plan"]["reasons"] = "because"; }), accepted);
}

TEST(Json, NumberBeyondDoublePrecisionIsRefused) {
  std::string text = to_json(sample::machine());
  const std::string field = "\"relative_error\": 0.5";
  text.replace(text.find(field), field.size(), "\"relative_error\": 1e999");
  EXPECT_NE(refusal(kinds()[1], text).find("f.json: "), std::string::npos);
}

TEST(Json, EveryTruncationIsRefused) {
  for (const Kind& kind : kinds()) {
    const std::size_t closing = kind.text.rfind('}');
    for (std::size_t length = 0; length <= closing; ++length) {
      ASSERT_NE(refusal(kind, kind.text.substr(0, length)), "accepted") << kind.schema << length;
    }
  }
}

/// All values inside a document, as pointers to them.
void collect(const Json& json, const Json::json_pointer& at, std::vector<Json::json_pointer>& all) {
  for (const auto& [key, value] : json.items()) {
    const auto here = json.is_array() ? at / std::stoul(key) : at / key;
    all.push_back(here);
    if (value.is_structured()) collect(value, here, all);
  }
}

TEST(Json, NoValueOfAnotherTypeIsTaken) {
  const std::vector<Json> others{nullptr, true, "text", -3, 2.5, Json::array(), Json::object()};
  for (const Kind& kind : kinds()) {
    const Json original = Json::parse(kind.text);
    std::vector<Json::json_pointer> all;
    collect(original, Json::json_pointer(), all);
    ASSERT_GT(all.size(), 10U);
    for (const auto& at : all) {
      for (const Json& other : others) {
        const Json& old = original[at];
        const bool same_kind = old.type() == other.type() || (old.is_number() && other.is_number());
        // A cost of a machine may be a plain number.
        const bool of_machine = kind.schema == std::string("mpisize-machine");
        if (of_machine && old.contains("value") && other == Json(2.5)) continue;
        if (same_kind) continue;
        Json changed = original;
        changed[at] = other;
        EXPECT_EQ(refusal(kind, changed.dump()).find("f.json: "), 0U)
            << kind.schema << " " << at.to_string() << " " << other;
      }
    }
  }
}

TEST(Json, EveryFieldThatIsNotOptionalIsNeeded) {
  const std::vector<std::string> optional{
      "memory",           "eager_limit", "cpu",         "waited",        "packed_at_root",
      "packed_at_worker", "turn",        "rank_memory", "root_memory",   "size_correlation",
      "before_call",      "window",      "ordered",     "binding_limit", "runner_up",
      "report_to",        "batch",       "stopped",     "flow",          "hosts",
      "one_piece_error",  "latency",     "per_byte",    "message",       "node_per_byte",
      "incast_per_byte",  "shared_gap",  "trend_error", "port_per_byte", "near",
      "sub_roots",        "placement",   "racks"};
  const std::vector<std::string> optional_of_machine{"schema",
                                                     "host",
                                                     "mpi",
                                                     "fingerprint",
                                                     "links",
                                                     "launch",
                                                     "dispatch",
                                                     "model_error",
                                                     "rack",
                                                     "speed",
                                                     "usable",
                                                     "findings",
                                                     "relative_error",
                                                     "source",
                                                     "low",
                                                     "high",
                                                     "send",
                                                     "receive",
                                                     "gap",
                                                     "fixed",
                                                     "per_node",
                                                     "per_rank",
                                                     "root_per_chunk",
                                                     "shared_message",
                                                     "round_trip",
                                                     "root_per_byte",
                                                     "worker_per_chunk"};
  for (const Kind& kind : kinds()) {
    const Json original = Json::parse(kind.text);
    std::vector<Json::json_pointer> all;
    collect(original, Json::json_pointer(), all);
    for (const auto& at : all) {
      if (original[at.parent_pointer()].is_array()) continue;
      Json changed = original;
      changed[at.parent_pointer()].erase(at.back());
      const bool of_lost_item = at.to_string().find("/lost/") != std::string::npos;
      const auto among = [&](const std::vector<std::string>& names) {
        return std::find(names.begin(), names.end(), at.back()) != names.end();
      };
      const bool of_machine = kind.schema == std::string("mpisize-machine");
      const bool of_host = of_machine && at.to_string().rfind("/hosts/", 0) == 0;
      const bool may_miss = (!of_lost_item && among(optional)) ||
                            (of_machine && among(optional_of_machine)) ||
                            (of_host && at.back() == "topology");
      EXPECT_EQ(refusal(kind, changed.dump()) == "accepted", may_miss)
          << kind.schema << " " << at.to_string();
    }
  }
}

TEST(Json, DeepNestingIsRefusedBeforeItExhaustsTheStack) {
  constexpr std::size_t depth = 200'000;
  const std::string deep = std::string(depth, '[') + std::string(depth, ']');
  for (const std::string& text :
       {deep, "{\"unknown\": " + deep + ", " + to_json(sample::machine()).substr(1)}) {
    EXPECT_EQ(refusal(kinds()[1], text),
              "f.json: nested deeper than 32 levels; correct it, or measure again with mpisize "
              "probe");
  }
}

TEST(ErrorJson, IsOneObjectWhateverTheMessage) {
  const Json json = Json::parse(error_json("\"a\xFF\"\n", 125));
  EXPECT_EQ(json["error"]["message"], "\"a\xEF\xBF\xBD\"\n");
  EXPECT_EQ(json["error"]["exit_code"], 125);
}

}  // namespace
}  // namespace mpisize
