/// Journals to test with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "mpisize/measure/journal.hpp"

namespace mpisize::testing {

inline const JournalIdentity identity{"a1b2c3d4e5f60718", "1111222233334444", "double 8"};

inline JournalOptions options(const std::filesystem::path& file) {
  JournalOptions options;
  options.file = file;
  options.patience = Seconds(0);
  return options;
}

/// Whatever the index makes of them: `count` doubles.
inline std::vector<double> results(std::int64_t first, std::int64_t count) {
  std::vector<double> values;
  for (std::int64_t i = first; i < first + count; ++i) {
    values.push_back(static_cast<double>(i * i) + 0.25);
  }
  return values;
}

inline void append(Journal& journal, std::int64_t first, std::int64_t count) {
  const auto values = results(first, count);
  journal.append(first, count, static_cast<std::uint64_t>(first) * 7,
                 std::as_bytes(std::span(values)));
}

inline std::vector<double> read(const Journal& journal, const JournalRun& run) {
  std::vector<std::byte> bytes;
  journal.read(run, bytes);
  std::vector<double> values(bytes.size() / sizeof(double));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(double));
  return values;
}

inline DeadLetter letter(std::int64_t index, const std::string& message = "no convergence") {
  return {index, 3, "node7", 2, message};
}

inline std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void set_content(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

/// what() of what the action throws; empty if it does not.
template <class Error = std::exception, class Action>
std::string refusal(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace mpisize::testing
