// Energy of many small clusters of atoms after a short run of molecular dynamics.  One item is one
// cluster: bound by computing, a few bytes in and out, all items alike.  Equal shares are hard to
// beat.
//
// Reduced units: sigma = epsilon = mass = k_B = 1 (Allen and Tildesley 1987, appendix B).
//
//   mpirun -n 4 lennard_jones --clusters 2000
#include <array>
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include "main.hpp"

namespace {

using Vector = std::array<double, 3>;

struct Energy {
  double potential = 0;
  double kinetic = 0;
};

struct Cluster {
  std::vector<Vector> positions, velocities, forces;
};

/// Cubic lattice at the spacing of the potential's minimum, with velocities of the given
/// temperature.
Cluster make_cluster(int atoms, double temperature, std::int64_t seed) {
  const double spacing = std::pow(2.0, 1.0 / 6.0);
  const int edge = static_cast<int>(std::ceil(std::cbrt(atoms) - 1e-9));
  const auto count = static_cast<std::size_t>(atoms);
  Cluster cluster{std::vector<Vector>(count), std::vector<Vector>(count),
                  std::vector<Vector>(count)};
  std::mt19937_64 random(static_cast<std::uint64_t>(seed));
  std::normal_distribution<double> maxwell(0, std::sqrt(temperature));
  for (int i = 0; i < atoms; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const int column = i % edge, row = i / edge % edge, layer = i / (edge * edge);
    cluster.positions[at] = {spacing * column, spacing * row, spacing * layer};
    for (double& v : cluster.velocities[at]) v = maxwell(random);
  }
  return cluster;
}

/// Forces from all pairs, u(r) = 4 (r^-12 - r^-6) (Lennard-Jones 1924); returns the potential
/// energy.
double compute_forces(Cluster& cluster) {
  double potential = 0;
  for (Vector& f : cluster.forces) f = {};
  for (std::size_t i = 0; i < cluster.positions.size(); ++i) {
    for (std::size_t j = i + 1; j < cluster.positions.size(); ++j) {
      Vector d{};
      double r2 = 0;
      for (std::size_t k = 0; k < 3; ++k) {
        d[k] = cluster.positions[i][k] - cluster.positions[j][k];
        r2 += d[k] * d[k];
      }
      const double r6 = 1 / (r2 * r2 * r2);
      potential += 4 * r6 * (r6 - 1);
      const double force = 24 * r6 * (2 * r6 - 1) / r2;
      for (std::size_t k = 0; k < 3; ++k) {
        cluster.forces[i][k] += force * d[k];
        cluster.forces[j][k] -= force * d[k];
      }
    }
  }
  return potential;
}

void kick(Cluster& cluster, double time) {
  for (std::size_t i = 0; i < cluster.positions.size(); ++i) {
    for (std::size_t k = 0; k < 3; ++k) cluster.velocities[i][k] += time * cluster.forces[i][k];
  }
}

void drift(Cluster& cluster, double time) {
  for (std::size_t i = 0; i < cluster.positions.size(); ++i) {
    for (std::size_t k = 0; k < 3; ++k) cluster.positions[i][k] += time * cluster.velocities[i][k];
  }
}

/// Velocity Verlet (Swope et al. 1982): kick half a step, drift, kick half a step.
Energy simulate(Cluster cluster, int steps) {
  constexpr double step = 0.002;
  Energy energy;
  energy.potential = compute_forces(cluster);
  for (int s = 0; s < steps; ++s) {
    kick(cluster, step / 2);
    drift(cluster, step);
    energy.potential = compute_forces(cluster);
    kick(cluster, step / 2);
  }
  for (const Vector& v : cluster.velocities) {
    energy.kinetic += (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) / 2;
  }
  return energy;
}

void lennard_jones(int argc, char** argv) {
  namespace po = example::po;
  po::options_description options("Options");
  options.add_options()                                                                     //
      ("clusters", po::value<std::int64_t>()->default_value(2000), "independent clusters")  //
      ("atoms", po::value<std::int64_t>()->default_value(100), "atoms of a cluster")        //
      ("steps", po::value<std::int64_t>()->default_value(50), "time steps of 0.002");
  const auto given = example::read_command_line(
      argc, argv, "lennard_jones [options]: energy of small clusters of atoms", options);
  if (!given) return;
  const int clusters = example::count_of(*given, "clusters", 1, 100'000'000);
  const int atoms = example::count_of(*given, "atoms", 2, 100'000);
  const int steps = example::count_of(*given, "steps", 0, 100'000'000);

  // The items: temperatures from 0.1 to 0.5.  The index is the seed, so that the results depend
  // neither on the number of ranks nor on who computes what.
  std::vector<double> temperatures(static_cast<std::size_t>(clusters));
  for (std::size_t i = 0; i < temperatures.size(); ++i) {
    temperatures[i] = 0.1 + 0.4 * static_cast<double>(i) / clusters;
  }
  const auto kernel = [=](double temperature, std::int64_t index) {
    return simulate(make_cluster(atoms, temperature, index), steps);
  };

  const auto outcome = mpisize::map(MPI_COMM_WORLD, temperatures, kernel);
  example::on_root(MPI_COMM_WORLD, [&] {
    Energy sum;
    for (const Energy& energy :
         outcome.results) {  // In item order: the sum is the same in each run.
      sum.potential += energy.potential;
      sum.kinetic += energy.kinetic;
    }
    std::printf("%d clusters of %d atoms, %d steps\n", clusters, atoms, steps);
    std::printf("total energy %.12g (potential %.12g, kinetic %.12g)\n",
                sum.potential + sum.kinetic, sum.potential, sum.kinetic);
    example::print_checksum(outcome.results);
    std::cerr << mpisize::describe(outcome.report);
  });
}

}  // namespace

int main(int argc, char** argv) { return example::run(argc, argv, lennard_jones); }
