#include "cluster_options.hpp"

#include <fmt/format.h>

#include "errors.hpp"
#include "values.hpp"

namespace mpisize::tools {

ClusterWishes cluster_wishes_of(const Values& values, bool only_chosen) {
  ClusterWishes wishes;
  wishes.offline = values.filled("offline");
  wishes.choose = values.has("cluster") || wishes.offline;
  if (only_chosen && !wishes.choose) {
    for (const char* const name :
         {"partition", "account", "qos", "constraint", "gres", "exclusive", "array"}) {
      if (!values.has(name)) continue;
      throw UsageError(fmt::format(
          "--{} is of a job on a cluster; add --cluster, or --offline cluster.json", name));
    }
  }
  if (wishes.choose && values.has("topology")) {
    throw UsageError(
        "--topology contradicts --cluster, which plans on the nodes of the partitions; leave one "
        "of them out");
  }
  wishes.partition = values.filled("partition");
  wishes.account = values.filled("account");
  wishes.needs.qos = values.filled("qos");
  wishes.needs.constraint = values.filled("constraint");
  wishes.needs.gres = values.filled("gres");
  wishes.needs.whole_nodes = values.has("exclusive");
  if (const auto tasks = values.read("array", read_count)) {
    wishes.needs.array = ItemArray{*tasks, 0};
  }
  return wishes;
}

}  // namespace mpisize::tools
