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

/// A stream from an endless source into a slow sink: what is pulled and not delivered, and how the
/// root's resident memory spreads over `items` items.
nlohmann::json held(MPI_Comm comm, const Settings& settings);
/// An unordered stream of `items` trivial items: how far the root's memory grows.
nlohmann::json stream_memory(MPI_Comm comm, const Settings& settings);
/// Unordered and ordered stream of items of CV 1, four chunks a worker in the window.
nlohmann::json order(MPI_Comm comm, const Settings& settings);
/// A map by static blocks and an unordered stream of the same items of CV 1.
nlohmann::json against_map(MPI_Comm comm, const Settings& settings);
/// A batch of `items` results of 64 kB under a cap; with `natural`, a map without one.
nlohmann::json capped(MPI_Comm comm, const Settings& settings);
/// One rank takes four times as long from half of the run on: time over the clairvoyant bound.
nlohmann::json slowed(MPI_Comm comm, const Settings& settings);
/// A stream of 1 ms items with and without a journal.
nlohmann::json journal(MPI_Comm comm, const Settings& settings);

/// `items` rows of 8 kB from one dataset into another, by our chunks and by others. With HDF5 only.
nlohmann::json dataset(MPI_Comm comm, const Settings& settings);

}  // namespace bench
