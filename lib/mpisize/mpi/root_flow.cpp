/// Results on their way to journal and sink, and the flows of batch and stream.
#include <algorithm>
#include <csignal>

#include "mpisize/base/human.hpp"
#include "mpisize/base/statistics.hpp"
#include "mpisize/measure/hash.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/model/trend.hpp"
#include "mpisize/mpi/root_call.hpp"

namespace mpisize {
namespace {

/// Calls use(run) for each part of the run between the lost items.
template <class Use>
void between_lost(Run run, const std::vector<DeadLetter>& lost, Use use) {
  std::vector<std::int64_t> holes;
  for (const DeadLetter& item : lost) {
    if (item.index >= run.first && item.index < run.first + run.count) holes.push_back(item.index);
  }
  std::sort(holes.begin(), holes.end());
  std::int64_t from = run.first;
  for (const std::int64_t hole : holes) {
    if (hole > from) use(Run{from, hole - from});
    from = hole + 1;
  }
  if (from < run.first + run.count) use(Run{from, run.first + run.count - from});
}

}  // namespace

void RootCall::send_terms() {
  if (terms_sent_) return;
  terms_sent_ = true;
  CallTerms terms;
  terms.retry.retries = options_.retries;
  terms.retry.first_wait = options_.retry_wait;
  terms.keep_going = options_.max_fails > 0;
  terms.outlive_signals = !options_.journal.empty();
  dispatcher_.agree(terms, options_.max_fails);
}

void RootCall::open_journal() {
  JournalIdentity identity;
  if (flow_ == nullptr) {
    identity.input = fingerprint_text(task_->input_hash({0, order_.items()}, 0));
  } else {
    identity.input = flow_->source_fingerprint();
  }
  identity.kernel = options_.kernel_id.empty() ? program_fingerprint() : options_.kernel_id;
  identity.result = task_->result_name();
  journal_.emplace(JournalOptions{options_.journal, options_.journal_sync}, identity);
  signals_.emplace();
}

/// What an earlier run has left.
void RootCall::resume() {
  if (!options_.retry_failed) given_up_ = journal_->dead_letters();
  if (flow_ != nullptr) {
    flow_->agree(sampling_terms());
    flow_->resume_from(*journal_, options_.retry_failed);
    open_sink(flow_->grain());  // The root writes all results itself: they may come at once.
    return;
  }
  std::vector<Run> done;
  const auto refuse = [&](std::int64_t end) {
    throw std::invalid_argument("the journal '" + options_.journal + "' holds results up to item " +
                                std::to_string(end - 1) + ", but there are " +
                                std::to_string(order_.items()) +
                                " items; give the input that it was made with");
  };
  for (const JournalRun& run : journal_->runs()) {
    if (run.first + run.count > order_.items()) refuse(run.first + run.count);
    journal_->read(run, kept_);
    std::span<const std::byte> rest(kept_);
    task_->unpack_results({run.first, run.count}, rest);
    done.push_back({run.first, run.count});
    measured_.resumed += run.count;
  }
  if (!options_.retry_failed) {
    for (const DeadLetter& dead : journal_->dead_letters()) {
      if (dead.index >= order_.items()) refuse(dead.index + 1);
      done.push_back({dead.index, 1});
      ++measured_.resumed;
    }
  }
  picks_.exclude(order_.positions(done));
}

/// The results of a chunk are in place, unless it held the item that failed the call.
void RootCall::settle(const Chunk& chunk) {
  if (dispatcher_.failure()) return;
  if (journal_) keep(chunk);
  if (flow_ != nullptr && chunk.written) {
    for (const Run& run : chunk.runs) flow_->passed_on(run);
  } else {
    task_->completed(chunk.runs);
  }
  did(chunk.items);
}

void RootCall::keep(const Chunk& chunk) {
  for (const Run& whole : chunk.runs) {
    between_lost(whole, dispatcher_.lost(), [this](Run run) {
      kept_.clear();
      task_->pack_results(run, kept_);
      journal_->append(run.first, run.count, task_->input_hash(run, 0), kept_);
    });
  }
  for (; journalled_lost_ < dispatcher_.lost().size(); ++journalled_lost_) {
    journal_->append(dispatcher_.lost()[journalled_lost_]);
  }
}

/// A quarter of a millisecond of the sink, or one result: workers are looked after in between.
std::int64_t RootCall::deliver() {
  if (journal_) journal_->commit();
  if (flow_ == nullptr || !sink_open_) return 0;
  std::int64_t let_go = 0;
  for (Seconds begin = now(), spent; spent < shortest_delivery;) {
    const std::int64_t most = delivery_.next(flow_->terms().window);
    const std::int64_t some = flow_->deliver(most);
    if (some == 0) break;
    let_go += some;
    const Seconds so_far = now() - begin;
    delivery_.took(some, so_far - spent);
    spent = so_far;
  }
  return let_go;
}

std::optional<std::string> RootCall::reason_to_stop(std::int64_t items_before) {
  if (!journal_) return std::nullopt;
  if (const auto signal = signals_->received()) {
    return std::string("stopped by ") + (*signal == SIGTERM ? "SIGTERM" : "SIGUSR1");
  }
  if (options_.deadline && slow_item_) {
    const std::int64_t items =
        (items_before + choice_.plan.pattern.chunk + behind_each_ - 1) / behind_each_;
    if (elapsed() + *slow_item_ * static_cast<double>(items) > *options_.deadline) {
      return "stopped because another chunk could not be finished before the deadline of " +
             human(*options_.deadline);
    }
  }
  return std::nullopt;
}

/// The first items, taken for all of them; and what the root spent on source and sink.
KernelProfile RootCall::seen_of_flow() {
  const auto each = [](Seconds time, std::int64_t items) {
    const Seconds mean = items > 0 ? time / static_cast<double>(items) : Seconds(0);
    return measured(mean, mean, mean);
  };
  kernel_.pull = each(flow_->pulling(), flow_->pulled());
  kernel_.sink = each(flow_->delivering(), flow_->delivered());
  kernel_.item_memory = flow_->item_memory();
  kernel_.result_memory = flow_->result_memory();
  kernel_.items_known = flow_->length() || flow_->exhausted();
  kernel_.items = expected_items();
  return spread_out(kernel_, kernel_.items, kernel_.items_known);
}

void RootCall::start_flow() {
  sink_open_ = !flow_->sink_indexed();
  flow_->agree(sampling_terms());
}

/// A batch is given to its sink as a whole; an indexed sink gets what the root writes for all, with
/// a journal, in large pieces.
bool RootCall::delivers_blocks() const {
  return flow_->sink_indexed() ? journal_.has_value() : kind_ == PatternKind::batch;
}

/// Until there is a plan: results in order, little held.
FlowTerms RootCall::sampling_terms() const {
  constexpr std::int64_t most_window = 65536;
  constexpr std::int64_t most_block = 4096;
  constexpr Bytes memory{std::int64_t{32} << 20U};
  FlowTerms terms;
  terms.window = std::min(options_.window.value_or(most_window), most_window);
  terms.memory =
      options_.max_memory ? std::min(memory, Bytes(options_.max_memory->value() / 4)) : memory;
  terms.block = std::min(terms.window, most_block);
  terms.whole_blocks = delivers_blocks();
  terms.ordered = !flow_->sink_indexed() && options_.ordered.value_or(true);
  return terms;
}

FlowTerms RootCall::planned_terms() const {
  const ScatterPattern& pattern = choice_.plan.pattern;
  FlowTerms terms;
  if (kind_ == PatternKind::batch && delivers_blocks()) {
    terms.block = std::max<std::int64_t>(1, pattern.batch.value_or(1));
    terms.window = 2 * terms.block;
    terms.ahead = terms.window;
    terms.whole_blocks = true;
  } else {
    constexpr std::int64_t usual_window = 65536;
    terms.window = pattern.window.value_or(usual_window);
    terms.block = std::clamp<std::int64_t>(pattern.chunk, 1, terms.window);
    terms.ahead = terms.block;
    terms.ordered = !flow_->sink_indexed() && pattern.ordered.value_or(true);
    terms.whole_blocks = delivers_blocks();
  }
  terms.memory = options_.max_memory;
  if (const auto granted = machine_.topology.grant.memory; granted && !terms.memory) {
    terms.memory = Bytes(granted->value() / 4);
  }
  return terms;
}

void RootCall::run_flow() {
  if (dispatcher_.failure()) return;
  const ScatterPattern& pattern = choice_.plan.pattern;
  const int ranks = choice_.plan.layout.ranks();
  flow_->agree(planned_terms());
  open_sink(pattern.chunk);
  const bool fixed = options_.chunk.has_value();
  const bool written = flow_->sink_indexed() && !journal_;
  FlowSupply supply(*flow_, pattern, dispatched_to(), chunk_control(), fixed, written);
  const bool flushes = flow_->sink_collective();
  do {
    if (flushes) supply.limit(pattern.batch.value_or(pattern.chunk * ranks));
    measured_.stopped = run_supply(supply);
    if (dispatcher_.failure()) return;
    if (flushes) flush_sink();
  } while (!measured_.stopped && !flow_->exhausted());
  if (flow_->exhausted() && flow_->delivered() == flow_->pulled()) measured_.stopped.reset();
  measured_.resumed = flow_->resumed();
  note_adaptations(supply.control());
}

void RootCall::open_sink(std::int64_t chunk) {
  if (sink_open_) return;
  dispatcher_.tell_all(FrameKind::open_sink, chunk);
  flow_->open_sink(chunk);
  sink_open_ = true;
}

/// Between batches, when no rank computes.
void RootCall::flush_sink() {
  dispatcher_.tell_all(FrameKind::flush, 0);
  flow_->flush_sink();
}

}  // namespace mpisize
