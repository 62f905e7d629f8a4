/// Any text inside XML. Private.
#pragma once

#include <string>
#include <string_view>

namespace mpisize {

/// With <, >, &, " and ' as entities; bytes that are not UTF-8 and characters that XML 1.0 has no
/// word for become U+FFFD.
[[nodiscard]] std::string xml_escape(std::string_view text);

/// The first `most` characters, and "..." in place of more.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t most);

}  // namespace mpisize
