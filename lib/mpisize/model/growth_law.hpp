/// Laws of how a part of a program's time grows with the number of ranks, and how much each is
/// believed after some runs.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mpisize {

/// One column of a law. P is the number of ranks that share the work.
enum class Term {
  one,
  inverse,             ///< 1/P: work that is shared.
  inverse_two_thirds,  ///< P^-2/3: surface of a cube of 1/P of the volume.
  inverse_sqrt,        ///< P^-1/2: edge of a square of 1/P of the area.
  sqrt,
  log,        ///< log2 P: trees.
  linear,     ///< P: one after the other.
  others,     ///< 1 - 1/P: the other ranks' share; 0 of one rank.
  workers,    ///< 1/(P - 1), of one rank 1: work shared by all but a master.
  pairs,      ///< P - 1: what P (P - 1) pairs take together, over P ranks.
  slowest,    ///< Expected largest of P standard normals: waiting for the last one. 0 of one rank.
  share_lag,  ///< The same over P: noise in proportion to a share of the work.
  mean,       ///< The mean computing time.
  mean_lag,   ///< Expected largest times the mean computing time: noise in proportion to the work.
  link,       ///< What the link model makes of the calls counted.
  launch      ///< What the launch model makes of ranks and nodes.
};
[[nodiscard]] std::string_view name_of(Term term);

/// What a law is evaluated at.
struct TermInputs {
  double ranks = 1;
  double mean = 0;    ///< Seconds of mean computing time there.
  double link = 0;    ///< Seconds.
  double launch = 0;  ///< Seconds.
};
[[nodiscard]] double value_of(Term term, const TermInputs& at);

/// Expected largest of n standard normal deviates (Blom 1958); 0 for n = 1.
[[nodiscard]] double expected_largest(double n);

/// A sum of terms, each with a coefficient that is not negative.
struct Law {
  std::vector<Term> terms;
  double prior = 1;  ///< Before anything is seen, in comparison to the others.
};

/// What a coefficient was before anything was seen.
struct Anchor {
  Term term = Term::link;
  double value = 1;
  double error = 1;
};

/// Mean over the runs of one configuration, and its standard error: both seconds (or bytes).
struct Observed {
  TermInputs at;
  double value = 0;
  double error = 1;
};

struct FittedLaw {
  std::vector<Term> terms;
  std::vector<double> coefficients;
  double misfit = 0;  ///< Chi-squared.
  double weight = 0;  ///< Of all laws together 1.
  friend bool operator==(const FittedLaw&, const FittedLaw&) = default;
};

/// Coefficients, none negative, that minimise the sum of squared residuals over their errors
/// (Lawson and Hanson 1974; here by trying all subsets of the terms, of which there are at most 4).
/// Throws std::invalid_argument without an observation, for an error that is not positive, and for
/// more terms. The anchor, if its term is one of them, is one more observation.
[[nodiscard]] std::vector<double> fit_coefficients(std::span<const Term> terms,
                                                   std::span<const Observed> observed,
                                                   const std::optional<Anchor>& anchor = {});

[[nodiscard]] double evaluate(std::span<const Term> terms, std::span<const double> coefficients,
                              const TermInputs& at);
[[nodiscard]] double evaluate(const FittedLaw& law, const TermInputs& at);

/// Fits those laws that have no more terms than there are observations. Weights: prior x
/// exp(-(misfit / s^2) / 2 - terms), Akaike's (1974) price of a coefficient and no less than
/// Schwarz's (1978); s^2 is the misfit per degree of freedom of the best law if that is above 1
/// (Birge 1932): where no law fits, errors were larger than said. Best first; those below a
/// thousandth of the best are left out.
[[nodiscard]] std::vector<FittedLaw> fit_laws(std::span<const Law> laws,
                                              std::span<const Observed> observed,
                                              const std::optional<Anchor>& anchor = {});

/// By how much the errors must be widened for the best law to fit: s of fit_laws(), at least 1.
[[nodiscard]] double misfit_scale(std::span<const FittedLaw> fitted, std::size_t observations);

/// "0.12 + 3.4 / P": the law in words that a reader can evaluate; coefficients to three digits.
[[nodiscard]] std::string describe(const FittedLaw& law);

}  // namespace mpisize
