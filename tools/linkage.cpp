#include "linkage.hpp"

#include <algorithm>
#include <fstream>

#include "mpisize/measure/process.hpp"

namespace mpisize::tools {
namespace {

constexpr const char* elf =
    "\x7f"
    "ELF";

}  // namespace

Linkage linkage_of(const std::string& program) {
  std::ifstream file(find_program(program), std::ios::binary);
  std::string block(std::size_t{1} << 20, '\0');
  std::string seen;
  bool first = true;
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    seen.append(block, 0, static_cast<std::size_t>(file.gcount()));
    if (first && seen.rfind(elf, 0) != 0) return Linkage::unknown;
    first = false;
    // The name of the variable, or of the library that has it.
    if (seen.find("MPISIZE_PROFILE") != std::string::npos ||
        seen.find("mpisize") != std::string::npos) {
      return Linkage::linked;
    }
    constexpr std::size_t overlap = 32;
    seen.erase(0, seen.size() - std::min(seen.size(), overlap));
  }
  return Linkage::not_linked;
}

bool loads_libraries(const std::string& program) {
  constexpr std::size_t page = 4096;  // The name of the dynamic loader is near the beginning.
  std::string begin(page, '\0');
  std::ifstream file(find_program(program), std::ios::binary);
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<std::size_t>(file.gcount()));
  return begin.rfind(elf, 0) != 0 || begin.find("/ld") != std::string::npos;
}

}  // namespace mpisize::tools
