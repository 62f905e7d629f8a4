// What may fail besides the kernel: packing, callbacks, memory. Every rank learns of it in the same
// words.
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "mpisize/mpi/map.hpp"
#include "ranks.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

/// The words of the exception that `call` ended with.
template <class Call>
std::optional<std::string> words_of(Call call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  } catch (int) {
    return "an exception that is no std::exception";  // Where it was thrown; in these words
                                                      // elsewhere.
  }
  return std::nullopt;
}

/// A result of which not even an empty one can be made.
struct Huge {
  Huge() { throw std::runtime_error("no room for results"); }
  template <class Archive>
  void serialize(Archive&) {}
  std::string text;
};

/// `call` fails on every rank with a sentence that holds `part`; the communicator works afterwards.
template <class Call>
void expect_fails_everywhere(Call call, const std::string& part) {
  const auto words = words_of(call);
  EXPECT_EQ(sum_over_ranks(words ? 1 : 0), size_of()) << "failed on some ranks only";
  EXPECT_NE(words.value_or("").find(part), std::string::npos) << words.value_or("");
  EXPECT_EQ(words.value_or(""), of_root(words.value_or("")));
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(100), rough, on_all_ranks());
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(100), rough));
}

/// Cannot be packed if its value is 13, nor unpacked if it is 14; says so with an int if it is 15.
struct Unlucky {
  int value = 0;
  std::string text;  // Not trivially copyable.

  template <class Archive>
  void save(Archive& archive) const {
    if (value == 13) throw std::runtime_error("thirteen cannot be packed");
    if (value == 15) throw 15;  // NOLINT(hicpp-exception-baseclass): it is what is tested
    archive(value);
  }
  template <class Archive>
  void load(Archive& archive) {
    archive(value);
    if (value == 14) throw std::runtime_error("fourteen cannot be unpacked");
  }
};

/// 100 of them, one of which is `special`, at `place`.
std::vector<Unlucky> items_with(int special, std::size_t place) {
  std::vector<Unlucky> items(is_root() ? 100 : 0);
  if (is_root()) items[place].value = special;
  return items;
}

Options one_by_one() {
  Options options = on_all_ranks();
  options.schedule = Schedule::dynamic;
  return options;
}

TEST(Packing, ItemThatCannotBePackedEndsTheCall) {
  for (const std::size_t place : {0U, 50U, 99U}) {
    expect_fails_everywhere(
        [place] {
          (void)map(
              MPI_COMM_WORLD, items_with(13, place), [](const Unlucky& u) { return u.value; },
              one_by_one());
        },
        "thirteen cannot be packed");
  }
}

TEST(Packing, ItemWhosePackingThrowsAnythingEndsTheCall) {
  expect_fails_everywhere(
      [] {
        (void)map(
            MPI_COMM_WORLD, items_with(15, 50), [](const Unlucky& u) { return u.value; },
            one_by_one());
      },
      "no std::exception");
}

TEST(Packing, ItemThatCannotBeUnpackedEndsTheCall) {
  // The first item is packed and unpacked as a trial, also if there is one rank only.
  expect_fails_everywhere(
      [] {
        (void)map(
            MPI_COMM_WORLD, items_with(14, 0), [](const Unlucky& u) { return u.value; },
            one_by_one());
      },
      "fourteen cannot be unpacked");
}

TEST(Packing, ItemThatChangesOnTheWayIsRefusedBeforeAnythingIsComputed) {
  struct Forgetful {
    int kept = 0;
    std::string text;
    void save(cereal::BinaryOutputArchive& archive) const { archive(kept); }
    void load(cereal::BinaryInputArchive& archive) {
      archive(kept);
      ++kept;
    }
  };
  int calls = 0;
  expect_fails_everywhere(
      [&] {
        (void)map(
            MPI_COMM_WORLD, std::vector<Forgetful>(is_root() ? 50 : 0),
            [&](const Forgetful& f) {
              ++calls;
              return f.kept;
            },
            on_all_ranks());
      },
      "serialize");
  EXPECT_EQ(calls, 0);
}

/// Which ranks return what cannot be packed or unpacked.
class ResultOf : public ::testing::TestWithParam<bool> {};

TEST_P(ResultOf, ThatCannotBePackedEndsTheCall) {
  const bool root = GetParam();
  if (!root && size_of() == 1) return;
  for (const int value : {13, 15}) {
    expect_fails_everywhere(
        [root, value] {
          (void)map(
              MPI_COMM_WORLD, numbers_at_root(100),
              [root, value](double) {
                return Unlucky{is_root() == root ? value : 1, ""};
              },
              one_by_one());
        },
        value == 13 ? "thirteen cannot be packed" : "no std::exception");
  }
}

INSTANTIATE_TEST_SUITE_P(Packing, ResultOf, ::testing::Bool(), [](const auto& of) {
  return of.param ? std::string("TheRoot") : std::string("AWorker");
});

TEST(Packing, ResultThatCannotBeUnpackedEndsTheCall) {
  if (size_of() == 1) return;
  expect_fails_everywhere(
      [] {
        (void)map(
            MPI_COMM_WORLD, numbers_at_root(100),
            [](double) {
              return Unlucky{is_root() ? 1 : 14, ""};
            },
            one_by_one());
      },
      "fourteen cannot be unpacked");
}

TEST(Progress, CallbackThatThrowsEndsTheCall) {
  Options options = on_all_ranks();
  options.on_progress = [](const Progress&) { throw std::logic_error("enough of this"); };
  expect_fails_everywhere([&] { (void)map(MPI_COMM_WORLD, numbers_at_root(100), rough, options); },
                          "enough of this");
}

TEST(Memory, ResultsThatDoNotFitEndTheCall) {
  expect_fails_everywhere(
      [] {
        (void)map(
            MPI_COMM_WORLD, numbers_at_root(10), [](double) { return Huge(); }, on_all_ranks());
      },
      "no room for results");
}

}  // namespace
}  // namespace mpisize
