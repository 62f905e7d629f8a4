#include "file_tail.hpp"

#include <fstream>

namespace mpisize::tools {

std::string tail_of(const std::filesystem::path& path) {
  constexpr std::streamoff most = 2048;
  constexpr int most_lines = 12;
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return "";
  const std::streamoff size = file.tellg();
  const std::streamoff begin = size > most ? size - most : 0;
  file.seekg(begin);
  std::string text(static_cast<std::size_t>(size - begin), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::size_t from = text.size();
  for (int lines = 0; lines < most_lines && from != std::string::npos && from > 0; ++lines) {
    from = text.rfind('\n', from - 1);
  }
  if (from == std::string::npos || text.empty()) return text;
  return text.substr(text[from] == '\n' ? from + 1 : from);
}

}  // namespace mpisize::tools
