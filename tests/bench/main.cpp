// mpisize_bench ROW [OPTIONS]: measures one row of the benchmark and prints one line of JSON.
// Launched by tests/bench/run.

#include <mpi.h>

#include <boost/program_options.hpp>
#include <exception>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

#include "rows.hpp"
#include "watch.hpp"
#include "work.hpp"

namespace {

namespace po = boost::program_options;

bench::Settings read_settings(int argc, char** argv) {
  bench::Settings s;
  po::options_description options("mpisize_bench ROW");
  options.add_options()                                                                     //
      ("row", po::value(&s.row)->required(), "row to measure")                              //
      ("items", po::value(&s.items)->default_value(s.items), "items of a call")             //
      ("rounds", po::value(&s.rounds)->default_value(s.rounds), "interleaved repetitions")  //
      ("attempts", po::value(&s.attempts)->default_value(s.attempts), "while disturbed")    //
      ("kind", po::value(&s.kind), "workload of the suite")                                 //
      ("sleeping", po::bool_switch(&s.sleeping), "its items sleep")                         //
      ("scale", po::value(&s.scale)->default_value(s.scale), "its serial time over 4 s")    //
      ("budget", po::value(&s.budget)->default_value(s.budget), "seconds of a sweep")       //
      ("mean", po::value(&s.mean)->default_value(s.mean), "seconds of an item")             //
      ("cap", po::value(&s.cap)->default_value(s.cap), "of memory, MiB")                    //
      ("pattern", po::value(&s.pattern)->default_value(s.pattern), "map, batch or stream")  //
      ("natural", po::bool_switch(&s.natural), "serial: by a kernel with threads")          //
      ("verbose", po::bool_switch(&s.verbose), "each run of a sweep on stderr")             //
      ("seed", po::value(&s.seed)->default_value(s.seed), "of the workload");
  po::positional_options_description positional;
  positional.add("row", 1);
  constexpr auto style =
      po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
  po::variables_map values;
  po::store(po::command_line_parser(argc, argv)
                .options(options)
                .positional(positional)
                .style(style)
                .run(),
            values);
  po::notify(values);
  return s;
}

nlohmann::json measure(const bench::Settings& settings) {
  using Row = nlohmann::json (*)(MPI_Comm, const bench::Settings&);
  static const std::map<std::string, Row> rows{
      {"dispatch", bench::dispatch}, {"square", bench::square},
      {"serial", bench::serial},     {"computing", bench::computing},
      {"sleeping", bench::sleeping}, {"prediction", bench::prediction},
      {"regret", bench::regret},     {"planner", bench::planner},
      {"choice", bench::choice},     {"held", bench::held},
      {"order", bench::order},       {"stream_memory", bench::stream_memory},
      {"capped", bench::capped},     {"against_map", bench::against_map},
      {"slowed", bench::slowed},     {"journal", bench::journal}};
#ifdef MPISIZE_BENCH_HDF5
  if (settings.row == "dataset") return bench::dataset(MPI_COMM_WORLD, settings);
#endif
  const auto row = rows.find(settings.row);
  if (row == rows.end()) throw std::invalid_argument("no row is called " + settings.row);
  return row->second(MPI_COMM_WORLD, settings);
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  bench::sharpen_sleep();
  try {
    const nlohmann::json result = measure(read_settings(argc, argv));
    if (bench::is_root(MPI_COMM_WORLD)) std::cout << result << std::endl;
  } catch (const std::exception& error) {
    std::cerr << "mpisize_bench: " << error.what() << std::endl;
    MPI_Abort(MPI_COMM_WORLD, 4);
  }
  MPI_Finalize();
  return 0;
}
