#include "mpisize/mpi/worker.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <optional>
#include <stdexcept>
#include <vector>

#include "mpisize/measure/self.hpp"
#include "mpisize/measure/stop_signal.hpp"
#include "mpisize/model/scatter_pattern.hpp"
#include "mpisize/mpi/attempts.hpp"
#include "mpisize/mpi/compute_slice.hpp"
#include "mpisize/mpi/error.hpp"
#include "mpisize/mpi/polite_wait.hpp"
#include "mpisize/mpi/sub_root.hpp"

namespace mpisize {
namespace {

/// A frame whose data are here or on its way.
struct Incoming {
  RecordHeader header;
  ByteBuffer data;
  PieceRequests pieces;
};

/// Chunks up to this size are handled without queueing.
constexpr std::size_t short_chunk = 256;
constexpr int one_timed_in = 8;

class Worker {
 public:
  Worker(Communicator& comm, Task& task)
      : comm_(&comm),
        task_(&task),
        wait_(comm.oversubscribed()),
        entered_(now()),
        threads_before_(thread_count()) {}

  Ending serve() {
    while (true) {
      const bool news = take_in(true);
      if (cancelled_) {
        acknowledge_cancel();
        continue;
      }
      if (!queue_.empty() && queue_.front().pieces.done()) {
        Incoming next = std::move(queue_.front());
        queue_.pop_front();
        if (next.header.kind == FrameKind::stop) return stop(next);
        if (next.header.kind == FrameKind::regroup) return regroup(next);
        handle(next.header, next.data);
        spare_.push_back(std::move(next));
        wait_.reset();
        continue;
      }
      if (news) {
        wait_.reset();
        continue;
      }
      ran_dry_ = true;
      if (wait_.pause()) {
        (void)comm_->outbox(root_rank).pending();  // Lets go of large buffers.
      }
    }
  }

 private:
  void handle(const RecordHeader& header, std::span<const std::byte> data) {
    switch (header.kind) {
      case FrameKind::echo:
        return echo(data);
      case FrameKind::terms:
        return agree(data);
      case FrameKind::open_sink:
        return together([&] { task_->open_sink(header.run.count); });
      case FrameKind::flush:
        return together([&] { task_->flush_sink(); });
      default:
        return work(header, data);
    }
  }

  void agree(std::span<const std::byte> data) {
    if (data.size() != sizeof terms_) throw std::runtime_error("the terms of a call are cut short");
    std::memcpy(&terms_, data.data(), sizeof terms_);
    if (terms_.outlive_signals && !signals_) signals_.emplace();
  }

  /// Chunks that were not begun go back. Nothing else is queued behind them: a root that recalls
  /// chunks sends none.
  void give_back() {
    std::int64_t chunks = 0;
    while (!queue_.empty() && queue_.back().header.kind == FrameKind::work) {
      while (!queue_.back().pieces.done()) wait_.pause();
      queue_.pop_back();
      ++chunks;
    }
    (void)comm_->outbox(root_rank).data();
    comm_->outbox(root_rank).send({.kind = FrameKind::recalled, .run = {0, chunks}});
  }

  /// Takes in arrived frames; true if there was one. A short chunk that need not wait its turn is
  /// handled at once if `idle`, all others are queued.
  bool take_in(bool idle) {
    bool any = false;
    // What comes after a stop belongs to the next call, also where another is served meanwhile.
    while (!stopped_) {
      const Inbox::Arrival* const there = comm_->inbox().look();
      if (there == nullptr) return any;
      any = true;
      const Inbox::Arrival& arrival = *there;
      const RecordHeader& header = arrival.header;
      stopped_ = header.kind == FrameKind::stop || header.kind == FrameKind::regroup;
      if (header.kind == FrameKind::cancel) {
        cancelled_ = true;
      } else if (header.kind == FrameKind::recall) {
        give_back();
      } else if (idle && queue_.empty() && !stopped_ && arrival.data_size <= short_chunk) {
        const RecordHeader copy = header;
        const auto data = std::span(short_).first(arrival.data_size);
        std::copy(arrival.data.begin(), arrival.data.end(), data.begin());
        comm_->inbox().done_with();
        handle(copy, data);
        return true;
      } else {
        queue_.push_back(unused());
        Incoming& in = queue_.back();
        in.header = header;
        in.data.resize(arrival.data_size);
        if (header.data_follows) {
          in.pieces.receive(in.data, root_rank, comm_->get());
        } else {
          std::copy(arrival.data.begin(), arrival.data.end(), in.data.begin());
        }
      }
      comm_->inbox().done_with();
    }
    return any;
  }

  Incoming unused() {
    if (spare_.empty()) return {};
    Incoming in = std::move(spare_.back());
    spare_.pop_back();
    return in;
  }

  void acknowledge_cancel() {
    // Frames are in order: all that is queued was sent before the cancel, and nothing after it.
    for (Incoming& in : queue_) {
      while (!in.pieces.done()) wait_.pause();
    }
    queue_.clear();
    cancelled_ = false;
    (void)comm_->outbox(root_rank).data();
    comm_->outbox(root_rank).send({.kind = FrameKind::cancelled});
  }

  void echo(std::span<const std::byte> data) {
    ByteBuffer& out = comm_->outbox(root_rank).data();
    out.assign(data.begin(), data.end());
    const bool with_next = data.size() <= short_chunk && comm_->inbox().more_at_hand();
    comm_->outbox(root_rank).send(
        {.kind = FrameKind::result}, {},
        with_next ? Outbox::Departure::with_next : Outbox::Departure::now);
  }

  Ending stop(const Incoming& in) {
    Outbox& out = comm_->outbox(root_rank);
    out.flush();
    while (out.pending() > 0) wait_.pause();
    return {in.header.reason,
            std::string(reinterpret_cast<const char*>(in.data.data()), in.data.size()), failure_};
  }

  /// Another root is served for the rest of the call, or this rank becomes one.
  Ending regroup(const Incoming& in) {
    Regrouping order;
    if (in.data.size() != sizeof order) throw std::runtime_error("a regrouping is cut short");
    std::memcpy(&order, in.data.data(), sizeof order);
    Outbox& out = comm_->outbox(root_rank);
    out.flush();
    while (out.pending() > 0) wait_.pause();
    const auto& racks = order.sub_roots.racks;
    Teams& teams = comm_->teams(order.sub_roots.group, racks ? racks->groups : 0);
    Ending ending = teams.down ? serve_as_sub_root(*comm_, teams, *task_, order, terms_)
                               : mpisize::serve(*teams.up, *task_);
    if (!ending.own_failure.thrown) ending.own_failure = failure_;
    return ending;
  }

  void work(const RecordHeader& header, std::span<const std::byte> data) {
    RecordHeader result{.kind = FrameKind::result};
    result.measured = header.measured;
    Facts facts;
    try {
      const Seconds began = header.measured ? now() : Seconds(0);
      const std::int64_t count = load(header, data);
      const Seconds unpacked = header.measured ? now() : Seconds(0);
      if (header.measured) {
        facts = compute_measured(count);
      } else if (!compute(count, facts)) {
        return;
      }
      const Seconds computed = header.measured ? now() : Seconds(0);
      if (header.written) {
        task_->write_loaded();
        (void)comm_->outbox(root_rank).data();
      } else {
        task_->pack_loaded(comm_->outbox(root_rank).data());
      }
      if (header.measured) {
        const Seconds packed = now();
        facts.packing = (unpacked - began + (packed - computed)).value();
        if (!ran_dry_ && packed_) facts.turn = (began - *packed_).value();
        packed_ = packed;
      }
      ran_dry_ = false;
      // Results of tiny chunks that came together go back together.
      const bool with_next = count <= untimed_items_ && comm_->inbox().more_at_hand();
      comm_->outbox(root_rank).send(
          result, facts, with_next ? Outbox::Departure::with_next : Outbox::Departure::now);
    } catch (const ItemFailure& failing) {
      keep_failure(failing.index);
      report_failure(failing.index, what_of_nested(failing));
    } catch (const MpiError&) {
      throw;  // The root cannot be told.
    } catch (...) {
      const std::int64_t first = runs_.empty() ? 0 : runs_.front().first;
      keep_failure(first);
      report_failure(first, what_of_current());
    }
  }

  std::int64_t load(const RecordHeader& header, std::span<const std::byte> bytes) {
    if (header.run_count == 1) {
      runs_.assign(1, header.run);
    } else {
      runs_.resize(static_cast<std::size_t>(header.run_count));
      std::memcpy(runs_.data(), bytes.data(), runs_.size() * sizeof(Run));
      bytes = bytes.subspan(runs_.size() * sizeof(Run));
    }
    std::int64_t count = 0;
    for (const Run& run : runs_) count += run.count;
    task_->load(runs_, bytes);
    return count;
  }

  /// In slices, taking in frames between them; false if cancelled meanwhile.
  bool compute(std::int64_t count, Facts& facts) {
    if (count <= untimed_items_ && ++untimed_ < one_timed_in) {
      // The clock would cost more than such a chunk: the next timed one speaks for it.
      attempt_loaded(0, count);
      return true;
    }
    comm_->outbox(root_rank).flush();  // Results that wait must not wait for a long chunk.
    Seconds busy{};
    for (std::int64_t done = 0; done < count;) {
      const std::int64_t n = slice_.next(count - done);
      const Seconds begin = now();
      attempt_loaded(done, n);
      const Seconds took = now() - begin;
      slice_.took(n, took);
      busy += took;
      done += n;
      if (done < count) {
        take_in(false);
        if (cancelled_) return false;
      }
    }
    facts.busy = busy.value() * (untimed_ > 0 ? untimed_ : 1);
    untimed_ = 0;
    untimed_items_ = busy < tiny_chunk ? count : 0;
    return true;
  }

  void attempt_loaded(std::int64_t first, std::int64_t count) {
    attempt(
        terms_.retry, terms_.keep_going, first, count,
        [this](std::int64_t from, std::int64_t n) { task_->compute_loaded(from, n); },
        [this](const LostItem& item) {
          task_->blank_loaded(item.position);
          constexpr std::size_t most_words = 2000;
          tell({.kind = FrameKind::lost_item, .run = {item.index, item.tries}},
               item.what.substr(0, most_words));
          return true;  // How many may be lost the root knows.
        });
  }

  Facts compute_measured(std::int64_t count) {
    comm_->outbox(root_rank).flush();
    Facts facts;
    facts.started = (now() - entered_).value();
    const Stopwatch watch;
    attempt_loaded(0, count);
    const Lap lap = watch.stop();
    facts.busy = lap.wall.value();
    if (lap.waited) facts.waited = lap.waited->value();
    if (lap.cpu) facts.cpu = lap.cpu->value();
    // Looking at memory and threads costs more than a short item: at the 1st, 2nd, 4th ...
    // measurement.
    ++measurements_;
    if ((measurements_ & (measurements_ - 1)) == 0) {
      if (const auto resident = resident_memory()) facts.resident = resident->value();
      facts.threads = 1 + std::max(0, thread_count() - threads_before_);
    }
    return facts;
  }

  /// Keeps the exception being handled, unless a lower item failed before.
  void keep_failure(std::int64_t index) {
    if (failure_.thrown && failure_.item <= index) return;
    failure_ = {index, std::current_exception()};
  }

  void report_failure(std::int64_t index, const std::string& what) {
    tell({.kind = FrameKind::failure, .run = {index, 1}}, what);
  }

  void tell(RecordHeader header, const std::string& what) {
    header.run_count = comm_->home_rank();
    const std::string text = comm_->host() + '\n' + what;
    ByteBuffer& out = comm_->outbox(root_rank).data();
    const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
    out.insert(out.end(), bytes, bytes + text.size());
    comm_->outbox(root_rank).send(header);
  }

  Communicator* comm_;
  Task* task_;
  PoliteWait wait_;
  Seconds entered_;
  CallTerms terms_;
  std::optional<StopSignal> signals_;
  int threads_before_;  ///< MPI's own helper threads among them.
  std::deque<Incoming> queue_;
  std::vector<Incoming> spare_;
  std::vector<Run> runs_;
  ComputeSlice slice_{Seconds(250e-6)};  ///< The root never waits for a look of ours.
  std::uint32_t measurements_ = 0;
  std::array<std::byte, short_chunk> short_{};
  std::int64_t untimed_items_ = 0;  ///< Chunks of so many items and fewer are timed one in eight.
  int untimed_ = 0;
  bool ran_dry_ = true;            ///< Had to wait for the chunk in work.
  std::optional<Seconds> packed_;  ///< When the last measured result was.
  bool cancelled_ = false;
  bool stopped_ = false;  ///< The stop or regroup frame is in the queue.
  OwnFailure failure_;
};

}  // namespace

Ending serve(Communicator& comm, Task& task) { return Worker(comm, task).serve(); }

}  // namespace mpisize
