#include "mpisize/write/program_job.hpp"

namespace mpisize {

JobScript program_job(const ProgramChoice& choice) {
  const ProgramPrediction& predicted = choice.chosen.predicted;
  JobScript job;
  Plan& plan = job.choice.plan;
  plan.verdict = choice.verdict;
  plan.layout = {predicted.config.nodes, predicted.config.ranks, predicted.config.threads};
  plan.reasons = choice.reasons;
  plan.binding_limit = choice.binding_limit;
  job.choice.predicted.total = predicted.total;
  job.choice.predicted.speedup = predicted.speedup;
  const double longest = predicted.total.high.value();
  // The reference is known much better than the prediction.
  job.choice.predicted.speedup_low =
      longest > 0 ? predicted.speedup * predicted.total.value.value() / longest : 0;
  job.node_memory = predicted.node_memory_high ? predicted.node_memory_high : predicted.node_memory;
  return job;
}

}  // namespace mpisize
