#include "mpisize/write/program_plot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "program_values.hpp"

namespace mpisize {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ProgramCandidate candidate(int ranks, double seconds, bool measured, int threads = 1) {
  ProgramCandidate c;
  c.predicted.config = {ranks, 1, threads};
  c.predicted.total = {Seconds(seconds), Seconds(0.9 * seconds), Seconds(1.1 * seconds)};
  c.predicted.efficiency = 64 / seconds / (ranks * threads);
  c.predicted.measured = measured;
  return c;
}

ProgramRun run_of(int ranks, double seconds, int threads = 1) {
  ProgramRun run;
  run.ranks = ranks;
  run.threads_per_rank = threads;
  run.wall = Seconds(seconds);
  return run;
}

ProgramPlot plot() {
  ProgramPlot p;
  p.machine = "the machine";
  p.program = "app";
  p.candidates = {candidate(4, 20, false), candidate(1, 64, true), candidate(2, 33, true),
                  candidate(2, 18, false, 2)};
  p.chosen = candidate(4, 20, false);
  p.runs = {run_of(1, 63), run_of(1, 65), run_of(2, 33), run_of(2, 18, 2)};
  return p;
}

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(ProgramPlot, SaysWhatItShows) {
  const std::string svg = to_svg(plot());
  for (const char* const words :
       {"app on the machine", "time of the program (log scale)", "parallel efficiency",
        "predicted, with its 90 % interval", "ideal: efficiency 1", ">measured<",
        "rests on runs there", "rests on laws fitted to the runs", "chosen: 4 ranks, 20.0 s"}) {
    EXPECT_THAT(svg, HasSubstr(words));
  }
}

TEST(ProgramPlot, HasCandidatesAndRunsWithTheThreadsOfTheChosenOne) {
  const std::string svg = to_svg(plot());
  // Three in two panels and two kinds in the legend; three runs and the legend.
  const std::size_t crosses = times(svg, "M-5,-5L5,5M-5,5L5,-5");
  EXPECT_EQ(crosses, 3U + 1);
  EXPECT_EQ(times(svg, "<path transform=") - crosses, 3U * 2 + 2);
}

TEST(ProgramPlot, RefusedCandidatesAndRunsOfAnotherKindAreNotDrawn) {
  ProgramPlot p = plot();
  p.candidates[0].predicted.refusal = Refusal{"too far", {2, 1, 1}};
  p.chosen = p.candidates[2];
  for (ProgramRun& run : p.runs) {
    run.steady = SteadyState{"MPI_Bcast on all ranks", 10, Seconds(5), Seconds(1)};
  }
  const std::string svg = to_svg(p);
  EXPECT_THAT(svg, Not(HasSubstr("rests on laws")));
  EXPECT_THAT(svg, Not(HasSubstr(">measured<")));
}

TEST(ProgramPlot, OfARepetitionHasTheTimesOfOne) {
  ProgramPlot p = plot();
  for (ProgramCandidate& c : p.candidates) c.predicted.per_repetition = true;
  p.chosen.predicted.per_repetition = true;
  p.runs = {run_of(1, 1000)};
  p.runs[0].steady = SteadyState{"MPI_Bcast on all ranks", 10, Seconds(640), Seconds(1)};
  const std::string one = to_svg(p);
  EXPECT_THAT(one, HasSubstr("time of a repetition"));
  p.runs[0].steady->repetitions = 20;
  p.runs[0].steady->time = Seconds(1280);
  EXPECT_EQ(to_svg(p), one);
}

TEST(ProgramPlot, IdealLineOfWeakScalingIsLevel) {
  ProgramPlot p = plot();
  for (ProgramCandidate& c : p.candidates) {
    c.predicted.total.value = Seconds(10.0 + c.predicted.config.ranks);
    c.predicted.efficiency = Seconds(11) / c.predicted.total.value;
  }
  const std::string svg = to_svg(p);
  const auto end = svg.find("stroke=\"#777777\" stroke-width=\"1.5\"", svg.find("<polygon"));
  const auto begin = svg.rfind("<line", end);
  double y1 = 0;
  double y2 = 1;
  ASSERT_EQ(std::sscanf(svg.c_str() + begin, "<line x1=\"%*f\" y1=\"%lf\" x2=\"%*f\" y2=\"%lf\"",
                        &y1, &y2),
            2);
  EXPECT_EQ(y1, y2);
}

TEST(ProgramPlot, WithoutATimeThereIsNone) {
  EXPECT_THROW(static_cast<void>(to_svg(ProgramPlot{})), std::invalid_argument);
}

}  // namespace
}  // namespace mpisize
