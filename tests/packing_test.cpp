#include "mpisize/mpi/packing.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mpisize {
namespace {

struct Plain {
  int a = 0;
  double b = 0;
  friend bool operator==(const Plain&, const Plain&) = default;
};

struct Mute {
  std::string words;
};

template <class T>
ByteBuffer packed(const T& value) {
  ByteBuffer bytes;
  pack(value, bytes);
  return bytes;
}

template <class T>
void expect_survives(const T& value) {
  const ByteBuffer bytes = packed(value);
  EXPECT_EQ(packed_size(value), static_cast<std::int64_t>(bytes.size()));
  T copy{};
  std::span<const std::byte> rest(bytes);
  unpack(copy, rest);
  EXPECT_EQ(copy, value);
  EXPECT_TRUE(rest.empty());
}

TEST(Packing, ValuesSurviveAndTheirSizeIsKnownBeforehand) {
  expect_survives(0.1);
  expect_survives(Plain{1, 2});
  expect_survives(std::string());
  expect_survives(std::string("with\0zero", 9));
  expect_survives(std::string(100'000, 'x'));
  expect_survives(std::vector<double>{1, 2, 3});
  expect_survives(std::vector<bool>{true, false, true});
  expect_survives(std::map<std::string, std::vector<int>>{{"a", {1, 2}}, {"b", {}}});
}

TEST(Packing, TriviallyCopyableValuesAreTheirBytes) {
  EXPECT_EQ(packed(Plain{}).size(), sizeof(Plain));
  EXPECT_TRUE(packs_raw<Plain>);
}

TEST(Packing, ValuesFollowOneAnotherInOneBuffer) {
  ByteBuffer bytes = packed(std::string("one"));
  pack(2.0, bytes);
  pack(std::vector<int>{3}, bytes);
  std::span<const std::byte> rest(bytes);
  std::string one;
  double two = 0;
  std::vector<int> three;
  unpack(one, rest);
  unpack(two, rest);
  unpack(three, rest);
  EXPECT_EQ(one, "one");
  EXPECT_EQ(two, 2.0);
  EXPECT_EQ(three, std::vector<int>{3});
  EXPECT_TRUE(rest.empty());
}

TEST(Packing, BytesThatWereThereStay) {
  ByteBuffer bytes(5, std::byte{7});
  pack(std::string("x"), bytes);
  EXPECT_EQ(bytes[4], std::byte{7});
  EXPECT_GT(bytes.size(), 5U);
}

TEST(Packing, TextCutShortIsRefusedWhereverItIsCut) {
  const ByteBuffer whole = packed(std::vector<std::string>{"first", "second"});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    std::vector<std::string> value;
    std::span<const std::byte> rest(whole.data(), length);
    EXPECT_THROW(unpack(value, rest), std::exception) << length;
  }
  double number = 0;
  std::span<const std::byte> seven(whole.data(), 7);
  EXPECT_THROW(unpack(number, seven), std::runtime_error);
}

TEST(Packing, PointersAndViewsCannotBeSent) {
  // Trivially copyable all of them, but what they show lies on another rank.
  EXPECT_FALSE(packs_raw<int*> || packs_by_cereal<int*>);
  EXPECT_FALSE(packs_raw<int Plain::*>);
  EXPECT_FALSE(packs_raw<std::string_view> || packs_by_cereal<std::string_view>);
  EXPECT_FALSE(packs_raw<std::span<int>> || packs_by_cereal<std::span<int>>);
  EXPECT_FALSE(packs_raw<std::reference_wrapper<int>>);
}

TEST(Packing, StructWithoutSerializeCannotBeSent) {
  EXPECT_FALSE(packs_raw<Mute>);
  EXPECT_FALSE(packs_by_cereal<Mute>);
}

}  // namespace
}  // namespace mpisize
