/// Which options a command has, as Boost.Program_options parses them and as --help prints them.
#pragma once

#include <fmt/format.h>

#include <boost/program_options.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errors.hpp"

namespace mpisize::tools {

/// Options of a command, in groups.
struct Grammar {
  std::string_view command;
  std::vector<boost::program_options::options_description> groups;
  bool has_child = false;
  bool has_words = false;  ///< Words besides options, such as ids.
  std::string file{};      ///< The option that a word without dashes is the value of; empty: none.

  [[nodiscard]] boost::program_options::options_description all() const;
  [[nodiscard]] std::vector<std::string> option_names() const;  ///< With their dashes.
  [[nodiscard]] std::string help() const;
};

/// Of one of the commands.
[[nodiscard]] Grammar grammar_of(std::string_view command);

/// The option as the user wrote it, and its text.
class Values {
 public:
  explicit Values(boost::program_options::variables_map map, std::vector<std::string> words = {})
      : map_(std::move(map)), words_(std::move(words)) {}

  /// Besides the options, in order.
  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }

  [[nodiscard]] bool has(const std::string& name) const { return map_.count(name) != 0; }

  [[nodiscard]] std::optional<std::string> text(const std::string& name) const {
    if (!has(name)) return std::nullopt;
    return map_[name].as<std::string>();
  }

  /// Of a file or name, which cannot be empty.
  [[nodiscard]] std::optional<std::string> filled(const std::string& name) const {
    auto value = text(name);
    if (value && value->empty()) {
      throw UsageError(fmt::format("--{} '' is empty; give a value or leave the option out", name));
    }
    return value;
  }

  /// What `reader` makes of the text, if the option is given.
  template <class T>
  [[nodiscard]] std::optional<T> read(const std::string& name,
                                      T (*reader)(std::string_view, std::string_view)) const {
    const auto value = text(name);
    if (!value) return std::nullopt;
    return reader("--" + name, *value);
  }

 private:
  boost::program_options::variables_map map_;
  std::vector<std::string> words_;
};

/// Parses words that stand before "--". Throws UsageError.
[[nodiscard]] Values values_of(const Grammar& grammar, const std::vector<std::string>& words);

/// "; did you mean 'plan'?", or nothing if no name is near.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& names);

}  // namespace mpisize::tools
