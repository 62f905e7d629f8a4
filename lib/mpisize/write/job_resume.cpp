#include "mpisize/write/job_resume.hpp"

#include <fmt/format.h>

#include <cmath>

#include "mpisize/write/shell_quote.hpp"

namespace mpisize {

// mpirun and srun hand USR1 to the ranks, which end in order. On TERM mpirun kills them a second
// later: what is in the journal stays, items under way are lost.
std::string launch_and_requeue(const Resumption& resume, const std::string& launch) {
  constexpr const char* text = R"sh(journal={journal}
in_journal() {{ stat --format=%s,%Y -- "$journal" 2>/dev/null || true; }}
before=$(in_journal)
warned=
stopped=
# The ranks end in order; what takes longer than {stop} s is computed anew.
stop() {{
  warned=yes
  kill -USR1 "$ranks" 2>/dev/null || return 0
  stopped=yes
  (sleep {stop} && kill -TERM "$ranks") 2>/dev/null &
}}

{launch} &
ranks=$!
trap stop USR1
status=0
wait "$ranks" || status=$?
if [ -n "$warned" ]; then  # That ended the waiting, not the ranks.
  status=0
  wait "$ranks" || status=$?
fi
[ -n "$stopped" ]{done} || exit "$status"
if [ "$(in_journal)" = "$before" ]; then
  echo "$journal did not grow before the time limit, so the job is not put back into the queue" >&2
  exit 1
fi
exec scontrol requeue "$SLURM_JOB_ID")sh";
  const std::string done =
      resume.result ? fmt::format(" && [ ! -e {} ]", shell_quote(*resume.result)) : "";
  return fmt::format(fmt::runtime(text), fmt::arg("journal", shell_quote(resume.journal)),
                     fmt::arg("stop", std::ceil(resume.stop.value())), fmt::arg("done", done),
                     fmt::arg("launch", launch));
}

}  // namespace mpisize
