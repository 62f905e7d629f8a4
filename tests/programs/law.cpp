#include "law.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

struct Law {
  std::map<std::string, double> values;
  std::vector<char> memory;
  double phases = 0;
  double seconds = 0;
  double late = 0;
};

namespace {

std::map<std::string, double> defaults() {
  return {{"work", 1},      {"steps", 10},      {"weak", 0},          {"serial", 0},
          {"imbalance", 0}, {"growth", 0},      {"bytes", 8},         {"every", 1},
          {"cells", 64},    {"dims", 1},        {"startup", 0},       {"iterations", 20000000},
          {"memory", 0},    {"memory-each", 0}, {"fail-at-ranks", 0}, {"hang-at-ranks", 0},
          {"ranks-of", 0}};
}

[[noreturn]] void refuse(const std::string& sentence) {
  std::fprintf(stderr, "%s\n", sentence.c_str());
  std::exit(2);
}

/// The same way for every language: Fortran has no argv.
std::vector<std::string> arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  if (!words.empty()) words.erase(words.begin());
  return words;
}

double number(const std::string& name, const std::string& text) {
  std::istringstream stream(text);
  double value = 0;
  if (!(stream >> value) || !stream.eof() || value < 0) {
    refuse("--" + name + " " + text + ": give a number that is not negative");
  }
  return value;
}

std::map<std::string, double> read(const std::vector<std::string>& words) {
  auto values = defaults();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string name = words[i].substr(0, 2) == "--" ? words[i].substr(2) : "";
    if (!values.contains(name)) refuse(words[i] + ": no such argument; see law.h");
    if (name == "weak") {
      values[name] = 1;
    } else if (i + 1 == words.size()) {
      refuse(words[i] + ": a value is missing");
    } else {
      values[name] = number(name, words[++i]);
    }
  }
  if (values["steps"] < 1) refuse("--steps 0: give at least 1");
  if (values["every"] < 1) refuse("--every 0: give at least 1");
  return values;
}

}  // namespace

Law* law_begin(int rank, int ranks) {
  auto* law = new Law{read(arguments()), {}};
  prctl(PR_SET_TIMERSLACK, 1);
  constexpr double megabyte = 1e6;
  const double memory = law_get(law, "memory") / ranks + law_get(law, "memory-each");
  law->memory.assign(static_cast<std::size_t>(memory * megabyte), 'm');  // Touched: resident.
  while (law_get(law, "hang-at-ranks") == ranks) pause();
  const auto base = static_cast<int>(law_get(law, "ranks-of"));
  int power = 1;
  while (base > 1 && power < ranks) power *= base;
  const bool fails = law_get(law, "fail-at-ranks") == ranks || (base > 1 && power != ranks);
  if (fails && rank == ranks - 1) {
    std::fprintf(stderr, "cannot run with %d ranks\n", ranks);
    std::exit(3);
  }
  return law;
}

double law_get(const Law* law, const char* name) { return law->values.at(name); }

double law_share(const Law* law, int rank, int ranks) {
  const double place = ranks > 1 ? 2.0 * rank / (ranks - 1) - 1 : 0;
  const double serial = law_get(law, "serial");
  const double parts = law_get(law, "weak") != 0 ? 1 : ranks;
  const double shared = (1 - serial) * (1 + law_get(law, "imbalance") * place) / parts;
  return law_get(law, "work") / law_get(law, "steps") *
         (serial + shared + law_get(law, "growth") * (ranks - 1));
}

void law_compute(Law* law, double seconds) {
  law->phases += 1;
  law->seconds += seconds;
  constexpr long second = 1000000000;
  timespec until{};
  clock_gettime(CLOCK_MONOTONIC, &until);
  const long long end = until.tv_nsec + static_cast<long long>(seconds * second);
  until.tv_sec += static_cast<time_t>(end / second);
  until.tv_nsec = static_cast<long>(end % second);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  law->late += static_cast<double>(now.tv_sec - until.tv_sec) +
               static_cast<double>(now.tv_nsec - until.tv_nsec) / second;
}

void law_count(const Law* law, double* counters) {
  counters[law_phases] = law->phases;
  counters[law_seconds] = law->seconds;
  counters[law_late] = law->late;
}

void law_print(const Law* law, const char* program, int ranks, double checksum, double elapsed,
               const double* most, const double* sum) {
  std::printf(
      "{\"program\": \"%s\", \"ranks\": %d, \"steps\": %.0f, \"checksum\": %.15g, "
      "\"elapsed\": %.9f, \"phases\": %.0f, \"seconds_most\": %.9f, \"seconds_sum\": %.9f, "
      "\"late_most\": %.9f}\n",
      program, ranks, law_get(law, "steps"), checksum, elapsed, sum[law_phases], most[law_seconds],
      sum[law_seconds], most[law_late]);
  std::fflush(stdout);
}

void law_end(Law* law) { delete law; }
