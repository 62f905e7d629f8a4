/// One call on the root, from its entry to its return.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/choose/candidates.hpp"
#include "mpisize/choose/planner.hpp"
#include "mpisize/choose/report.hpp"
#include "mpisize/measure/journal.hpp"
#include "mpisize/measure/sampler.hpp"
#include "mpisize/measure/stop_signal.hpp"
#include "mpisize/mpi/compute_slice.hpp"
#include "mpisize/mpi/dispatcher.hpp"
#include "mpisize/mpi/executor.hpp"
#include "mpisize/mpi/flow.hpp"
#include "mpisize/mpi/options.hpp"
#include "mpisize/mpi/supply.hpp"
#include "mpisize/mpi/work_order.hpp"

namespace mpisize {

class RootCall {
 public:
  /// Of a map.
  RootCall(Communicator& comm, Task& task, Options options, Seconds entered);
  /// Of a batch or stream.
  RootCall(Communicator& comm, Flow& flow, PatternKind kind, Options options, Seconds entered);
  ~RootCall();
  RootCall(const RootCall&) = delete;
  RootCall& operator=(const RootCall&) = delete;
  RootCall(RootCall&&) = delete;
  RootCall& operator=(RootCall&&) = delete;

  /// Samples and plans; the workers serve meanwhile and go on serving. Throws as map does.
  void prepare();
  /// Runs what is left. `task` is that of the constructor, or another over the same results.
  void run(Task& task);
  /// Ends the call on every rank.
  Report finish();
  /// Ends the preparation on every rank; run() may follow, in a call of its own.
  void pause();

  [[nodiscard]] const Choice& choice() const { return choice_; }

 private:
  void guarded(const std::function<void()>& body);
  [[noreturn]] void end_with(StopReason reason, const std::string& text,
                             const std::exception_ptr& error);
  void settle_paused();
  void open();
  void check_options() const;
  bool plan_from_outside();
  void sample();
  bool reach_new_item();
  void first_items();
  void alone_items();
  void items_together();
  void plan();
  [[nodiscard]] Request request_where_ranks_are();
  void write_profile();

  // Results on their way.
  void settle(const Chunk& chunk);
  void keep(const Chunk& chunk);
  [[nodiscard]] std::int64_t deliver();
  [[nodiscard]] std::optional<std::string> reason_to_stop(std::int64_t items_before);
  void open_journal();
  void resume();
  void send_terms();

  // Flows.
  void start_flow();
  [[nodiscard]] KernelProfile seen_of_flow();
  [[nodiscard]] bool delivers_blocks() const;
  [[nodiscard]] FlowTerms sampling_terms() const;
  [[nodiscard]] FlowTerms planned_terms() const;
  void regroup();
  [[nodiscard]] int dispatched_to() const;
  [[nodiscard]] std::optional<std::string> run_supply(Supply& supply);
  void run_map();
  void run_flow();
  void open_sink(std::int64_t chunk);
  void flush_sink();

  bool root_sample();
  bool send_sample(int worker);
  [[nodiscard]] Chunk pick();
  void sampled(Returned& returned);
  void record(ItemSample sample);
  [[nodiscard]] bool may_sample() const;
  [[nodiscard]] bool serial_for_sure();
  void probe_machine();
  void learn_topology();
  bool wait_for_idle(Seconds patience);
  void did(std::int64_t items);
  [[nodiscard]] Request request() const;
  [[nodiscard]] std::int64_t expected_items() const;
  [[nodiscard]] Seconds elapsed() const;
  [[nodiscard]] Seconds mean_item() const;
  [[nodiscard]] Seconds serial_run() const;    ///< Estimated from the items seen.
  [[nodiscard]] Seconds parallel_run() const;  ///< The same on all ranks, evenly.
  [[nodiscard]] Workshop workshop();
  [[nodiscard]] std::optional<Seconds> slowest_but_a_hundredth() const;
  [[nodiscard]] ChunkControl chunk_control() const;
  void note_adaptations(const ChunkControl& control);

  Communicator* comm_;
  Task* task_;
  Flow* flow_ = nullptr;  ///< The task of a batch or stream.
  PatternKind kind_ = PatternKind::map;
  Options options_;
  Seconds entered_;
  Dispatcher dispatcher_;
  WorkOrder order_{0, {}};
  StratifiedPicks picks_{0, 0};
  SampleBounds bounds_;
  StopRule stop_rule_{{}, 0};
  KernelProfile kernel_;
  Machine machine_;
  Choice choice_;
  Measured measured_;
  std::vector<bool> has_computed_;  ///< By rank.
  Stretch stretch_;
  bool all_picked_ = false;  ///< No place is left for another sample.
  std::int64_t picked_ = 0;  ///< Items given out as samples.
  std::int64_t done_ = 0;
  double sampled_seconds_ = 0;
  std::int64_t sampled_items_ = 0;
  Seconds alone_spent_{};
  Seconds parallel_setup_{};  ///< Probing and planning still to be paid for, if not serial.
  Seconds last_progress_{};
  int behind_each_ = 1;         ///< Ranks behind one that the root dispatches to.
  std::optional<int> leaders_;  ///< Root and sub-roots that take part, once there are any.
  int workers_ = 0;             ///< Ranks besides the root that may take part.
  std::optional<std::string> report_to_;
  bool terms_sent_ = false;
  bool sink_open_ = false;
  static constexpr Seconds shortest_delivery{250e-6};
  ComputeSlice delivery_{shortest_delivery / 4};
  std::optional<Journal> journal_;
  ByteBuffer kept_;                   ///< Results as they go to the journal or come from it.
  std::vector<DeadLetter> given_up_;  ///< Items that an earlier run has lost.
  std::size_t journalled_lost_ = 0;   ///< Lost items that the journal knows.
  std::optional<StopSignal> signals_;
  std::optional<Seconds> slow_item_;  ///< 99 % of the items take less.
};

/// Ends a call that cannot begin with std::invalid_argument on every rank.
[[noreturn]] void refuse_call(Communicator& comm, Task& task, const std::string& sentence);

/// A worker's side of a call: serves, then returns the report or throws what the root threw.
[[nodiscard]] Report serve_call(Communicator& comm, Task& task);

/// A worker's side of a preparation: serves, then returns the plan.
[[nodiscard]] Choice serve_preparation(Communicator& comm, Task& task);

}  // namespace mpisize
