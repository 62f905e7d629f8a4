// main() of the tests that are MPI jobs.
//
// Every rank reports its own failures to stderr as "[rank r] file:line"; the usual GoogleTest
// output comes from rank 0 only. A fatal failure (ASSERT_*) on one rank aborts the job: the others
// may wait for it in a collective for ever. The verdict is the worst of all ranks.
// MPISIZE_TEST_RANKS is the intended number of ranks: when mpirun belongs to another MPI than the
// program, N jobs of one rank run and would all pass.

#include <gtest/gtest.h>
#include <mpi.h>

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#ifdef __SANITIZE_ADDRESS__
/// MPI_Finalize unloads Open MPI's plug-ins. LeakSanitizer looks later, and the names of modules
/// that are gone match no suppression: keep them.
extern "C" int dlclose(void* /*module*/) { return 0; }
#endif

namespace {

/// Prints the failures of this rank, each as one write so that ranks do not mix within a message.
class RankFailures : public testing::EmptyTestEventListener {
 public:
  RankFailures(int rank, int size) : rank_(rank), size_(size) {}

 private:
  void OnTestStart(const testing::TestInfo& info) override {
    test_ = std::string(info.test_suite_name()) + "." + info.name();
  }

  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) {
      return;
    }
    std::ostringstream text;
    text << "[rank " << rank_ << "] " << (result.file_name() != nullptr ? result.file_name() : "?")
         << ":" << result.line_number() << ": " << test_ << ": " << result.message() << "\n";
    std::cerr << text.str() << std::flush;
    if (result.fatally_failed() && size_ > 1) {
      MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
  }

  int rank_;
  int size_;
  std::string test_;
};

/// The number of ranks that the test was meant to run on; 0 if it does not say or cannot be read.
int intended_ranks() {
  const char* text = std::getenv("MPISIZE_TEST_RANKS");
  if (text == nullptr) {
    return 0;
  }
  const std::string value(text);
  int ranks = 0;
  std::from_chars(value.data(), value.data() + value.size(), ranks);
  return ranks;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  MPI_Init(&argc, &argv);
  int rank = 0;
  int size = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const int intended = intended_ranks();
  if (std::getenv("MPISIZE_TEST_RANKS") != nullptr && intended != size) {
    std::cerr << "[rank " << rank << "] the job has " << size << " ranks, MPISIZE_TEST_RANKS says "
              << intended << ": does mpirun belong to this MPI?\n";
    MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
  }

  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  if (rank != 0) {
    delete listeners.Release(listeners.default_result_printer());
    delete listeners.Release(listeners.default_xml_generator());
  }
  auto failures = std::make_unique<RankFailures>(rank, size);
  listeners.Append(failures.release());  // GoogleTest owns it from here on.

  const int mine = RUN_ALL_TESTS();
  int worst = mine;
  MPI_Allreduce(&mine, &worst, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  MPI_Finalize();
  return worst;
}
