#include "mpisize/model/growth_law.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

Observed at(double ranks, double value, double error = 0.01) {
  Observed o;
  o.at.ranks = ranks;
  o.value = value;
  o.error = error;
  return o;
}

/// Dumb: coordinate descent on the sum of squares, each coefficient held at 0 or above.
std::vector<double> descend(std::span<const Term> terms, std::span<const Observed> observed) {
  std::vector<double> k(terms.size(), 0.0);
  for (int round = 0; round < 5000; ++round) {
    for (std::size_t j = 0; j < terms.size(); ++j) {
      double xy = 0;
      double xx = 0;
      for (const Observed& o : observed) {
        const double x = value_of(terms[j], o.at) / o.error;
        const double rest = evaluate(terms, k, o.at) - k[j] * value_of(terms[j], o.at);
        xy += x * (o.value - rest) / o.error;
        xx += x * x;
      }
      k[j] = std::max(0.0, xy / xx);
    }
  }
  return k;
}

double misfit(std::span<const Term> terms, std::span<const double> k,
              std::span<const Observed> observed) {
  double sum = 0;
  for (const Observed& o : observed) {
    sum += std::pow((evaluate(terms, k, o.at) - o.value) / o.error, 2);
  }
  return sum;
}

TEST(FitCoefficients, LeastSquaresWithoutNegativesAsDescentFindsThem) {
  constexpr std::array all{Term::one, Term::inverse, Term::log, Term::linear};
  Random random(3);
  for (int i = 0; i < 20; ++i) {
    std::vector<Observed> observed;
    for (const double p : {1., 2., 3., 5., 9.}) {
      observed.push_back(at(p, random.uniform() * 3, 0.1 + random.uniform()));
    }
    const auto ours = fit_coefficients(all, observed);
    const auto theirs = descend(all, observed);
    EXPECT_NEAR(misfit(all, ours, observed), misfit(all, theirs, observed), 1e-6) << i;
    EXPECT_GE(*std::min_element(ours.begin(), ours.end()), 0) << i;
  }
}

TEST(FitCoefficients, AnchorIsOneMoreObservation) {
  constexpr std::array link{Term::link};
  Observed o = at(4, 6, 1);
  o.at.link = 2;
  // (2 k - 6)^2 + (k - 1)^2 is least at k = 13 / 5.
  EXPECT_NEAR(fit_coefficients(link, std::array{o}, Anchor{Term::link, 1, 1})[0], 13.0 / 5, 1e-12);
  EXPECT_NEAR(fit_coefficients(link, std::array{o})[0], 3, 1e-12);
}

TEST(FitCoefficients, NothingNoErrorAndTooManyTermsAreRefused) {
  constexpr std::array one{Term::one};
  constexpr std::array five{Term::one, Term::log, Term::linear, Term::inverse, Term::sqrt};
  EXPECT_THROW(static_cast<void>(fit_coefficients(one, {})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(fit_coefficients(one, std::array{at(1, 1, 0)})),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(fit_coefficients(five, std::array{at(1, 1)})),
               std::invalid_argument);
}

TEST(FitLaws, OfTwoThatFitTheSimplerWeighsMore) {
  const std::array laws{Law{{Term::one, Term::inverse}, 1}, Law{{Term::inverse}, 1}};
  const std::array observed{at(1, 8), at(2, 4), at(4, 2), at(8, 1)};
  const auto fitted = fit_laws(laws, observed);
  ASSERT_EQ(fitted.size(), 2U);
  EXPECT_EQ(fitted[0].terms, std::vector{Term::inverse});
  EXPECT_NEAR(fitted[0].weight / fitted[1].weight, std::exp(1), 1e-6);
}

TEST(FitLaws, OneThatDoesNotFitIsLeftOut) {
  const std::array laws{Law{{Term::one, Term::inverse}, 1}, Law{{Term::inverse}, 1}};
  const std::array observed{at(1, 9), at(2, 5), at(4, 3), at(8, 2)};
  const auto fitted = fit_laws(laws, observed);
  ASSERT_EQ(fitted.size(), 1U);
  EXPECT_NEAR(fitted[0].coefficients[0], 1, 1e-9);
  EXPECT_NEAR(fitted[0].coefficients[1], 8, 1e-9);
}

TEST(FitLaws, MoreTermsThanObservationsAreNotTried) {
  const std::array laws{Law{{Term::one, Term::inverse}, 1}, Law{{Term::inverse}, 1}};
  const auto fitted = fit_laws(laws, std::array{at(2, 4)});
  ASSERT_EQ(fitted.size(), 1U);
  EXPECT_EQ(fitted[0].terms, std::vector{Term::inverse});
}

TEST(FitLaws, WhereNoLawFitsNoneIsSureOfItself) {
  const std::array laws{Law{{Term::one}, 1}, Law{{Term::inverse}, 1}};
  const std::array wild{at(1, 3), at(2, 1), at(4, 4), at(8, 1)};
  const auto fitted = fit_laws(laws, wild);
  EXPECT_GT(misfit_scale(fitted, wild.size()), 50);
  EXPECT_EQ(fitted.size(), 2U);
}

TEST(ExpectedLargest, IsThatOfDraws) {
  Random random(1);
  for (const int n : {2, 8, 32}) {
    double sum = 0;
    constexpr int many = 20000;
    for (int i = 0; i < many; ++i) {
      double largest = -100;
      for (int j = 0; j < n; ++j) largest = std::max(largest, random.normal());
      sum += largest;
    }
    EXPECT_NEAR(expected_largest(n), sum / many, 0.05) << n;
  }
  EXPECT_EQ(expected_largest(1), 0);
}

TEST(DescribeLaw, CanBeEvaluatedByHand) {
  EXPECT_EQ(describe(FittedLaw{{Term::one, Term::inverse}, {0.5, 12.34}, 0, 1}),
            "0.5 + 12.3 x 1/P");
  EXPECT_EQ(describe(FittedLaw{{}, {}, 0, 1}), "0");
}

}  // namespace
}  // namespace mpisize
