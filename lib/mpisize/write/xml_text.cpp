#include "mpisize/write/xml_text.hpp"

#include <cstddef>
#include <cstdint>

namespace mpisize {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Bytes of the UTF-8 character at `at`; 0 if there is none, or XML may not hold it.
std::size_t character_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80U) {
    const bool allowed = lead >= 0x20U || lead == '\t' || lead == '\n' || lead == '\r';
    return allowed && lead != 0x7FU ? 1 : 0;
  }
  const std::size_t size = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : 2;
  if (lead < 0xC2U || lead > 0xF4U || at + size > text.size()) return 0;
  std::uint32_t code = lead & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if (!continues(text[at + i])) return 0;
    code = code << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  const bool possible = code >= least[size] && code <= 0x10FFFF && !surrogate;
  return possible && code != 0xFFFE && code != 0xFFFF ? size : 0;
}

std::string_view entity_of(char c) {
  switch (c) {
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '&':
      return "&amp;";
    case '"':
      return "&quot;";
    case '\'':
      return "&apos;";
    default:
      return "";
  }
}

}  // namespace

std::string xml_escape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = character_at(text, i);
    const std::string_view entity = entity_of(text[i]);
    out += size == 0 ? replacement : entity.empty() ? text.substr(i, size) : entity;
    i += size == 0 ? 1 : size;
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t most) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (continues(text[i])) continue;
    if (characters == most) return std::string(text.substr(0, i)) + "...";
    ++characters;
  }
  return std::string(text);
}

}  // namespace mpisize
