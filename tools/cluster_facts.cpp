#include "cluster_facts.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <span>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/hash.hpp"
#include "mpisize/write/json.hpp"
#include "mpisize/write/slurm_cluster.hpp"
#include "slurm_command.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

// getpwuid and getgrgid: this program has no other thread that could ask meanwhile.
std::string user_name() {
  const passwd* const entry = getpwuid(geteuid());  // NOLINT(concurrency-mt-unsafe)
  return entry == nullptr ? std::to_string(geteuid()) : entry->pw_name;
}

std::vector<std::string> group_names() {
  std::vector<gid_t> ids(static_cast<std::size_t>(std::max(0, getgroups(0, nullptr))));
  ids.resize(
      static_cast<std::size_t>(std::max(0, getgroups(static_cast<int>(ids.size()), ids.data()))));
  ids.push_back(getegid());
  std::vector<std::string> names;
  for (const gid_t id : ids) {
    const group* const entry = getgrgid(id);  // NOLINT(concurrency-mt-unsafe)
    if (entry != nullptr) names.emplace_back(entry->gr_name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// ---- the cache --------------------------------------------------------------------------------

/// Slurm's configuration as its commands find it; where it is in none of these places, the host.
std::string configuration() {
  const char* const variable = std::getenv("SLURM_CONF");
  for (const char* const path : {variable, "/etc/slurm/slurm.conf", "/etc/slurm-llnl/slurm.conf",
                                 "/run/slurm/conf/slurm.conf"}) {
    std::error_code none;
    if (path == nullptr || !fs::is_regular_file(path, none)) continue;
    try {
      return std::string(path) + "\n" + read_file(path);
    } catch (const InputError&) {
      continue;
    }
  }
  constexpr std::size_t longest = 256;
  std::string host(longest, '\0');
  gethostname(host.data(), host.size() - 1);
  host.resize(host.find('\0'));
  return host + "\n" + (variable == nullptr ? "" : variable);
}

/// Of this controller and this user.
std::optional<fs::path> cache_file() {
  const auto directory = cache_directory();
  if (!directory) return std::nullopt;
  const std::string key = fmt::format("{}\n{}", geteuid(), configuration());
  return *directory / fmt::format("cluster-{}.json",
                                  fingerprint_text(hash_bytes(std::as_bytes(std::span(key)))));
}

std::optional<ClusterFacts> in_cache(const fs::path& file) {
  std::error_code error;
  const auto written = fs::last_write_time(file, error);
  if (error) return std::nullopt;
  const Seconds age(
      std::chrono::duration<double>(fs::file_time_type::clock::now() - written).count());
  // A clock that was put back says nothing.
  if (age < Seconds(0) || age > cluster_facts_last) return std::nullopt;
  try {
    return ClusterFacts{cluster_from_json(read_file(file), file.string()), age};
  } catch (const InputError&) {
    return std::nullopt;
  }
}

// ---- Slurm ------------------------------------------------------------------------------------

std::string answer_to(const std::vector<std::string>& question) {
  const SlurmAnswer answer = ask_slurm(question);
  if (answer.fine()) return answer.output;
  throw InputError(
      fmt::format("Slurm's controller does not answer ({}: {}); see whether `scontrol ping` "
                  "finds it, or give facts that were saved before with --offline cluster.json",
                  question.front(), answer.reason()));
}

Cluster asked(const Talk& talk) {
  const Progress progress(talk, "asking Slurm");
  SlurmAnswers answers;
  answers.user = user_name();
  answers.groups = group_names();
  answers.config = answer_to(config_question());
  answers.partitions = answer_to(partitions_question());
  answers.nodes = answer_to(nodes_question());
  if (has_accounting(answers.config)) {
    // Jobs run without the database, too.
    const SlurmAnswer accounts = ask_slurm(associations_question(answers.user));
    if (accounts.fine()) answers.associations = accounts.output;
    if (!accounts.fine()) {
      warn(talk, fmt::format("accounts are not known: Slurm's accounting does not answer ({})",
                             accounts.reason()));
    }
  }
  return read_cluster(answers);
}

}  // namespace

ClusterFacts cluster_facts(const ClusterSource& source, const Talk& talk) {
  if (source.offline) {
    return {cluster_from_json(read_file(*source.offline), *source.offline), std::nullopt};
  }
  const auto file = cache_file();
  if (file && !source.ask_again) {
    if (auto facts = in_cache(*file)) return *facts;
  }
  ClusterFacts facts{asked(talk), std::nullopt};
  try {
    if (file) write_file(*file, to_json(facts.cluster));
  } catch (const InputError&) {
    // The cache only saves time.
  }
  return facts;
}

}  // namespace mpisize::tools
