#include "mpisize/measure/fingerprint.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mpisize {
namespace {

constexpr std::string_view version = "Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4";

Topology node_of(int cores) {
  Topology topology;
  topology.node.cores = cores;
  topology.node.pus = cores;
  return topology;
}

std::string print_of(const Environment& environment) {
  return fingerprint("n1", node_of(8), "Xeon", version, environment);
}

TEST(MpiName, LibraryAndLauncherGiveTheSameName) {
  EXPECT_EQ(mpi_name(version), "Open MPI 4.1.4");
  EXPECT_EQ(mpi_name("mpirun (Open MPI) 4.1.4\n\nReport bugs to http://..."), "Open MPI 4.1.4");
  EXPECT_EQ(mpi_name("MPICH Version:      4.0.2\nMPICH Release date: ..."), "MPICH 4.0.2");
  EXPECT_EQ(mpi_name("HYDRA build details:\n    Version:          4.0.2\n"), "MPICH 4.0.2");
}

TEST(MpiName, UnknownLibraryIsItsFirstLine) {
  EXPECT_EQ(mpi_name("Fast MPI of tomorrow\nand more"), "Fast MPI of tomorrow");
}

TEST(Fingerprint, IsTheHostAndSixteenDigits) {
  const std::string print = print_of({});
  EXPECT_EQ(print.substr(0, 3), "n1-");
  EXPECT_EQ(print.size(), 3U + 16U);
  EXPECT_EQ(print.find_first_not_of("0123456789abcdef", 3), std::string::npos);
}

TEST(Fingerprint, StaysTheSameFromReleaseToRelease) {
  EXPECT_EQ(print_of({}), "n1-84e5d0e9d6865413");
}

TEST(Fingerprint, ChangesWithHardwareCpuMpiAndHost) {
  const std::string print = print_of({});
  EXPECT_NE(print, fingerprint("n1", node_of(16), "Xeon", version, {}));
  EXPECT_NE(print, fingerprint("n1", node_of(8), "EPYC", version, {}));
  EXPECT_NE(print, fingerprint("n1", node_of(8), "Xeon", "Open MPI v4.1.5", {}));
  EXPECT_NE(print, fingerprint("n2", node_of(8), "Xeon", version, {}));
}

TEST(Fingerprint, ChangesWithTheTransport) {
  EXPECT_NE(print_of({}), print_of({{"OMPI_MCA_btl", "self,tcp"}}));
  EXPECT_NE(print_of({{"OMPI_MCA_btl", "self,vader"}}), print_of({{"OMPI_MCA_btl", "self,tcp"}}));
  EXPECT_NE(print_of({}), print_of({{"UCX_TLS", "tcp"}}));
}

TEST(Fingerprint, DoesNotChangeWithWhatMpirunSetsForAJob) {
  EXPECT_EQ(print_of({}), print_of({{"OMPI_MCA_orte_hnp_uri", "12.0;tcp://10.0.0.1:1"},
                                    {"OMPI_MCA_ess_base_vpid", "1"},
                                    {"PMIX_RANK", "1"},
                                    {"PATH", "/usr/bin"}}));
}

TEST(Fingerprint, DoesNotChangeWithTheGrant) {
  Topology bound = node_of(8);
  bound.grant.pus = 1;
  bound.grant.memory = Bytes(1);
  bound.nodes = 7;
  Topology free = node_of(8);
  free.grant.pus = 8;
  EXPECT_EQ(fingerprint("n1", bound, "Xeon", version, {}),
            fingerprint("n1", free, "Xeon", version, {}));
}

TEST(Fingerprint, NeighbouringTextsDoNotRunTogether) {
  EXPECT_NE(print_of({{"UCX_A", "bUCX_C"}}), print_of({{"UCX_A", "b"}, {"UCX_C", ""}}));
}

}  // namespace
}  // namespace mpisize
