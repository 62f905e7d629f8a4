/// Bad input, in one sentence.
#pragma once

#include <stdexcept>
#include <string>

namespace mpisize {

/// What a user gave cannot be used. what() is one sentence that names the value and the repair.
class InputError : public std::runtime_error {
 public:
  explicit InputError(const std::string& sentence) : std::runtime_error(sentence) {}
};

}  // namespace mpisize
