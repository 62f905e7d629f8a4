#include "cluster/hosts.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace mpisize::cluster {
namespace {

namespace fs = std::filesystem;

constexpr const char* device_name = "mpi0";

/// A file descriptor that is closed at the end.
class File {
 public:
  File(int fd, const std::string& what) : fd_(fd) {
    if (fd < 0) fail(what);
  }
  ~File() { close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

void require(int status, const std::string& what) {
  if (status < 0) fail(what);
}

bool under_tmp(const fs::path& path) {
  const fs::path below = path.lexically_relative("/tmp");
  return !below.empty() && *below.begin() != "..";
}

/// A /tmp of its own, in which the shared folders are seen as before.
void replace_tmp(const std::vector<fs::path>& shared) {
  const fs::path aside = "/mnt";
  require(mount("none", aside.c_str(), "tmpfs", 0, "mode=1777"), "mount of a private /tmp");
  for (const fs::path& folder : shared) {
    if (!under_tmp(folder)) continue;
    const fs::path there = aside / folder.lexically_relative("/tmp");
    fs::create_directories(there);
    require(mount(folder.c_str(), there.c_str(), nullptr, MS_BIND | MS_REC, nullptr),
            "mount of " + folder.string());
  }
  require(mount(aside.c_str(), "/tmp", nullptr, MS_MOVE, nullptr), "move of the private /tmp");
}

[[noreturn]] void hold(std::size_t number, const fs::path& hosts_file,
                       const std::vector<fs::path>& shared, int ready) {
  try {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    require(unshare(CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS), "unshare of a host");
    const std::string name = name_of_host(number);
    require(sethostname(name.c_str(), name.size()), "sethostname");
    require(mount("none", "/dev/shm", "tmpfs", 0, "mode=1777"), "mount of /dev/shm");
    require(mount(hosts_file.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr),
            "mount of /etc/hosts");
    replace_tmp(shared);
    forget_output();
    const char done = 1;
    require(static_cast<int>(write(ready, &done, 1)), "write");
    for (;;) pause();
  } catch (const std::exception& error) {
    (void)!write(STDERR_FILENO, error.what(), std::strlen(error.what()));
    (void)!write(STDERR_FILENO, "\n", 1);
  }
  _exit(1);
}

ifreq request_for(const char* name) {
  ifreq request{};
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  return request;
}

void bring_up(const File& socket, const char* name) {
  ifreq request = request_for(name);
  require(ioctl(socket.get(), SIOCGIFFLAGS, &request), "flags of a device");
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  require(ioctl(socket.get(), SIOCSIFFLAGS, &request), "bringing a device up");
}

void set_address(const File& socket, unsigned long what, const std::string& address) {
  ifreq request = request_for(device_name);
  sockaddr_in ip{};
  ip.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &ip.sin_addr);
  std::memcpy(&request.ifr_addr, &ip, sizeof ip);
  require(ioctl(socket.get(), what, &request), "address " + address);
}

/// Settings of TCP that a long idle time or an earlier connection must not change.
void set_tcp() {
  const std::string folder = "/proc/sys/net/ipv4/";
  std::ofstream(folder + "tcp_congestion_control") << "reno";
  std::ofstream(folder + "tcp_slow_start_after_idle") << "0";
  std::ofstream(folder + "tcp_no_metrics_save") << "1";
}

}  // namespace

void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void forget_output() {
  const File nothing(open("/dev/null", O_RDWR | O_CLOEXEC), "/dev/null");
  dup2(nothing.get(), STDIN_FILENO);
  dup2(nothing.get(), STDOUT_FILENO);
  dup2(nothing.get(), STDERR_FILENO);
}

void leave_mounts() {
  require(unshare(CLONE_NEWNS), "unshare of the mounts");
  require(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts");
  require(mount("proc", "/proc", "proc", 0, nullptr), "mount of /proc");
}

std::string name_of_host(std::size_t number) { return "n" + std::to_string(number + 1); }

pid_t start_host(std::size_t number, const fs::path& hosts_file,
                 const std::vector<fs::path>& shared) {
  std::array<int, 2> ready{};
  require(pipe2(ready.data(), O_CLOEXEC), "pipe");
  const pid_t host = fork();
  require(host, "fork");
  if (host == 0) hold(number, hosts_file, shared, ready[1]);
  close(ready[1]);
  const File answer(ready[0], "pipe");
  char byte = 0;
  if (read(answer.get(), &byte, 1) != 1) {
    throw std::runtime_error("host " + name_of_host(number) + " could not be set up");
  }
  return host;
}

int open_device(std::size_t number, pid_t host, int mtu) {
  const File ours(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "our network");
  const std::string path = "/proc/" + std::to_string(host) + "/ns/net";
  const File theirs(open(path.c_str(), O_RDONLY | O_CLOEXEC), path);
  require(setns(theirs.get(), CLONE_NEWNET), "setns");
  const int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  require(device, "/dev/net/tun");
  ifreq request = request_for(device_name);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  require(ioctl(device, TUNSETIFF, &request), "TUN device");
  const File socket_in_host(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  request = request_for(device_name);
  request.ifr_mtu = mtu;
  require(ioctl(socket_in_host.get(), SIOCSIFMTU, &request), "MTU");
  request = request_for(device_name);
  request.ifr_qlen = 1000;
  require(ioctl(socket_in_host.get(), SIOCSIFTXQLEN, &request), "length of the queue");
  const std::size_t address = number + 1;
  set_address(socket_in_host, SIOCSIFADDR,
              "10.77." + std::to_string(address / 256) + "." + std::to_string(address % 256));
  set_address(socket_in_host, SIOCSIFNETMASK, "255.255.0.0");
  bring_up(socket_in_host, device_name);
  bring_up(socket_in_host, "lo");
  set_tcp();
  require(setns(ours.get(), CLONE_NEWNET), "setns back");
  return device;
}

}  // namespace mpisize::cluster
