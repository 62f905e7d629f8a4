#include "mpisize/measure/energy_meter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// A powercap folder with zones as they are found on servers.
class EnergyMeterTest : public ::testing::Test {
 protected:
  void zone(const std::string& folder, const std::string& name, std::int64_t energy,
            std::int64_t range = 262'143'328'850) const {
    place_.write(folder + "/name", name + "\n");
    place_.write(folder + "/max_energy_range_uj", std::to_string(range) + "\n");
    set(folder, energy);
  }
  void set(const std::string& folder, std::int64_t energy) const {
    place_.write(folder + "/energy_uj", std::to_string(energy) + "\n");
  }
  [[nodiscard]] const std::filesystem::path& powercap() const { return place_.path(); }

 private:
  testing::TemporaryDirectory place_;
};

TEST_F(EnergyMeterTest, AddsUpThePackages) {
  zone("intel-rapl:0", "package-0", 1'000'000);
  zone("intel-rapl:1", "package-1", 70'000'000);
  EnergyMeter meter(powercap());
  EXPECT_EQ(meter.used(), Joules(0));
  set("intel-rapl:0", 3'500'000);
  set("intel-rapl:1", 71'000'000);
  EXPECT_EQ(meter.used(), Joules(0)) << "nobody looked";
  meter.look();
  EXPECT_EQ(meter.used(), Joules(3.5));
  set("intel-rapl:0", 4'500'000);
  meter.look();
  EXPECT_EQ(meter.used(), Joules(4.5));
}

TEST_F(EnergyMeterTest, CountsNothingTwice) {
  zone("intel-rapl", "", 0);
  zone("intel-rapl:0", "package-0-die-0", 0);
  zone("intel-rapl:0:0", "core", 0);
  zone("intel-rapl:0:1", "dram", 0);
  zone("intel-rapl:1", "package-0-die-1", 0);
  zone("intel-rapl:2", "psys", 0);
  zone("intel-rapl:3", "package-0-die-0", 0);
  zone("intel-rapl-mmio:0", "package-0", 0);
  zone("dtpm:0", "package-0", 0);
  EnergyMeter meter(powercap());
  for (const char* const folder :
       {"intel-rapl", "intel-rapl:0", "intel-rapl:0:0", "intel-rapl:0:1", "intel-rapl:1",
        "intel-rapl:2", "intel-rapl:3", "intel-rapl-mmio:0", "dtpm:0"}) {
    set(folder, 5'000'000);
  }
  meter.look();
  EXPECT_EQ(meter.used(), Joules(10));
}

TEST_F(EnergyMeterTest, GoesOnWhereACounterBeginsAnew) {
  zone("intel-rapl:0", "package-0", 65'000'000'000, 65'532'610'987);
  EnergyMeter meter(powercap());
  set("intel-rapl:0", 467'389'013);
  meter.look();
  ASSERT_TRUE(meter.used());
  EXPECT_NEAR(meter.used()->value(), 1000, 1e-6);
  set("intel-rapl:0", 65'000'000'000);
  meter.look();
  set("intel-rapl:0", 0);
  meter.look();
  EXPECT_NEAR(meter.used()->value(), 1000 + 65'532.610'987 - 467.389'013, 1e-5);
}

TEST_F(EnergyMeterTest, ThatGoesBackWithoutARangeMeasuresNothing) {
  zone("intel-rapl:0", "package-0", 5, 0);
  EnergyMeter meter(powercap());
  set("intel-rapl:0", 4);
  meter.look();
  EXPECT_FALSE(meter.used());
  EXPECT_THAT(meter.why_not(), HasSubstr("range is not known"));
}

TEST_F(EnergyMeterTest, WithoutPackagesSaysSo) {
  for (const auto& place : {powercap(), powercap() / "none"}) {
    EnergyMeter meter(place);
    meter.look();
    EXPECT_FALSE(meter.used());
    EXPECT_THAT(meter.why_not(),
                AllOf(HasSubstr(place.string()), HasSubstr("no processor package")));
  }
}

TEST_F(EnergyMeterTest, OfACounterThatCannotBeReadSaysWhy) {
  zone("intel-rapl:0", "package-0", 5);
  zone("intel-rapl:1", "package-1", 5);
  EnergyMeter meter(powercap());
  ASSERT_TRUE(meter.used());
  // Root may read all files, but no folder.
  const auto file = powercap() / "intel-rapl:1" / "energy_uj";
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  for (EnergyMeter blind : {meter, EnergyMeter(powercap())}) {
    blind.look();
    EXPECT_FALSE(blind.used());
    EXPECT_THAT(blind.why_not(), AllOf(HasSubstr(file.string()), HasSubstr("CVE-2020-8694")));
  }
}

TEST_F(EnergyMeterTest, RunIsMeasuredFromItsStartToItsEnd) {
  zone("intel-rapl:0", "package-0", 900, 1000);
  EnergyMeter meter(powercap());
  Command command;
  const std::string counter = (powercap() / "intel-rapl:0" / "energy_uj").string();
  // It begins anew twice: once seen while it runs, once at its end.
  command.argv = {"sh", "-c", R"(echo 400 > "$0.new" && mv "$0.new" "$0" && touch "$1"
      while [ -e "$1" ]; do sleep 0.01; done; echo 100 > "$0")",
                  counter, (powercap() / "waits").string()};
  int asked = 0;
  command.period = Seconds(0.01);
  command.go_on = [&] {
    ++asked;
    if (std::filesystem::remove(powercap() / "waits")) return true;
    return true;
  };
  const ChildRun done = run_metered(command, meter);
  EXPECT_EQ(done.exit_code(), 0);
  EXPECT_GT(asked, 0) << "go_on is asked as before";
  ASSERT_TRUE(meter.used());
  EXPECT_NEAR(meter.used()->value(), 1200e-6, 1e-12);
}

TEST_F(EnergyMeterTest, RunThatCannotBeMeasuredRunsAllTheSame) {
  EnergyMeter meter(powercap());
  Command command;
  command.argv = {"sh", "-c", "exit 7"};
  EXPECT_EQ(run_metered(command, meter).exit_code(), 7);
  EXPECT_FALSE(meter.used());
}

}  // namespace
}  // namespace mpisize
