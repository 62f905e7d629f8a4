#include "mpisize/write/xml_text.hpp"

#include <gtest/gtest.h>

namespace mpisize {
namespace {

TEST(XmlEscape, MarkupBecomesEntities) {
  EXPECT_EQ(xml_escape("a < b & \"c\" > 'd'"), "a &lt; b &amp; &quot;c&quot; &gt; &apos;d&apos;");
}

TEST(XmlEscape, Utf8StaysAsItIs) {
  EXPECT_EQ(xml_escape("K\xC3\xBCste \xE2\x82\xAC \xF0\x9F\x98\x80"),
            "K\xC3\xBCste \xE2\x82\xAC \xF0\x9F\x98\x80");
  EXPECT_EQ(xml_escape("a\tb\nc"), "a\tb\nc");
}

TEST(XmlEscape, WhatXmlCannotHoldIsReplaced) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(xml_escape("a\x01z"), "a" + r + "z");
  EXPECT_EQ(xml_escape("a\xFFz"), "a" + r + "z");
  EXPECT_EQ(xml_escape("\xC3"), r);
  EXPECT_EQ(xml_escape("\xC3("), r + "(");
  EXPECT_EQ(xml_escape("\xC0\x80"), r + r);          // overlong
  EXPECT_EQ(xml_escape("\xED\xA0\x80"), r + r + r);  // surrogate
  EXPECT_EQ(xml_escape("\xEF\xBF\xBF"), r + r + r);  // U+FFFF
  EXPECT_EQ(xml_escape(std::string_view("\0", 1)), r);
}

TEST(Shortened, CutsBetweenCharacters) {
  EXPECT_EQ(shortened("K\xC3\xBCste", 5), "K\xC3\xBCste");
  EXPECT_EQ(shortened("K\xC3\xBCste", 2), "K\xC3\xBC...");
  EXPECT_EQ(shortened("", 2), "");
}

}  // namespace
}  // namespace mpisize
