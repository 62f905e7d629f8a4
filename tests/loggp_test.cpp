#include "mpisize/write/loggp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sample_values.hpp"

namespace mpisize {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

Link link() {
  Link link;
  link.level = Level::between_nodes;
  link.pieces = {{Bytes(0), {Seconds(2e-6), SecondsPerByte(1e-10)}}};
  link.latency = given(Seconds(2e-6));
  link.per_byte = given(SecondsPerByte(1e-10));
  link.message = {given(Seconds(3e-7)), given(Seconds(5e-7)), given(Seconds(1e-7))};
  link.source = Source::given;
  return link;
}

TEST(LogGPOf, OverheadsAreTakenOutOfTheLatency) {
  const LogGP p = loggp_of(link());
  EXPECT_NEAR(p.L.value(), 1.2e-6, 1e-18);
  EXPECT_NEAR(p.o.value(), 4e-7, 1e-18);
  EXPECT_NEAR((p.L + p.o_send + p.o_receive).value(), 2e-6, 1e-18);
  EXPECT_EQ(p.G, SecondsPerByte(1e-10));
  EXPECT_TRUE(p.overheads_known);
}

TEST(LogGPOf, GapIsNotBelowTheOverhead) { EXPECT_EQ(loggp_of(link()).g, Seconds(3e-7)); }

TEST(LogGPOf, LatencyIsNeverNegative) {
  Link odd = link();
  odd.message.send = given(Seconds(1));
  EXPECT_EQ(loggp_of(odd).L, Seconds(0));
}

TEST(LogGPOf, WithoutOverheadsAllIsLatency) {
  Link simple = link();
  simple.message = {};
  const LogGP p = loggp_of(simple);
  EXPECT_FALSE(p.overheads_known);
  EXPECT_EQ(p.L, Seconds(2e-6));
}

TEST(DescribeLogGP, HasALineForEachLink) {
  Machine machine;
  machine.host = "big";
  machine.links = {link()};
  const std::string text = describe_loggp(machine);
  EXPECT_THAT(text, HasSubstr("LogGP of big: T(m) = L + o_send + o_receive + (m - 1) G\n"));
  EXPECT_THAT(text, HasSubstr("between_nodes     1.20 us    300 ns    500 ns    300 ns  0.1 ns/B "
                              "(10.0 GB/s)   given\n"));
  machine.links[0].message = {};
  EXPECT_THAT(describe_loggp(machine), HasSubstr("2.00 us      in L      in L   unknown"));
}

TEST(LogGPJson, HasWhatIsKnown) {
  Machine machine;
  machine.links = {link(), link()};
  machine.links[1].message = {};
  const Json json = Json::parse(loggp_json(machine));
  EXPECT_EQ(json.at("schema"), "mpisize-loggp");
  const Json& first = json.at("links").at(0);
  EXPECT_EQ(first.at("level"), "between_nodes");
  EXPECT_DOUBLE_EQ(first.at("o_receive").get<double>(), 5e-7);
  EXPECT_DOUBLE_EQ(first.at("G").get<double>(), 1e-10);
  EXPECT_EQ(first.at("source"), "given");
  EXPECT_FALSE(json.at("links").at(1).contains("o"));
}

}  // namespace
}  // namespace mpisize
