#include "mpisize/measure/hash.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string_view>
#include <vector>

#include "mpisize/base/error.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::TemporaryDirectory;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(HashBytes, IsXxh3) {
  EXPECT_EQ(hash_bytes({}), 0x2d06800538d394c2U);  // Of nothing, as `xxhsum -H3` prints it.
  EXPECT_EQ(hash_bytes(bytes("abc")), 0x78af5f94892f3950U);
}

TEST(HashBytes, DependsOnTheSeedAndOnEveryBit) {
  std::set<std::uint64_t> seen{hash_bytes(bytes("abc"), 1), hash_bytes(bytes("abc"))};
  std::string text(300, 'x');
  for (char& c : text) {
    for (int bit = 0; bit < 8; ++bit) {
      c = static_cast<char>(c ^ (1 << bit));
      seen.insert(hash_bytes(bytes(text)));
      c = static_cast<char>(c ^ (1 << bit));
    }
  }
  EXPECT_EQ(seen.size(), 2U + 300U * 8U);
}

TEST(StreamHash, PiecesHashAsTheWhole) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text.push_back(static_cast<char>(i * i));
  for (const std::size_t size : {0U, 1U, 16U, 17U, 240U, 241U, 256U, 1024U, 5000U}) {
    for (const std::size_t piece : {1U, 7U, 64U, 300U}) {
      StreamHash hash(9);
      for (std::size_t at = 0; at < size; at += piece) {
        hash.add(bytes(std::string_view(text).substr(at, std::min(piece, size - at))));
      }
      EXPECT_EQ(hash.value(), hash_bytes(bytes(text.substr(0, size)), 9)) << size << " " << piece;
    }
  }
}

TEST(FingerprintText, HasSixteenDigits) {
  EXPECT_EQ(fingerprint_text(0xabcU), "0000000000000abc");
  EXPECT_EQ(fingerprint_text(~std::uint64_t{0}), "ffffffffffffffff");
}

TEST(FileFingerprint, IsThatOfTheContent) {
  const TemporaryDirectory directory;
  const std::string text(200'000, 'a');
  EXPECT_EQ(file_fingerprint(directory.write("a", text)),
            fingerprint_text(hash_bytes(bytes(text))));
  EXPECT_EQ(file_fingerprint(directory.write("b", "")), "2d06800538d394c2");
}

TEST(FileFingerprint, WhatCannotBeReadIsNamed) {
  const auto refusal = [](const char* path) -> std::string {
    try {
      return file_fingerprint(path);
    } catch (const InputError& error) {
      return error.what();
    }
  };
  EXPECT_THAT(refusal("/does/not/exist"), AllOf(HasSubstr("'/does/not/exist'"),
                                                HasSubstr("No such file"), HasSubstr("; give")));
  EXPECT_THAT(refusal("/tmp"), HasSubstr("no regular file"));
  EXPECT_THAT(refusal("/dev/zero"), HasSubstr("no regular file"));
}

TEST(ProgramFingerprint, IsThatOfTheRunningFile) {
  EXPECT_EQ(program_fingerprint(),
            file_fingerprint(std::filesystem::read_symlink("/proc/self/exe")));
}

}  // namespace
}  // namespace mpisize
