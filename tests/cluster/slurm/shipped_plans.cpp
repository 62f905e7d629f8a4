// shipped_plans FOLDER: the plans that the shipped job scripts follow, FOLDER/<script>/<plan>; and
// more scripts with theirs, FOLDER/<script>/job.sbatch.
#include <filesystem>
#include <iostream>

#include "mpisize/measure/cache.hpp"
#include "mpisize/write/json.hpp"
#include "shipped_jobs.hpp"

namespace {

namespace fs = std::filesystem;
using namespace mpisize;

fs::path write_plan(const fs::path& folder, const testing::ShippedJob& job) {
  fs::create_directories(folder / job.file);
  PlanFile plan;
  plan.choice = job.request.choice;
  write_file(folder / job.file / job.request.plan_path.value_or("plan.json"), to_json(plan));
  return folder / job.file;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "shipped_plans: give a folder\n";
    return 2;
  }
  for (const auto& job : testing::shipped_jobs()) write_plan(argv[1], job);
  for (const auto& job : testing::other_jobs()) {
    write_file(write_plan(argv[1], job) / "job.sbatch", render(job.request));
  }
  return 0;
}
