/// What an entry point of the layer stands before: the definition that would have been called
/// without the layer.
#pragma once

#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace mpisize::profile {

/// Looked up once. Another profiling library that was preloaded after ours is called in turn.
template <class Function>
class Next {
 public:
  explicit constexpr Next(const char* name) : name_(name) {}

  Function operator()() {
    void* found = found_.load(std::memory_order_relaxed);
    if (found == nullptr) [[unlikely]]
      found = find();
    return reinterpret_cast<Function>(found);
  }

 private:
  [[gnu::noinline]] void* find() {
    void* const found = dlsym(RTLD_NEXT, name_);
    if (found == nullptr) {
      // Nobody can call what no library defines, unless the library was opened privately.
      constexpr const char* words =
          "mpisize: there is no MPI library behind the profiling layer for ";
      static_cast<void>(!write(STDERR_FILENO, words, std::strlen(words)));
      static_cast<void>(!write(STDERR_FILENO, name_, std::strlen(name_)));
      static_cast<void>(!write(STDERR_FILENO, "\n", 1));
      std::abort();
    }
    found_.store(found, std::memory_order_relaxed);
    return found;
  }

  const char* name_;
  std::atomic<void*> found_{nullptr};
};

}  // namespace mpisize::profile
