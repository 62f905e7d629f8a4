// What may be an item and what may be a result.
#include <gtest/gtest.h>

#include <array>
#include <cereal/types/map.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>
#include <complex>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "mpisize/mpi/map.hpp"
#include "ranks.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

/// Enough that some are left after sampling, and that ranks get several in one message.
constexpr int n = 90;

/// n items at the root; maps them on all ranks, in chunks of 1 and of 20, and compares with the
/// plain loop.
template <class Make, class Kernel>
void expect_mapped(Make make, Kernel kernel) {
  std::vector<decltype(make(0))> items;
  for (int i = 0; is_root() && i < n; ++i) items.push_back(make(i));
  const auto expected = plain_loop(items, kernel);
  for (const std::int64_t chunk : {1, 20}) {
    Options options = on_all_ranks();
    options.chunk = chunk;
    EXPECT_EQ(map(MPI_COMM_WORLD, items, kernel, options).results, expected);
  }
}

struct Padded {
  char a = 0;
  double b = 0;
  char c = 0;
  friend bool operator==(const Padded&, const Padded&) = default;
};

struct alignas(64) Wide {
  std::int64_t value = 0;
  friend bool operator==(const Wide&, const Wide&) = default;
};

/// Trivially copyable, but there is no empty one.
class Celsius {
 public:
  explicit Celsius(double degrees) : degrees_(degrees) {}
  [[nodiscard]] double degrees() const { return degrees_; }

 private:
  double degrees_;
};

enum class Colour : char { red, green };

struct Named {
  std::string name;
  std::vector<double> parts;
  std::optional<int> mark;
  friend bool operator==(const Named&, const Named&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, parts, mark);
  }
};

struct MoveOnly {
  std::string text;
  MoveOnly() = default;
  explicit MoveOnly(std::string t) : text(std::move(t)) {}
  MoveOnly(MoveOnly&&) = default;
  MoveOnly& operator=(MoveOnly&&) = default;
  MoveOnly(const MoveOnly&) = delete;
  MoveOnly& operator=(const MoveOnly&) = delete;
  ~MoveOnly() = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(text);
  }
};

/// Serialised by functions that stand beside it.
struct Outside {
  std::string text;
  friend bool operator==(const Outside&, const Outside&) = default;
};
template <class Archive>
void save(Archive& archive, const Outside& value) {
  archive(value.text);
}
template <class Archive>
void load(Archive& archive, Outside& value) {
  archive(value.text);
}

TEST(Items, NumbersOfEveryWidth) {
  expect_mapped([](int i) { return static_cast<char>(i); }, [](char c) { return c == 7; });
  expect_mapped([](int i) { return 0.1F * static_cast<float>(i); }, [](float x) { return x * x; });
  expect_mapped([](int i) { return std::complex<double>(i, -i); },
                [](const std::complex<double>& z) { return z * z; });
  expect_mapped([](int i) { return i % 2 == 0 ? Colour::red : Colour::green; },
                [](Colour c) { return c; });
}

TEST(Items, StructWithPadding) {
  expect_mapped(
      [](int i) {
        return Padded{'a', i / 3.0, 'z'};
      },
      [](const Padded& p) {
        return Padded{p.c, p.b * 2, p.a};
      });
}

TEST(Items, KeepTheirAlignment) {
  const auto aligned = [](const Wide& w) {
    return reinterpret_cast<std::uintptr_t>(&w) % alignof(Wide) == 0 ? w.value : -1;
  };
  expect_mapped([](int i) { return Wide{i}; }, aligned);
  expect_mapped([](int i) { return i; }, [](int i) { return Wide{i}; });
}

TEST(Items, NeedNoDefaultConstructorIfTriviallyCopyable) {
  expect_mapped([](int i) { return Celsius(i); }, [](const Celsius& c) { return c.degrees(); });
}

TEST(Items, StringsEmptyOnesAndThoseWithZerosAmongThem) {
  expect_mapped([](int i) { return std::string(static_cast<std::size_t>(i % 3) * 2000, '\0'); },
                [](const std::string& s) { return s + '\n' + std::string(1, '\0') + "end"; });
}

TEST(Items, VectorsOfNumbers) {
  expect_mapped([](int i) { return numbers(i * 37 % 50); },
                [](std::vector<double> v) {
                  for (double& x : v) x = rough(x);
                  return v;
                });
}

TEST(Items, NestedContainers) {
  using Nested = std::map<std::string, std::vector<std::optional<std::pair<int, std::string>>>>;
  expect_mapped(
      [](int i) {
        return Nested{{"none", {}}, {"some", {std::nullopt, std::pair(i, std::to_string(i))}}};
      },
      [](Nested value) {
        value["more"].emplace_back();
        return value;
      });
}

TEST(Items, StructWithASerializeFunction) {
  expect_mapped(
      [](int i) {
        return Named{std::string(static_cast<std::size_t>(i), 'n'), {1.0 * i, 0.1}, i};
      },
      [](Named value) {
        value.parts.push_back(0.5);
        value.mark.reset();
        value.name += "!";
        return value;
      });
}

TEST(Items, StructWithSaveAndLoadBesideIt) {
  expect_mapped([](int i) { return Outside{std::to_string(i)}; },
                [](const Outside& o) { return Outside{o.text + o.text}; });
}

TEST(Items, ArraysAndTuples) {
  expect_mapped(
      [](int i) {
        return std::array<std::string, 2>{"left", std::to_string(i)};
      },
      [](const std::array<std::string, 2>& a) {
        return std::tuple<int, std::string, bool>(static_cast<int>(a[1].size()), a[0], true);
      });
}

TEST(Results, Bools) {
  expect_mapped([](int i) { return i; }, [](int i) { return i % 3 == 0; });
}

TEST(Results, VectorsOfBools) {
  expect_mapped([](int i) { return i; },
                [](int i) { return std::vector<bool>(static_cast<std::size_t>(i % 19), i % 2); });
}

TEST(Results, EmptyAndLongOnesSideBySide) {
  expect_mapped([](int i) { return i; },
                [](int i) { return std::string(i % 4 == 0 ? 20000U : 0U, 'r'); });
}

TEST(Results, NeedOnlyBeMovable) {
  std::vector<MoveOnly> items;
  for (int i = 0; is_root() && i < n; ++i) items.emplace_back(std::to_string(i));
  const auto outcome = map(
      MPI_COMM_WORLD, items, [](const MoveOnly& m) { return MoveOnly(m.text + "?"); },
      on_all_ranks());
  ASSERT_EQ(outcome.results.size(), items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(outcome.results[i].text, items[i].text + "?");
  }
}

TEST(Results, EmptyStructsCount) {
  struct Nothing {
    bool operator==(const Nothing&) const { return true; }
  };
  expect_mapped([](int i) { return i; }, [](int) { return Nothing{}; });
}

}  // namespace
}  // namespace mpisize
