#include "forced.hpp"

#include <sstream>

namespace bench {

using mpisize::Schedule;

Choices choices_of(const mpisize::Plan& plan) {
  if (plan.verdict == mpisize::Verdict::serial || plan.layout.ranks() == 1) return {};
  const mpisize::ScatterPattern& p = plan.pattern;
  if (p.schedule == Schedule::static_block) {
    return {plan.layout.ranks(), p.schedule, 1, 1, p.root_computes};
  }
  return {plan.layout.ranks(), p.schedule, p.chunk, p.queued, p.root_computes};
}

mpisize::Options forced(const Choices& choices) {
  mpisize::Options options;
  options.ranks = choices.ranks;
  if (choices.ranks == 1) return options;
  options.schedule = choices.schedule;
  options.root_computes = choices.root_computes;
  if (choices.schedule != Schedule::static_block) {
    options.chunk = choices.chunk;
    options.queued = choices.queued;
  }
  return options;
}

std::string words(const Choices& choices) {
  if (choices.ranks == 1) return "serial";
  std::ostringstream text;
  text << choices.ranks << " ranks, " << name_of(choices.schedule);
  if (choices.schedule != Schedule::static_block) {
    text << " " << choices.chunk << " x " << choices.queued;
  }
  text << (choices.root_computes ? ", root computes" : ", root serves");
  return text.str();
}

}  // namespace bench
