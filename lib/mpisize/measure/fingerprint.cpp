#include "mpisize/measure/fingerprint.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <fstream>

#include <fmt/format.h>

namespace mpisize {
namespace {

/// Variables that choose or tune a transport. What mpirun itself sets for a job (orte, ess, pmix
/// ...) differs from run to run and is left out.
constexpr std::array<std::string_view, 14> transport_prefixes{"OMPI_MCA_pml",
                                                              "OMPI_MCA_btl",
                                                              "OMPI_MCA_bml",
                                                              "OMPI_MCA_mtl",
                                                              "OMPI_MCA_coll",
                                                              "OMPI_MCA_mpool",
                                                              "OMPI_MCA_rcache",
                                                              "OMPI_MCA_smsc",
                                                              "OMPI_MCA_mpi_yield_when_idle",
                                                              "OMPI_MCA_mpi_leave_pinned",
                                                              "UCX_",
                                                              "FI_",
                                                              "PSM2_",
                                                              "MPIR_CVAR_"};

bool chooses_transport(const std::string& name) {
  return std::any_of(transport_prefixes.begin(), transport_prefixes.end(),
                     [&](std::string_view prefix) { return name.rfind(prefix, 0) == 0; });
}

/// FNV-1a over texts, each closed by a zero byte so that "ab" "c" differs from "a" "bc".
class Hash {
 public:
  void add(std::string_view text) {
    for (const char c : text) add_byte(static_cast<unsigned char>(c));
    add_byte(0);
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  void add_byte(unsigned char byte) {
    constexpr std::uint64_t prime = 0x100000001b3U;
    value_ = (value_ ^ byte) * prime;
  }
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

/// "4.1.4" in "... v4.1.4, package ..."; empty if there is none.
std::string version_after(std::string_view text, std::size_t from) {
  while (from < text.size()) {
    const auto is_part = [&](std::size_t i) {
      return i < text.size() &&
             (std::isdigit(static_cast<unsigned char>(text[i])) != 0 || text[i] == '.');
    };
    if (std::isdigit(static_cast<unsigned char>(text[from])) == 0) {
      ++from;
      continue;
    }
    std::size_t to = from;
    while (is_part(to)) ++to;
    const std::string_view number = text.substr(from, to - from);
    if (number.find('.') != std::string_view::npos) return std::string(number);
    from = to;
  }
  return "";
}

}  // namespace

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind("model name", 0) != 0) continue;
    const auto colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "";
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "";
  const std::string full(name.data());
  return full.substr(0, full.find('.'));
}

std::string mpi_name(std::string_view version_text) {
  struct Implementation {
    std::string_view name;
    std::string_view sign;
  };
  constexpr std::array<Implementation, 6> known{{{"Open MPI", "Open MPI"},
                                                 {"Open MPI", "OpenRTE"},
                                                 {"IBM Spectrum MPI", "IBM Spectrum MPI"},
                                                 {"Intel MPI", "Intel(R) MPI"},
                                                 {"MPICH", "MPICH"},
                                                 {"MPICH", "HYDRA"}}};
  for (const auto& [name, sign] : known) {
    const auto at = version_text.find(sign);
    if (at == std::string_view::npos) continue;
    const std::string version = version_after(version_text, at);
    return version.empty() ? std::string(name) : std::string(name) + " " + version;
  }
  return std::string(version_text.substr(0, version_text.find('\n')));
}

std::string fingerprint(std::string_view host, const Topology& topology, std::string_view cpu,
                        std::string_view mpi, const Environment& environment) {
  Hash hash;
  hash.add(host);
  for (const int count :
       {topology.node.packages, topology.node.numa_nodes, topology.node.cores, topology.node.pus}) {
    hash.add(std::to_string(count));
  }
  hash.add(cpu);
  hash.add(mpi_name(mpi));
  for (const auto& [name, value] : environment) {
    if (!chooses_transport(name)) continue;
    hash.add(name);
    hash.add(value);
  }
  return fmt::format("{}-{:016x}", host, hash.value());
}

}  // namespace mpisize
