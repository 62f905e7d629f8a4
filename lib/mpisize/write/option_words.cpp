#include "mpisize/write/option_words.hpp"

#include <utility>

namespace mpisize {
namespace {

class Taker {
 public:
  Taker(SlurmCommand command, std::span<const ScriptWord> words)
      : command_(command), words_(words) {}

  WordOptions take() && {
    std::size_t& i = found_.end;
    while (i < words_.size()) {
      const std::string& text = words_[i].text;
      if (text.size() < 2 || text.front() != '-') break;
      if (text == "--") {
        ++i;
        break;
      }
      i += text[1] == '-' ? take_long(i) : take_letters(i);
    }
    return std::move(found_);
  }

 private:
  void fault(OptionProblem problem, std::size_t word, std::string spelling,
             std::vector<std::string> candidates = {}) {
    found_.faults.push_back({problem, word, std::move(spelling), std::move(candidates)});
  }

  /// The next word as the value, whatever it looks like.
  bool take_next(WordOption& option) {
    if (option.word + 1 == words_.size()) {
      fault(OptionProblem::needs_value, option.word, option.spelling);
      return false;
    }
    option.value = OptionValue{option.word + 1, 0, words_[option.word + 1].text};
    return true;
  }

  /// How many words it took.
  std::size_t take_long(std::size_t i) {
    const std::string& text = words_[i].text;
    const auto equals = text.find('=');
    WordOption option;
    option.word = i;
    option.count = text.size();
    option.spelling = text.substr(0, equals);
    if (equals != std::string::npos) {
      option.value = OptionValue{i, equals + 1, text.substr(equals + 1)};
    }
    OptionMatch match = match_slurm_option(command_, option.spelling.substr(2));
    option.option = match.option;
    bool next = false;
    if (match.option == nullptr) {
      const auto problem =
          match.candidates.empty() ? OptionProblem::unknown : OptionProblem::ambiguous;
      fault(problem, i, option.spelling, std::move(match.candidates));
      next = !option.value && i + 1 < words_.size() && words_[i + 1].line == words_[i].line &&
             words_[i + 1].text.front() != '-' && take_next(option);
    } else if (match.option->takes(command_) == Takes::nothing && option.value) {
      fault(OptionProblem::takes_no_value, i, option.spelling);
    } else if (match.option->takes(command_) == Takes::value && !option.value) {
      next = take_next(option);
    }
    found_.options.push_back(std::move(option));
    return next ? 2 : 1;
  }

  std::size_t take_letters(std::size_t i) {
    const std::string& text = words_[i].text;
    for (std::size_t k = 1; k < text.size(); ++k) {
      WordOption option;
      option.word = i;
      option.first = k;
      option.count = 1;
      option.spelling = {'-', text[k]};
      option.option = slurm_option(command_, text[k]);
      if (option.option == nullptr) fault(OptionProblem::unknown, i, option.spelling);
      const Takes takes =
          option.option == nullptr ? Takes::nothing : option.option->takes(command_);
      bool next = false;
      if (takes == Takes::value || takes == Takes::maybe) {
        option.count = text.size() - k;
        if (option.count > 1) {
          option.value = OptionValue{i, k + 1, text.substr(k + 1)};
        } else if (takes == Takes::value) {
          next = take_next(option);
        }
        k = text.size();
      }
      found_.options.push_back(std::move(option));
      if (next) return 2;
    }
    return 1;
  }

  SlurmCommand command_;
  std::span<const ScriptWord> words_;
  WordOptions found_;
};

}  // namespace

WordOptions take_options(SlurmCommand command, std::span<const ScriptWord> words) {
  return Taker(command, words).take();
}

}  // namespace mpisize
