#include "mpisize/measure/hwloc_topology.hpp"

#include <hwloc.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/grant.hpp"

namespace mpisize {
namespace {

struct DestroyTopology {
  void operator()(hwloc_topology* t) const { hwloc_topology_destroy(t); }
};
using Handle = std::unique_ptr<hwloc_topology, DestroyTopology>;

struct FreeBitmap {
  void operator()(hwloc_bitmap_s* b) const { hwloc_bitmap_free(b); }
};
using Bitmap = std::unique_ptr<hwloc_bitmap_s, FreeBitmap>;

Handle new_topology() {
  hwloc_topology* t = nullptr;
  if (hwloc_topology_init(&t) != 0) throw std::runtime_error("hwloc cannot start");
  Handle topology(t);
  // PUs outside the cpuset are part of the hardware; what is not counted here is not looked for.
  hwloc_topology_set_flags(t, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
  hwloc_topology_set_all_types_filter(t, HWLOC_TYPE_FILTER_KEEP_NONE);
  for (const auto type : {HWLOC_OBJ_PACKAGE, HWLOC_OBJ_CORE}) {
    hwloc_topology_set_type_filter(t, type, HWLOC_TYPE_FILTER_KEEP_ALL);
  }
  return topology;
}

Handle load_this_machine() {
  Handle topology = new_topology();
  if (hwloc_topology_load(topology.get()) != 0) {
    throw std::runtime_error("hwloc cannot read the topology of this machine");
  }
  return topology;
}

int count(const Handle& topology, hwloc_obj_type_t type) {
  return std::max(0, hwloc_get_nbobjs_by_type(topology.get(), type));
}

NodeShape shape_of(const Handle& topology) {
  NodeShape shape;
  shape.packages = std::max(1, count(topology, HWLOC_OBJ_PACKAGE));
  shape.numa_nodes = std::max(1, count(topology, HWLOC_OBJ_NUMANODE));
  shape.pus = std::max(1, count(topology, HWLOC_OBJ_PU));
  const int cores = count(topology, HWLOC_OBJ_CORE);
  shape.cores = cores > 0 ? cores : shape.pus;  // some virtual machines do not tell
  const hwloc_uint64_t memory = hwloc_get_root_obj(topology.get())->total_memory;
  if (memory > 0) shape.memory = Bytes(static_cast<std::int64_t>(memory));
  return shape;
}

CpuCount count_in(const Handle& topology, hwloc_const_bitmap_t set) {
  const auto within = [&](hwloc_obj_type_t type) {
    int number = 0;
    for (hwloc_obj* o = nullptr;
         (o = hwloc_get_next_obj_by_type(topology.get(), type, o)) != nullptr;) {
      if (hwloc_bitmap_intersects(o->cpuset, set) != 0) ++number;
    }
    return number;
  };
  const int pus = within(HWLOC_OBJ_PU);
  const int cores = within(HWLOC_OBJ_CORE);
  return {cores > 0 ? cores : pus, pus};
}

CpuCount allowed_by_cpuset(const Handle& topology) {
  return count_in(topology, hwloc_topology_get_allowed_cpuset(topology.get()));
}

Bitmap bitmap_of(const std::vector<int>& pus) {
  Bitmap set(hwloc_bitmap_alloc());
  for (const int pu : pus) hwloc_bitmap_set(set.get(), static_cast<unsigned>(pu));
  return set;
}

InputError unreadable(std::string_view description, const char* why) {
  return InputError("topology '" + std::string(description) + "' " + why);
}

/// Takes "node:N" off the front; 1 without it.
int take_nodes(std::string_view& description) {
  constexpr std::string_view word = "node:";
  if (description.substr(0, word.size()) != word) return 1;
  const std::string_view all = description;
  description.remove_prefix(word.size());
  int nodes = 0;
  const auto [end, error] =
      std::from_chars(description.data(), description.data() + description.size(), nodes);
  description.remove_prefix(static_cast<std::size_t>(end - description.data()));
  if (error != std::errc() || nodes < 1 || description.substr(0, 1) != " ") {
    throw unreadable(all,
                     "needs a number of nodes, at least 1, and the hardware of one, like "
                     "'node:4 package:2 core:8 pu:1'");
  }
  description.remove_prefix(std::min(description.find_first_not_of(' '), description.size()));
  return nodes;
}

}  // namespace

std::vector<int> affinity_pus() {
  // The kernel refuses sets smaller than its own: try larger ones.
  for (int most = 1024; most <= 1 << 20; most *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(
        CPU_ALLOC(static_cast<unsigned>(most)), [](cpu_set_t* s) { CPU_FREE(s); });
    const std::size_t size = CPU_ALLOC_SIZE(static_cast<unsigned>(most));
    if (sched_getaffinity(0, size, set.get()) == 0) {
      std::vector<int> pus;
      for (int pu = 0; pu < most; ++pu) {
        if (CPU_ISSET_S(static_cast<unsigned>(pu), size, set.get())) pus.push_back(pu);
      }
      return pus;
    }
    if (errno != EINVAL) break;
  }
  throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
}

Topology read_topology() { return read_topology(affinity_pus()); }

Topology read_topology(const std::vector<int>& pus) {
  const Handle handle = load_this_machine();
  Topology topology;
  topology.node = shape_of(handle);
  // HWLOC_XMLFILE and HWLOC_SYNTHETIC show hwloc another machine: our limits are not its limits.
  if (hwloc_topology_is_thissystem(handle.get()) == 0) {
    topology.grant = narrow(topology.node, {"", {}, allowed_by_cpuset(handle), std::nullopt});
    return topology;
  }
  const GrantSources sources{"/", current_environment(), allowed_by_cpuset(handle),
                             count_in(handle, bitmap_of(pus).get())};
  topology.nodes = read_slurm(sources.environment).nodes.value_or(1);
  topology.grant = narrow(topology.node, sources);
  return topology;
}

Topology topology_from(std::string_view description) {
  Topology topology;
  std::string_view hardware = description;
  topology.nodes = take_nodes(hardware);
  const std::string text(hardware);
  const Handle handle = new_topology();
  std::error_code none;
  const bool is_file = std::filesystem::exists(text, none) || text.find('/') != std::string::npos ||
                       text.ends_with(".xml");
  if (is_file) {
    if (!std::filesystem::is_regular_file(text, none)) {
      throw unreadable(description,
                       "is not a file; give a file written by lstopo or a list like "
                       "'package:2 numa:2 core:8 pu:2'");
    }
    if (hwloc_topology_set_xml(handle.get(), text.c_str()) != 0 ||
        hwloc_topology_load(handle.get()) != 0) {
      throw unreadable(description,
                       "is not an hwloc XML file; write one with 'lstopo machine.xml'");
    }
  } else if (hwloc_topology_set_synthetic(handle.get(), text.c_str()) != 0 ||
             hwloc_topology_load(handle.get()) != 0) {
    throw unreadable(description,
                     "is neither a file nor a list that hwloc understands; give "
                     "something like 'package:2 numa:2 core:8 pu:2'");
  }
  topology.node = shape_of(handle);
  // hwloc makes up 1 GiB per NUMA node where the list does not say.
  if (!is_file && text.find("memory=") == std::string::npos) topology.node.memory.reset();
  topology.grant = narrow(topology.node, {"", {}, allowed_by_cpuset(handle), std::nullopt});
  return topology;
}

std::vector<Level> levels_between(const std::vector<int>& here,
                                  std::span<const std::vector<int>> others) {
  const Handle topology = load_this_machine();
  const auto holds = [&](hwloc_obj_type_t type, hwloc_const_bitmap_t set) {
    for (hwloc_obj* o = nullptr;
         (o = hwloc_get_next_obj_by_type(topology.get(), type, o)) != nullptr;) {
      if (hwloc_bitmap_isincluded(set, o->cpuset) != 0) return true;
    }
    return false;
  };
  std::vector<Level> levels;
  for (const auto& there : others) {
    const Bitmap both = bitmap_of(here);
    const Bitmap other = bitmap_of(there);
    hwloc_bitmap_or(both.get(), both.get(), other.get());
    if (holds(HWLOC_OBJ_NUMANODE, both.get())) {
      levels.push_back(Level::same_numa_node);
    } else {
      levels.push_back(holds(HWLOC_OBJ_PACKAGE, both.get()) ? Level::same_package
                                                            : Level::same_node);
    }
  }
  return levels;
}

}  // namespace mpisize
