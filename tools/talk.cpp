#include "talk.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

namespace mpisize::tools {
namespace {

bool is_set(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

/// One write, so that lines of several processes do not mix. A closed stderr is no error of ours.
void put(std::string_view text) {
  [[maybe_unused]] const ssize_t told = write(STDERR_FILENO, text.data(), text.size());
}

void label_line(const Talk& talk, std::string_view colour, std::string_view label,
                std::string_view sentence) {
  if (talk.colour) {
    put(fmt::format("mpisize: \x1b[{}m{}:\x1b[0m {}\n", colour, label, sentence));
  } else {
    put(fmt::format("mpisize: {}: {}\n", label, sentence));
  }
}

}  // namespace

Talk talk_here(bool quiet) {
  const char* const kind = std::getenv("TERM");
  const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";
  const bool terminal = isatty(STDERR_FILENO) == 1 && !dumb;
  return {quiet, terminal, terminal && !is_set("NO_COLOR")};
}

void say(const Talk& talk, std::string_view text) {
  if (!talk.quiet) put(text);
}

void say_error(const Talk& talk, std::string_view sentence) {
  label_line(talk, "1;31", "error", sentence);
}

void warn(const Talk& talk, std::string_view sentence) {
  if (!talk.quiet) label_line(talk, "1;33", "warning", sentence);
}

void note(const Talk& talk, std::string_view sentence) {
  if (!talk.quiet) label_line(talk, "1;36", "note", sentence);
}

struct Progress::State {
  std::string label;
  std::optional<Seconds> at_most;
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::thread thread;

  /// What stands before the label.
  [[nodiscard]] std::string picture(std::size_t turn, double gone) const {
    constexpr std::array<const char*, 4> faces{"|", "/", "-", "\\"};
    if (!at_most) return faces[turn % faces.size()];
    constexpr double width = 20;
    const double share = std::min(1.0, gone / std::max(at_most->value(), 1e-3));
    const auto full = static_cast<std::size_t>(share * width);
    return fmt::format("[{}{}] {:3.0f} %", std::string(full, '#'),
                       std::string(static_cast<std::size_t>(width) - full, '.'), 100 * share);
  }

  void show() {
    const auto start = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex);
    for (std::size_t turn = 0; !done; ++turn) {
      const std::chrono::duration<double> gone = std::chrono::steady_clock::now() - start;
      put(fmt::format("\r\x1b[K{} {} {:.0f} s", picture(turn, gone.count()), label, gone.count()));
      changed.wait_for(lock, std::chrono::milliseconds(125), [this] { return done; });
    }
    put("\r\x1b[K");
  }
};

Progress::Progress(const Talk& talk, std::string label, std::optional<Seconds> at_most) {
  if (talk.quiet || !talk.terminal) return;
  state_ = std::make_unique<State>();
  state_->label = std::move(label);
  state_->at_most = at_most;
  // The thread takes no signals: those are the main thread's, which passes them on to a child.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  state_->thread = std::thread([state = state_.get()] { state->show(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Progress::~Progress() {
  if (!state_) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->done = true;
  }
  state_->changed.notify_one();
  state_->thread.join();
}

}  // namespace mpisize::tools
