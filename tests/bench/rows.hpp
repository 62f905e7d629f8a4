/// The rows of the benchmark: every rank calls one, the root's object is the answer.
#pragma once

#include <mpi.h>

#include <nlohmann/json.hpp>

#include "settings.hpp"

namespace bench {

/// Tasks per second through a hand-written root loop and through map, one worker, 8-byte items,
/// chunk 1.
nlohmann::json dispatch(MPI_Comm comm, const Settings& settings);
/// x * x of `items` doubles: the call against the plain loop.
nlohmann::json square(MPI_Comm comm, const Settings& settings);
/// A call that stays serial against the plain loop.
nlohmann::json serial(MPI_Comm comm, const Settings& settings);
/// `items` computing items of 1 ms: the plain loop against the call.
nlohmann::json computing(MPI_Comm comm, const Settings& settings);
/// `items` sleeping items of 2 ms: the sum of their times over ranks and wall time.
nlohmann::json sleeping(MPI_Comm comm, const Settings& settings);
/// Predicted against measured, one case of the suite.
nlohmann::json prediction(MPI_Comm comm, const Settings& settings);
/// The chosen plan and the usual rules against a sweep over forced plans, one case of the suite.
nlohmann::json regret(MPI_Comm comm, const Settings& settings);
/// choose() for 1e6 ranks and 1e12 items. Needs one rank.
nlohmann::json planner(MPI_Comm comm, const Settings& settings);
/// What choosing costs: a free call against the same choice forced, one case of the suite.
nlohmann::json choice(MPI_Comm comm, const Settings& settings);

}  // namespace bench
