/// What travels between root and workers.
///
/// A frame is one message of at most `frame_bytes` with one record or, where chunks are tiny, up to
/// `most_in_a_message`. A record is a header, the facts of a result, and the data if they fit.
/// Longer data follow as messages of their own whose size the record holds, so nobody probes. The
/// data of a work record are its runs (if there are several) and the packed items; of a result the
/// packed results; of a failure or stop a text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "mpisize/model/retry.hpp"
#include "mpisize/model/scatter_pattern.hpp"
#include "mpisize/model/work_list.hpp"

namespace mpisize {

enum class FrameKind : std::uint8_t {
  work,       ///< To a worker: compute a chunk.
  terms,      ///< To a worker: what holds for this call; the payload is CallTerms.
  open_sink,  ///< To a worker: open the indexed sink, a collective call; `run.count` items a chunk.
  flush,      ///< To a worker: flush the indexed sink, a collective call.
  recall,     ///< To a worker: give back the chunks that are queued and not begun.
  regroup,    ///< To a worker: serve a sub-root from here on, or be one; the payload is Regrouping.
  tally,      ///< To a sub-root: tell what the ranks behind it did.
  echo,       ///< To a worker: send the payload back, nothing else.
  cancel,     ///< To a worker: drop what is queued and acknowledge.
  stop,       ///< To a worker: the call ends here.
  result,     ///< To the root: a computed chunk, or an echo.
  failure,    ///< To the root: the kernel threw; the payload says what.
  lost_item,  ///< To the root: an item failed for good, its chunk goes on; the payload says what.
  recalled,   ///< To the root: so many chunks, `run.count`, come back uncomputed.
  tallied,    ///< To the root: RankTally of some ranks; of `run.count` more ranks it follows.
  cancelled   ///< To the root: nothing more comes.
};

/// Why the root ends a call.
enum class StopReason : std::uint8_t {
  done,           ///< The text is the report.
  prepared,       ///< The text is the plan.
  profiled,       ///< The program ends here: MPISIZE_PROFILE.
  kernel_failed,  ///< The text is the failure.
  invalid,        ///< The text says which option.
  infeasible,     ///< The text says which limit.
  broken          ///< The text says what else went wrong at the root.
};

/// Short: with MPI's own header and a small item or result a record takes one cache line of shared
/// memory.
struct RecordHeader {
  FrameKind kind = FrameKind::work;
  StopReason reason = StopReason::done;  ///< stop
  bool measured = false;                 ///< work: time it thoroughly; result: it was.
  bool data_follows = false;             ///< The data come in messages of their own.
  /// work: runs; result: chunks sent before it that are not back yet; failure, lost_item: the rank.
  std::int32_t run_count = 0;
  std::int32_t body = 0;  ///< Bytes of the record after this header.
  bool written = false;   ///< work: the results go to the indexed sink from there.
  Run run{};  ///< work: the only run; failure: the failing item; lost_item: and its tries.
};

/// Bytes of the header that a frame carries: no result names its run, the root knows it.
[[nodiscard]] constexpr std::size_t header_bytes(FrameKind kind) {
  return kind == FrameKind::result ? offsetof(RecordHeader, run) : sizeof(RecordHeader);
}

/// What holds for a call, unless it is this.
struct CallTerms {
  RetryPolicy retry{};
  bool keep_going = false;       ///< Items that fail for good are told, and their chunk goes on.
  bool outlive_signals = false;  ///< SIGTERM and SIGUSR1 end the call in order: the root's affair.
  friend bool operator==(const CallTerms&, const CallTerms&) = default;
};
static_assert(std::is_trivially_copyable_v<CallTerms>);

/// Who serves whom for the rest of a call.
struct Regrouping {
  std::int32_t ranks = 1;  ///< That take part: the first of the communicator.
  SubRoots sub_roots{};
};
static_assert(std::is_trivially_copyable_v<Regrouping>);

/// What one rank behind a sub-root did.
struct RankTally {
  std::int64_t rank = 0;
  std::int64_t items = 0;
  std::int64_t chunks = 0;
  double busy = 0;  ///< Seconds.
};
static_assert(std::is_trivially_copyable_v<RankTally>);

/// What a worker tells of a chunk. Of one that was not measured only `busy` is sent.
struct Facts {
  double busy = 0;             ///< Seconds in the kernel.
  double packing = 0;          ///< Seconds unpacking items and packing results.
  double waited = -1;          ///< Seconds without a core; -1: not known.
  double turn = -1;            ///< Seconds since the chunk before, if this one was queued; else -1.
  double cpu = -1;             ///< Seconds of CPU; -1: not known.
  double started = 0;          ///< Seconds since the worker entered the call.
  std::int64_t resident = -1;  ///< Bytes; -1: not looked at.
  std::int32_t threads = -1;   ///< Since the call began, the caller included; -1: not looked at.
};

/// Bytes of Facts that a frame carries.
[[nodiscard]] constexpr std::size_t facts_bytes(const RecordHeader& header) {
  if (header.kind != FrameKind::result) return 0;
  return header.measured ? sizeof(Facts) : sizeof(Facts::busy);
}
static_assert(offsetof(Facts, busy) == 0);
static_assert(sizeof(RecordHeader) == offsetof(RecordHeader, run) + sizeof(Run));

/// Below every eager limit that Open MPI ships (4,096 with its own header).
inline constexpr std::size_t frame_bytes = 3968;
inline constexpr std::size_t most_body_bytes = frame_bytes - sizeof(RecordHeader);

using Frame = std::array<std::byte, frame_bytes>;

inline constexpr int frame_tag = 1;
inline constexpr int payload_tag = 2;

/// MPI 3.1 counts are int: longer payloads travel in pieces.
inline constexpr std::int64_t piece_bytes = std::int64_t{1} << 30;

}  // namespace mpisize
