/// Partitions side by side: what a job takes on each, and the one for it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/choose/offers.hpp"
#include "mpisize/choose/plan.hpp"
#include "mpisize/choose/program_plan.hpp"

namespace mpisize {

/// What a planner makes of the nodes of an offer.
struct OfferPlan {
  Verdict verdict = Verdict::serial;
  Layout layout;
  Interval total;                    ///< Of the job: from its start to its end, launch included.
  std::optional<Bytes> node_memory;  ///< That its ranks use on the fullest node, if it is known.
  std::optional<double> cost;        ///< Money for a core-hour; empty: no price.
  std::optional<std::string> binding_limit;  ///< Infeasible: the limit, and why, as a sentence.
  std::string reason;
  std::size_t number = 0;  ///< By which the planner finds it again.
};

/// The same planner, on other nodes.
using OfferPlanner = std::function<OfferPlan(const Offer&)>;

/// Why a job cannot be there.
struct Rejection {
  std::string limit;   ///< "time limit"
  std::string why;     ///< "the time limit 30 min is below the 2 h that it may take"
  std::string repair;  ///< As the end of a sentence.
  /// What is needed over what there is; empty: not known. The least is nearest to a job that fits.
  std::optional<double> excess;
  friend bool operator==(const Rejection&, const Rejection&) = default;
};

/// The first limit of the offer that the plan breaks.
[[nodiscard]] std::optional<Rejection> broken_limit(const Offer& offer, const OfferPlan& plan);

/// A plan on an offer; of the same offer there may be several, on fewer nodes each.
struct WeighedOffer {
  Offer offer;
  OfferPlan plan;
  std::optional<Rejection> rejection;
  std::optional<Seconds> wait;  ///< Until it would start, as Slurm said.

  /// Of those paid for: whole nodes where the job has them.
  [[nodiscard]] double core_hours() const;
};

/// Plans for each offer, and says which limits stand against them. In the order of the offers.
[[nodiscard]] std::vector<WeighedOffer> weigh(const std::vector<Offer>& offers,
                                              const OfferPlanner& plan);

/// What sbatch --test-only says of a candidate.
struct StartEstimate {
  std::optional<Seconds> wait;  ///< Empty: it would not take the job.
  std::string words;            ///< Why not.
};
using StartProbe = std::function<StartEstimate(const WeighedOffer&)>;

/// At most so many candidates are asked about.
inline constexpr int most_start_probes = 8;

/// Asks about the best candidates, best first, until no other could win: a job ends no sooner than
/// it would if it started now. Those refused are rejected, in Slurm's words. Of a job that would
/// have to wait, plans on fewer nodes, which may wait less, are candidates, too, where they could
/// win.
void probe_starts(std::vector<WeighedOffer>& weighed, Goal goal, const OfferPlanner& plan,
                  const StartProbe& ask);

/// A choice always comes back and explains itself.
struct PartitionChoice {
  std::vector<WeighedOffer> weighed;
  std::vector<ClosedPartition> closed;
  std::optional<std::size_t> chosen;  ///< Of those weighed; empty: the job fits nowhere.
  /// Nowhere: the one that is nearest.
  std::optional<std::size_t> nearest;
  std::vector<std::string> reasons;  ///< One sentence each, the deciding one first.
};

/// The least of the goal among those that hold all limits: for the time what is waited and what is
/// run, where it was asked about; core-hours or the cost else. Of those that differ by less than
/// 1 % the one that ends first, then one whose nodes are idle, then fewer core-hours, then the
/// default partition, then the first. Among those that were asked about, if any was.
[[nodiscard]] PartitionChoice choose_partition(std::vector<WeighedOffer> weighed,
                                               std::vector<ClosedPartition> closed, Goal goal);

}  // namespace mpisize
