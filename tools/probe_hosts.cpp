#include "probe_hosts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <optional>

#include "errors.hpp"
#include "helpers.hpp"
#include "host_list.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/fingerprint.hpp"
#include "mpisize/measure/hwloc_topology.hpp"
#include "mpisize/measure/launch_probe.hpp"
#include "mpisize/measure/machine_cache.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/write/json.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

using Words = std::vector<std::string>;

constexpr Seconds probe_budget{6};
/// A link that goes down meanwhile makes mpirun wait for ever.
constexpr Seconds longest_probe{30};
constexpr Seconds longest_look{10};
constexpr Seconds grace{2};

/// Ranks on each host: on every level of the first host, and at least two for its port.
int ranks_per_host() {
  const int numa_nodes = read_topology().node.numa_nodes;
  return numa_nodes > 1 ? numa_nodes + 1 : 2;
}

/// mpirun up to the program. Daemons on hosts that lose us end by themselves.
Words mpirun_on(const Words& hosts, int per_host) {
  return {"mpirun",
          "--host",
          host_slots(hosts, per_host),
          "--map-by",
          fmt::format("ppr:{}:node", per_host),
          "--mca",
          "oob_tcp_keepalive_time",
          "5",
          "--mca",
          "oob_tcp_keepalive_intvl",
          "2",
          "--mca",
          "oob_tcp_keepalive_probes",
          "3"};
}

/// What a started command left.
struct Ended {
  ChildRun run;
  std::string output;
  std::string errors;
  [[nodiscard]] bool fine() const { return !run.timed_out && run.exit_code() == 0; }
};

Ended started(Words argv, const Words& program, Seconds longest) {
  const TemporaryDirectory directory;
  Command command;
  command.argv = std::move(argv);
  command.argv.insert(command.argv.end(), program.begin(), program.end());
  command.output = directory.file("stdout");
  command.errors = directory.file("stderr");
  command.input = false;
  command.timeout = longest;
  command.grace = grace;
  Ended ended;
  ended.run = run(command);
  if (ended.run.passed_on) throw Interrupted(*ended.run.passed_on);
  ended.output = read_file(directory.file("stdout"));
  ended.errors = read_file(directory.file("stderr"));
  return ended;
}

/// The line of `words` that tells most: the remote shell's own, or mpirun's.
std::string reason_of(const Ended& ended) {
  if (ended.run.timed_out) {
    return fmt::format("it did not answer within {:.0f} s", longest_look.value());
  }
  std::size_t from = 0;
  while (from < ended.errors.size()) {
    const std::size_t to = std::min(ended.errors.find('\n', from), ended.errors.size());
    const std::string line = ended.errors.substr(from, to - from);
    for (const char* const sign :
         {"ssh:", "connect to host", "ot resolve", "Permission denied", "not found"}) {
      if (line.find(sign) != std::string::npos) return line;
    }
    from = to + 1;
  }
  // The remote shell was content.
  for (const char* const sign : {"unable to complete a TCP", "unable to reliably start"}) {
    if (ended.errors.find(sign) != std::string::npos) {
      return "nothing comes back from it: its link is down, a firewall is in between, or it lacks "
             "Open MPI";
    }
  }
  return explain_mpirun(ended.errors);
}

Host unreachable(const std::string& name, const std::string& why) {
  Host host;
  host.name = name;
  host.usable = false;
  host.findings = {why};
  return host;
}

/// Hosts that answer one by one, with the MPI of this one; the others go to `lost`.
Words those_that_answer(const Words& hosts, std::vector<Host>& lost, const Talk& talk) {
  const Progress progress(talk, "looking for the host that does not answer");
  Words answer;
  std::optional<std::string> version;
  for (const std::string& host : hosts) {
    const Ended ended = started(mpirun_on({host}, 1),
                                {helper("mpisize-probe").string(), "--version"}, longest_look);
    if (!ended.fine()) {
      lost.push_back(unreachable(host, fmt::format("cannot be used: {}", reason_of(ended))));
      continue;
    }
    if (!version) version = ended.output;
    if (ended.output != *version) {
      lost.push_back(
          unreachable(host, other_mpi(mpi_name(ended.output), answer.front(), mpi_name(*version))));
      continue;
    }
    answer.push_back(host);
  }
  return answer;
}

/// The machine as the helper measured it, or empty if the hosts did not get through it.
std::optional<Machine> measured_on(const Words& hosts, const Talk& talk, Ended& ended) {
  const Progress progress(talk, fmt::format("measuring {} hosts and their links", hosts.size()),
                          probe_budget);
  ended =
      started(mpirun_on(hosts, ranks_per_host()),
              {helper("mpisize-probe").string(), "--hosts", fmt::format("{}", probe_budget.value()),
               fmt::format("{:.0f}", longest_probe.value())},
              longest_probe);
  if (!ended.fine()) return std::nullopt;
  // Other programs of the hosts may have said something on stdout before.
  const auto begin = ended.output.find("{\n");
  if (begin == std::string::npos) return std::nullopt;
  return machine_from_json(std::string_view(ended.output).substr(begin),
                           "what mpisize-probe wrote");
}

/// Fixed, per rank, and per node from launches on all hosts.
Launch launch_on(const Words& hosts, const Talk& talk) {
  const Progress progress(talk, "measuring launch cost");
  const int per_host = ranks_per_host();
  const std::string empty = helper("mpisize-empty").string();
  Words one = mpirun_on({hosts.front()}, per_host);
  one.erase(std::find(one.begin(), one.end(), "--map-by"),
            std::find(one.begin(), one.end(), "--mca"));
  Launch launch = probe_launch(one, empty, {1, per_host}, Seconds(1));
  if (hosts.size() < 2) return launch;
  std::vector<Seconds> per_node;
  constexpr int rounds = 3;
  for (int i = 0; i < rounds; ++i) {
    const Ended ended = started(mpirun_on(hosts, per_host), {empty}, longest_look);
    if (!ended.fine()) return launch;
    const auto ranks = static_cast<double>(hosts.size()) * per_host;
    const Seconds rest = ended.run.wall - launch.fixed.value - launch.per_rank.value * ranks;
    per_node.push_back(std::max(Seconds(0), rest / static_cast<double>(hosts.size() - 1)));
  }
  std::sort(per_node.begin(), per_node.end());
  launch.per_node = measured(per_node[rounds / 2], per_node.front(), per_node.back());
  return launch;
}

/// The shape that most usable hosts have, and how many there are.
Topology common_topology(const std::vector<Host>& hosts) {
  Topology common;
  std::ptrdiff_t most = 0;
  int usable = 0;
  for (const Host& h : hosts) {
    if (!h.usable) continue;
    ++usable;
    const auto alike = std::count_if(hosts.begin(), hosts.end(), [&h](const Host& other) {
      return other.usable && other.topology.grant.pus == h.topology.grant.pus &&
             other.topology.node.cores == h.topology.node.cores;
    });
    if (alike <= most) continue;
    most = alike;
    common = h.topology;
  }
  common.nodes = std::max(1, usable);
  // The least memory of any: a plan must fit all.
  for (const Host& h : hosts) {
    if (h.usable && h.topology.grant.memory && common.grant.memory) {
      common.grant.memory = std::min(*common.grant.memory, *h.topology.grant.memory);
    }
  }
  return common;
}

std::string_view what_plans_do(const Host& host) {
  if (!host.usable) return "; plans leave it out";
  return host.speed < slow_host_speed ? "; plans weigh it" : "";
}

}  // namespace

Machine measure_hosts(const Words& wanted, const Talk& talk) {
  Words hosts = wanted;
  std::vector<Host> lost;
  Ended ended;
  std::optional<Machine> machine = measured_on(hosts, talk, ended);
  if (!machine) {
    const Ended first = ended;
    hosts = those_that_answer(wanted, lost, talk);
    if (hosts.empty()) {
      throw InputError(fmt::format("none of the {} hosts can be used: {}: {}", wanted.size(),
                                   lost.front().name, lost.front().findings.front()));
    }
    // All answer, one by one: it is the way between them, or it was a moment's trouble.
    machine = measured_on(hosts, talk, ended);
    if (!machine) {
      throw InputError(fmt::format(
          "{} answer one by one, but not together: {}; look at the network between them",
          fmt::join(hosts, ", "),
          ended.run.timed_out ? fmt::format("nothing came within {:.0f} s", longest_probe.value())
                              : explain_mpirun(ended.errors)));
    }
    if (lost.empty()) {
      warn(talk,
           fmt::format("the first attempt failed ({}), the second did not",
                       first.run.timed_out ? "it took too long" : explain_mpirun(first.errors)));
    }
  }
  machine->hosts.insert(machine->hosts.end(), lost.begin(), lost.end());
  machine->host = hosts.front();
  machine->topology = common_topology(machine->hosts);
  machine->launch = launch_on(hosts, talk);
  machine->fingerprint = fingerprint(machine->host, machine->topology, cpu_model(), machine->mpi,
                                     current_environment());
  keep_hosts(*machine);
  for (const Host& host : machine->hosts) {
    for (const std::string& finding : host.findings) {
      warn(talk, fmt::format("{}: {}{}", host.name, finding, what_plans_do(host)));
    }
  }
  return *machine;
}

}  // namespace mpisize::tools
