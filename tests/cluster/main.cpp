// emulated_cluster: many hosts on one computer, for tests. See README.md in this folder.
//
// One process, the first of a process namespace, carries the packets between the hosts. When it
// ends, however it ends, the kernel ends all others in that namespace, and nothing is left.
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/program_options.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "cluster/hosts.hpp"
#include "cluster/switch.hpp"

namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;
using namespace mpisize::cluster;

constexpr int skip = 77;  ///< For ctest: this machine cannot.

struct Settings {
  std::size_t hosts = 4;
  Network network;
  int slots = 2;
  fs::path state;
  std::vector<fs::path> shared;
  int until = 0;
  std::chrono::minutes longest{60};
};

/// "200us", "1Gbit": a number and one of the units.
double with_unit(const std::string& text, const std::map<std::string, double>& units) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto unit = units.find(std::string(end, text.data() + text.size()));
  if (error != std::errc() || unit == units.end() || number < 0) {
    throw std::invalid_argument("\"" + text + "\" is no value; give such as 200us or 1Gbit");
  }
  return number * unit->second;
}
Nanoseconds time_from(const std::string& text) {
  return Nanoseconds(
      static_cast<std::int64_t>(with_unit(text, {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}})));
}
double rate_from(const std::string& text) {
  return with_unit(text, {{"Mbit", 1e6}, {"Gbit", 1e9}});
}

Settings settings_from(int argc, char** argv) {
  po::options_description all("emulated_cluster HOSTS [options]");
  Settings s;
  std::string latency = "50us";
  std::string rate = "10Gbit";
  std::string between;
  std::string uplink;
  std::size_t racks = 1;
  auto add = all.add_options();
  add("hosts", po::value(&s.hosts)->required());
  add("latency", po::value(&latency), "one way, such as 200us");
  add("rate", po::value(&rate), "of a host, such as 1Gbit");
  add("racks", po::value(&racks), "hosts are spread over as many");
  add("rack-latency", po::value(&between), "one way between racks; as --latency");
  add("uplink", po::value(&uplink), "rate of a rack; without limit");
  add("mtu", po::value(&s.network.mtu), "bytes");
  add("slots", po::value(&s.slots), "of a host in the hostfile");
  add("state", po::value(&s.state)->required(), "folder for the facts of this cluster");
  add("share", po::value(&s.shared), "folder under /tmp that all hosts see");
  add("until", po::value(&s.until), "process: the cluster goes when it does");
  po::positional_options_description first;
  first.add("hosts", 1);
  po::variables_map given;
  po::store(po::command_line_parser(argc, argv).options(all).positional(first).run(), given);
  po::notify(given);
  constexpr std::size_t most = 1024;
  if (s.hosts < 1 || s.hosts > most) throw std::invalid_argument("give 1 to 1024 hosts");
  if (racks < 1 || racks > s.hosts) throw std::invalid_argument("give 1 to HOSTS racks");
  s.network.latency = time_from(latency);
  s.network.bits_per_second = rate_from(rate);
  s.network.hosts_per_rack = static_cast<int>((s.hosts + racks - 1) / racks);
  s.network.latency_between_racks = between.empty() ? s.network.latency : time_from(between);
  if (!uplink.empty()) s.network.uplink_bits_per_second = rate_from(uplink);
  s.state = fs::absolute(s.state);
  s.shared.push_back(s.state);
  return s;
}

std::string address_of(std::size_t host) {
  return "10.77." + std::to_string((host + 1) / 256) + "." + std::to_string((host + 1) % 256);
}

void write_facts(const Settings& s) {
  std::ofstream names(s.state / "etc_hosts");
  names << "127.0.0.1 localhost\n";
  std::ofstream hostfile(s.state / "hostfile");
  for (std::size_t i = 0; i < s.hosts; ++i) {
    names << address_of(i) << ' ' << name_of_host(i) << '\n';
    hostfile << name_of_host(i) << " slots=" << s.slots << '\n';
  }
}

/// The first process of the namespace: hosts, then packets until the end.
void keep(const Settings& s, int until, int ready) {
  std::signal(SIGCHLD, SIG_IGN);  // Orphans are nobody else's.
  std::signal(SIGHUP, SIG_IGN);
  leave_mounts();
  std::vector<int> devices;
  std::ofstream holders(s.state / "holders");
  for (std::size_t i = 0; i < s.hosts; ++i) {
    const pid_t host = start_host(i, s.state / "etc_hosts", s.shared);
    holders << name_of_host(i) << ' ' << host << '\n';
    devices.push_back(open_device(i, host, s.network.mtu));
  }
  holders.close();
  // Packets are carried in time, whatever the ranks do meanwhile.
  setpriority(PRIO_PROCESS, 0, -20);
  prctl(PR_SET_TIMERSLACK, 1);
  Switch between(devices, s.network);
  forget_output();
  const char done = 1;
  (void)!write(ready, &done, 1);
  close(ready);
  const auto end = Clock::now() + s.longest;
  while (Clock::now() < end && !between.sleep_until(between.carry(), until)) {
  }
}

/// Returns in the caller when the hosts are up.
int start(const Settings& s) {
  fs::create_directories(s.state);
  write_facts(s);
  int until = -1;
  if (s.until > 0) {
    until = static_cast<int>(syscall(SYS_pidfd_open, s.until, 0));
    if (until < 0) fail("process " + std::to_string(s.until));
  }
  std::array<int, 2> ready{};
  if (pipe2(ready.data(), O_CLOEXEC) < 0) fail("pipe");
  const pid_t between = fork();
  if (between < 0) fail("fork");
  if (between == 0) {
    setsid();
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    if (unshare(CLONE_NEWPID) < 0) fail("unshare of the processes");
    const pid_t keeper = fork();
    if (keeper < 0) fail("fork");
    if (keeper > 0) {
      std::ofstream(s.state / "keeper") << keeper << '\n';
      _exit(0);
    }
    try {
      keep(s, until, ready[1]);
    } catch (const std::exception& error) {
      std::cerr << "emulated_cluster: " << error.what() << '\n';
    }
    _exit(1);
  }
  close(ready[1]);
  waitpid(between, nullptr, 0);
  char byte = 0;
  if (read(ready[0], &byte, 1) != 1) return skip;
  std::cout << "up: " << s.hosts << " hosts\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Settings settings = settings_from(argc, argv);
    if (geteuid() != 0) {
      std::cerr << "emulated_cluster: skipped: hosts need root\n";
      return skip;
    }
    return start(settings);
  } catch (const std::exception& error) {
    std::cerr << "emulated_cluster: " << error.what() << '\n';
    return 2;
  }
}
