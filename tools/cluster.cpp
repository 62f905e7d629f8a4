#include <fmt/format.h>

#include "cluster_facts.hpp"
#include "commands.hpp"
#include "mpisize/base/human.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/write/json.hpp"
#include "mpisize/write/report.hpp"
#include "print.hpp"
#include "temporary.hpp"

namespace mpisize::tools {

int command(const ClusterOptions& options, const Talk& talk) {
  if (options.output) check_writable(*options.output);
  ClusterFacts facts = cluster_facts({options.offline, options.ask_again}, talk);
  if (options.output) write_file(*options.output, to_json(facts.cluster));
  if (options.partition) {
    facts.cluster.partitions = {partition_named(facts.cluster, *options.partition)};
  }
  if (facts.age) {
    say(talk, fmt::format("asked {} ago; --refresh asks Slurm again\n", human(*facts.age)));
  }
  print(options.common.json ? to_json(facts.cluster) : describe(facts.cluster));
  return 0;
}

}  // namespace mpisize::tools
