/// Hosts that share one kernel: namespaces of their own for network, name, shared memory, mounts.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace mpisize::cluster {

/// A system call failed; what() names it, what it was for, and why.
[[noreturn]] void fail(const std::string& what);

/// Whoever started us and reads what we say must not wait for our end.
void forget_output();

/// Makes this process's mounts private to it, with a /proc of its own process namespace.
void leave_mounts();

/// "n1", "n2" ...
[[nodiscard]] std::string name_of_host(std::size_t number);

/// Process that holds the namespaces of a new host: a name, a private /tmp and /dev/shm, hosts_file
/// as its /etc/hosts; what lies in `shared` folders under /tmp stays visible. It ends with us.
/// Ready when this returns.
[[nodiscard]] pid_t start_host(std::size_t number, const std::filesystem::path& hosts_file,
                               const std::vector<std::filesystem::path>& shared);

/// TUN device "mpi0" of the host, up, with address 10.77.H.L.
[[nodiscard]] int open_device(std::size_t number, pid_t host, int mtu);

}  // namespace mpisize::cluster
