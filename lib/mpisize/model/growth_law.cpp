#include "mpisize/model/growth_law.hpp"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

constexpr std::size_t most_terms = 4;

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

/// Place of the anchor's term among the terms; empty if it is not.
std::optional<std::size_t> anchored(std::span<const Term> terms,
                                    const std::optional<Anchor>& anchor) {
  if (!anchor) return std::nullopt;
  const auto found = std::find(terms.begin(), terms.end(), anchor->term);
  if (found == terms.end()) return std::nullopt;
  return static_cast<std::size_t>(found - terms.begin());
}

double misfit_of(std::span<const Term> terms, std::span<const double> coefficients,
                 std::span<const Observed> observed, const std::optional<Anchor>& anchor) {
  double sum = 0;
  if (const auto place = anchored(terms, anchor)) {
    sum = std::pow((coefficients[*place] - anchor->value) / anchor->error, 2);
  }
  for (const Observed& o : observed) {
    sum += std::pow((evaluate(terms, coefficients, o.at) - o.value) / o.error, 2);
  }
  return sum;
}

/// Rows over their errors, columns of unit length so that large and small terms weigh the same.
struct System {
  Eigen::MatrixXd columns;
  Eigen::VectorXd values;
  Eigen::VectorXd lengths;
};

System system_of(std::span<const Term> terms, std::span<const Observed> observed,
                 const std::optional<Anchor>& anchor) {
  const auto place = anchored(terms, anchor);
  const Eigen::Index rows = index(observed.size() + (place ? 1 : 0));
  System s{Eigen::MatrixXd::Zero(rows, index(terms.size())), Eigen::VectorXd(rows),
           Eigen::VectorXd(index(terms.size()))};
  if (place) {
    s.values[rows - 1] = anchor->value / anchor->error;
    s.columns(rows - 1, index(*place)) = 1 / anchor->error;
  }
  for (std::size_t i = 0; i < observed.size(); ++i) {
    s.values[index(i)] = observed[i].value / observed[i].error;
    for (std::size_t j = 0; j < terms.size(); ++j) {
      s.columns(index(i), index(j)) = value_of(terms[j], observed[i].at) / observed[i].error;
    }
  }
  for (Eigen::Index j = 0; j < s.lengths.size(); ++j) {
    const double length = s.columns.col(j).norm();
    s.lengths[j] = length > 0 ? length : 1;
    s.columns.col(j) /= s.lengths[j];
  }
  return s;
}

/// Least squares on the terms in `subset` (a bit each); empty if a coefficient is negative.
std::vector<double> try_subset(const System& s, unsigned subset) {
  std::vector<std::size_t> chosen;
  const auto terms = static_cast<std::size_t>(s.columns.cols());
  for (std::size_t j = 0; j < terms; ++j) {
    if ((subset >> j & 1U) != 0) chosen.push_back(j);
  }
  if (index(chosen.size()) > s.columns.rows()) return {};
  Eigen::MatrixXd a(s.columns.rows(), index(chosen.size()));
  for (std::size_t k = 0; k < chosen.size(); ++k) a.col(index(k)) = s.columns.col(index(chosen[k]));
  const Eigen::VectorXd x = a.colPivHouseholderQr().solve(s.values);
  std::vector<double> coefficients(terms, 0.0);
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    if (!(x[index(k)] >= 0)) return {};
    coefficients[chosen[k]] = x[index(k)] / s.lengths[index(chosen[k])];
  }
  return coefficients;
}

}  // namespace

std::string_view name_of(Term term) {
  switch (term) {
    case Term::one:
      return "1";
    case Term::inverse:
      return "1/P";
    case Term::inverse_two_thirds:
      return "P^-2/3";
    case Term::inverse_sqrt:
      return "P^-1/2";
    case Term::sqrt:
      return "P^1/2";
    case Term::log:
      return "log2 P";
    case Term::linear:
      return "P";
    case Term::others:
      return "(1 - 1/P)";
    case Term::workers:
      return "1/(P - 1)";
    case Term::pairs:
      return "(P - 1)";
    case Term::slowest:
      return "E[max of P]";
    case Term::share_lag:
      return "E[max of P]/P";
    case Term::mean:
      return "computing";
    case Term::mean_lag:
      return "computing x E[max of P]";
    case Term::link:
      return "link model";
    case Term::launch:
      return "launch model";
  }
  return "";
}

double expected_largest(double n) {
  constexpr double blom = 0.375;
  constexpr double blom_width = 0.25;
  if (n <= 1) return 0;
  return normal_quantile((n - blom) / (n + blom_width));
}

double value_of(Term term, const TermInputs& at) {
  const double p = at.ranks;
  switch (term) {
    case Term::one:
      return 1;
    case Term::inverse:
      return 1 / p;
    case Term::inverse_two_thirds:
      return 1 / std::cbrt(p * p);
    case Term::inverse_sqrt:
      return 1 / std::sqrt(p);
    case Term::sqrt:
      return std::sqrt(p);
    case Term::log:
      return std::log2(p);
    case Term::linear:
      return p;
    case Term::others:
      return 1 - 1 / p;
    case Term::workers:
      return p > 1 ? 1 / (p - 1) : 1;
    case Term::pairs:
      return p - 1;
    case Term::slowest:
      return expected_largest(p);
    case Term::share_lag:
      return expected_largest(p) / p;
    case Term::mean:
      return at.mean;
    case Term::mean_lag:
      return at.mean * expected_largest(p);
    case Term::link:
      return at.link;
    case Term::launch:
      return at.launch;
  }
  return 0;
}

double evaluate(std::span<const Term> terms, std::span<const double> coefficients,
                const TermInputs& at) {
  double sum = 0;
  for (std::size_t j = 0; j < terms.size(); ++j) sum += coefficients[j] * value_of(terms[j], at);
  return sum;
}

double evaluate(const FittedLaw& law, const TermInputs& at) {
  return evaluate(law.terms, law.coefficients, at);
}

std::vector<double> fit_coefficients(std::span<const Term> terms,
                                     std::span<const Observed> observed,
                                     const std::optional<Anchor>& anchor) {
  if (observed.empty()) throw std::invalid_argument("a law fitted to nothing");
  if (terms.size() > most_terms) throw std::invalid_argument("a law of more than four terms");
  for (const Observed& o : observed) {
    if (!(o.error > 0)) throw std::invalid_argument("an observation without an error");
  }
  const System system = system_of(terms, observed, anchor);
  std::vector<double> best(terms.size(), 0.0);
  double least = misfit_of(terms, best, observed, anchor);
  for (unsigned subset = 1; subset < (1U << terms.size()); ++subset) {
    std::vector<double> tried = try_subset(system, subset);
    if (tried.empty()) continue;
    const double misfit = misfit_of(terms, tried, observed, anchor);
    if (misfit < least) {
      least = misfit;
      best = std::move(tried);
    }
  }
  return best;
}

double misfit_scale(std::span<const FittedLaw> fitted, std::size_t observations) {
  double least = std::numeric_limits<double>::infinity();
  for (const FittedLaw& law : fitted) {
    const auto freedom = static_cast<double>(
        std::max<std::size_t>(1, observations - std::min(observations, law.terms.size())));
    least = std::min(least, law.misfit / freedom);
  }
  return std::isfinite(least) ? std::sqrt(std::max(1.0, least)) : 1;
}

std::vector<FittedLaw> fit_laws(std::span<const Law> laws, std::span<const Observed> observed,
                                const std::optional<Anchor>& anchor) {
  constexpr double negligible = 1e-3;
  std::vector<FittedLaw> fitted;
  for (const Law& law : laws) {
    const std::size_t known = observed.size() + (anchored(law.terms, anchor) ? 1 : 0);
    if (law.terms.size() > known) continue;
    FittedLaw f{law.terms, fit_coefficients(law.terms, observed, anchor), 0, law.prior};
    f.misfit = misfit_of(f.terms, f.coefficients, observed, anchor);
    fitted.push_back(std::move(f));
  }
  const double scale = misfit_scale(fitted, observed.size());
  const double price = std::max(1.0, std::log(static_cast<double>(observed.size())) / 2);
  double best = -std::numeric_limits<double>::infinity();
  const auto log_weight = [&](const FittedLaw& f) {
    return std::log(f.weight) - f.misfit / (2 * scale * scale) -
           price * static_cast<double>(f.terms.size());
  };
  for (FittedLaw& f : fitted) {
    f.weight = log_weight(f);
    best = std::max(best, f.weight);
  }
  double sum = 0;
  for (FittedLaw& f : fitted) {
    f.weight = std::exp(f.weight - best);
    if (f.weight < negligible) f.weight = 0;
    sum += f.weight;
  }
  std::erase_if(fitted, [](const FittedLaw& f) { return f.weight == 0; });
  for (FittedLaw& f : fitted) f.weight /= sum;
  std::stable_sort(fitted.begin(), fitted.end(),
                   [](const FittedLaw& a, const FittedLaw& b) { return a.weight > b.weight; });
  return fitted;
}

std::string describe(const FittedLaw& law) {
  std::string text;
  for (std::size_t j = 0; j < law.terms.size(); ++j) {
    if (law.coefficients[j] == 0) continue;
    if (!text.empty()) text += " + ";
    text += fmt::format("{:.3g}", law.coefficients[j]);
    if (law.terms[j] != Term::one) text += fmt::format(" x {}", name_of(law.terms[j]));
  }
  return text.empty() ? "0" : text;
}

}  // namespace mpisize
