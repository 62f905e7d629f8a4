// Message programs and collectives: against what can be worked out by hand.
#include "mpisize/model/collectives.hpp"

#include <gtest/gtest.h>

#include <map>

namespace mpisize {
namespace {

constexpr double alpha = 100e-6;
constexpr double beta = 1e-8;

Link link(Level level, double a, double b) {
  Link l;
  l.level = level;
  l.pieces = {{Bytes(0), {Seconds(a), SecondsPerByte(b)}}};
  return l;
}

/// Every rank on a host of its own.
MessagePlayer apart(int ranks, std::optional<Bytes> eager_limit = {}) {
  Link l = link(Level::between_nodes, alpha, beta);
  l.eager_limit = eager_limit;
  std::vector<RankPlace> places;
  for (int r = 0; r < ranks; ++r) places.push_back({r, 0});
  return {{l}, places};
}

double time_of(const MessagePlayer& player, Collective what, Algorithm how, std::int64_t bytes) {
  return player.play(program_of(what, how, player.ranks(), Bytes(bytes))).value();
}

TEST(MessagePlayer, OneMessageTakesAlphaAndBeta) {
  for (const auto& limit : {std::optional<Bytes>(), std::optional(Bytes(10))}) {
    MessageProgram one(2);
    one[0] = {{{}, {{1, Bytes(1000)}}}};
    one[1] = {{{{0, Bytes(1000)}}, {}}};
    EXPECT_NEAR(apart(2, limit).play(one).value(), alpha + 1000 * beta, 1e-12);
    EXPECT_NEAR(apart(2, limit).play(one, 3).value(),
                limit ? 3 * (alpha + 1000 * beta) : alpha + 3 * 1000 * beta, 1e-12)
        << "eager messages follow each other, others wait for their receive";
  }
}

TEST(MessagePlayer, AMessageThatNobodyTakesIsRefused) {
  MessageProgram one(2);
  one[1] = {{{{0, Bytes(1)}}, {}}};
  EXPECT_THROW(static_cast<void>(apart(2).play(one)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(apart(3).play(one)), std::invalid_argument);
  EXPECT_THROW(MessagePlayer({}, {{0, 0}}), std::invalid_argument);
}

TEST(MessagePlayer, RanksOfAHostShareItsPort) {
  // Two ranks on each of two hosts, each sends to its partner.
  Link far = link(Level::between_nodes, alpha, beta);
  MessageProgram both(4);
  for (int r = 0; r < 2; ++r) {
    both[static_cast<std::size_t>(r)] = {{{}, {{r + 2, Bytes(100000)}}}};
    both[static_cast<std::size_t>(r) + 2] = {{{{r, Bytes(100000)}}, {}}};
  }
  const std::vector<RankPlace> places{{0, 0}, {0, 0}, {1, 0}, {1, 0}};
  EXPECT_NEAR(MessagePlayer({far}, places).play(both).value(), alpha + 2 * 100000 * beta, 1e-9);
  far.node_per_byte = measured(SecondsPerByte(beta / 2), SecondsPerByte(0), SecondsPerByte(1));
  EXPECT_NEAR(MessagePlayer({far}, places).play(both).value(), alpha + 1.5 * 100000 * beta, 1e-9)
      << "a port twice as fast as a pair";
}

TEST(MessagePlayer, RacksShareTheirUplink) {
  const Link near = link(Level::between_nodes, alpha, beta);
  const Link far = link(Level::between_racks, 2 * alpha, 2 * beta);
  MessageProgram both(4);
  for (int r = 0; r < 2; ++r) {
    both[static_cast<std::size_t>(r)] = {{{}, {{r + 2, Bytes(100000)}}}};
    both[static_cast<std::size_t>(r) + 2] = {{{{r, Bytes(100000)}}, {}}};
  }
  const std::vector<RankPlace> racks{{0, 0}, {1, 0}, {2, 1}, {3, 1}};
  EXPECT_NEAR(MessagePlayer({near, far}, racks).play(both).value(), 2 * alpha + 4 * 100000 * beta,
              1e-9);
  const std::vector<RankPlace> one_rack{{0, 0}, {1, 0}, {2, 0}, {3, 0}};
  EXPECT_NEAR(MessagePlayer({near, far}, one_rack).play(both).value(), alpha + 100000 * beta, 1e-9);
}

TEST(Collectives, KnownFormulas) {
  const double m = 1000;
  // Linear scatter: the root's port sends one after the other.
  EXPECT_NEAR(time_of(apart(8), Collective::scatterv, Algorithm::linear, 1000),
              alpha + 7 * m * beta, 1e-9);
  // Incast.
  EXPECT_NEAR(time_of(apart(8), Collective::gatherv, Algorithm::linear, 1000), alpha + 7 * m * beta,
              1e-9);
  // log2 P rounds (Thakur, Rabenseifner and Gropp 2005).
  EXPECT_NEAR(time_of(apart(8), Collective::allreduce, Algorithm::recursive_doubling, 1000),
              3 * (alpha + m * beta), 1e-9);
  EXPECT_NEAR(time_of(apart(8), Collective::allreduce, Algorithm::reduce_scatter_allgather, 1024),
              2 * 3 * alpha + 2 * 1024 * 7 / 8 * beta, 1e-9);
  EXPECT_NEAR(time_of(apart(8), Collective::allreduce, Algorithm::ring, 1024),
              2 * 7 * (alpha + 128 * beta), 1e-9);
  EXPECT_NEAR(time_of(apart(8), Collective::allgather, Algorithm::ring, 1000),
              7 * (alpha + m * beta), 1e-9);
  EXPECT_NEAR(time_of(apart(8), Collective::allgather, Algorithm::bruck, 1000),
              3 * alpha + 7 * m * beta, 1e-9);
  EXPECT_NEAR(time_of(apart(8), Collective::barrier, Algorithm::bruck, 0), 3 * alpha, 1e-9);
  EXPECT_NEAR(time_of(apart(8), Collective::barrier, Algorithm::linear, 0), 2 * alpha, 1e-9);
  EXPECT_NEAR(time_of(apart(8), Collective::alltoall, Algorithm::pairwise, 1000),
              7 * (alpha + m * beta), 1e-9);
}

TEST(Collectives, AnAllreduceOfFewElementsGoesNoRounds_OpenMpiLeavesRingsForThem) {
  for (const int n : {2, 8, 16, 31, 32, 63}) {
    EXPECT_EQ(algorithm_of(Collective::allreduce, n, Bytes(8)), Algorithm::recursive_doubling) << n;
  }
  // 16 doubles over 32 ranks: reduced by the root alone.
  EXPECT_EQ(algorithm_of(Collective::allreduce, 32, Bytes(128)), Algorithm::linear);
  EXPECT_NEAR(time_of(apart(8), Collective::allreduce, Algorithm::linear, 128),
              2 * (alpha + 7 * 128 * beta), 1e-9);
}

TEST(Collectives, EverybodyToEverybodyUsesAllPortsAtOnce) {
  constexpr std::int64_t large = 1 << 20;
  for (const int n : {4, 8}) {
    const double ideal = (n - 1) * (static_cast<double>(large) * beta);
    const double time =
        time_of(apart(n, Bytes(4096)), Collective::alltoall, Algorithm::linear, large);
    EXPECT_GE(time, ideal);
    EXPECT_LE(time, 1.3 * ideal) << n;
  }
}

TEST(Collectives, EveryProgramEndsAndMovesWhatItMust) {
  for (int n = 1; n <= 33; ++n) {
    for (const Collective what : {Collective::scatterv, Collective::gatherv, Collective::bcast,
                                  Collective::reduce, Collective::allreduce, Collective::alltoall,
                                  Collective::barrier, Collective::allgather}) {
      for (const std::int64_t size : {8, 100, 3000, 20000, 300000, 2000000}) {
        const Algorithm how = algorithm_of(what, n, Bytes(size));
        const MessageProgram program = program_of(what, how, n, Bytes(size));
        std::map<std::pair<int, int>, std::int64_t> sent;
        std::map<std::pair<int, int>, std::int64_t> taken;
        std::int64_t bytes = 0;
        for (int r = 0; r < n; ++r) {
          for (const Step& step : program[static_cast<std::size_t>(r)]) {
            for (const Message& m : step.sends) {
              sent[{r, m.peer}] += m.size.value();
              bytes += m.size.value();
            }
            for (const Message& m : step.receives) taken[{m.peer, r}] += m.size.value();
          }
        }
        EXPECT_EQ(sent, taken) << name_of(what) << " of " << n << ", " << size;
        if (what == Collective::bcast && how != Algorithm::scatter_allgather) {
          EXPECT_EQ(bytes, (n - 1) * size);
        }
        EXPECT_NO_THROW(static_cast<void>(apart(n, Bytes(4096)).play(program)))
            << name_of(what) << " of " << n << ", " << size;
      }
    }
  }
}

TEST(Collectives, WhatCannotBeIsRefused) {
  EXPECT_THROW(static_cast<void>(program_of(Collective::scatterv, Algorithm::ring, 4, Bytes(1))),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(program_of(Collective::bcast, Algorithm::linear, 0, Bytes(1))),
               std::invalid_argument);
}

}  // namespace
}  // namespace mpisize
