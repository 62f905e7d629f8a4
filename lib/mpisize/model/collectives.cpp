#include "mpisize/model/collectives.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace mpisize {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Programs that grow message by message. A message is put where both ends stand in their order.
class Writer {
 public:
  explicit Writer(int ranks) : program_(at(ranks)) {}

  /// Waited for alone at the end that takes it, and not before it is sent at the other.
  void message(int from, int to, Bytes size) {
    program_[at(from)].push_back({{}, {{to, size}}});
    program_[at(to)].push_back({{{from, size}}, {}});
  }
  /// Both ways at once.
  void exchange(int a, int b, Bytes size) {
    program_[at(a)].push_back({{{b, size}}, {{b, size}}});
    program_[at(b)].push_back({{{a, size}}, {{a, size}}});
  }
  /// A step of one rank.
  void step(int rank, Step step) { program_[at(rank)].push_back(std::move(step)); }
  [[nodiscard]] MessageProgram take() { return std::move(program_); }

 private:
  MessageProgram program_;
};

int largest_power(int below_or_at) {
  int p = 1;
  while (2 * p <= below_or_at) p *= 2;
  return p;
}

/// Parent and children of every rank, rank 0 on top, children in the order in which they are sent
/// to.
struct Tree {
  std::vector<int> parent;
  std::vector<std::vector<int>> children;
};

Tree tree_of(Algorithm how, int n) {
  Tree tree{std::vector<int>(at(n), -1), std::vector<std::vector<int>>(at(n))};
  const auto hang = [&tree](int child, int below) {
    tree.parent[at(child)] = below;
    tree.children[at(below)].push_back(child);
  };
  if (how == Algorithm::linear) {
    for (int i = 1; i < n; ++i) hang(i, 0);
  } else if (how == Algorithm::chain) {
    constexpr int chains = 4;
    const int many = std::min(chains, n - 1);
    int next = 1;
    for (int c = 0; c < many; ++c) {
      const int length = (n - 1) / many + (c < (n - 1) % many ? 1 : 0);
      for (int i = 0; i < length; ++i, ++next) hang(next, i == 0 ? 0 : next - 1);
    }
  } else if (how == Algorithm::binary_tree) {
    // Level by level: 2^l ranks of level l, each with two children a level's width apart.
    for (int width = 1, first = 0; first < n; first += width, width *= 2) {
      for (int i = first; i < std::min(n, first + width); ++i) {
        for (const int child : {i + width, i + 2 * width}) {
          if (child < n) hang(child, i);
        }
      }
    }
  } else {
    const int radix = how == Algorithm::knomial_tree ? 4 : 2;
    // The largest subtrees first.
    int mask = 1;
    while (mask < n) mask *= radix;
    for (int m = mask / radix; m >= 1; m /= radix) {
      for (int i = 0; i < n; i += m * radix) {
        for (int k = 1; k < radix; ++k) {
          if (i + k * m < n) hang(i + k * m, i);
        }
      }
    }
  }
  return tree;
}

MessageProgram down(const Tree& tree, Bytes size) {
  Writer w(static_cast<int>(tree.parent.size()));
  for (int r = 0; r < static_cast<int>(tree.parent.size()); ++r) {
    if (r > 0) w.step(r, {{{tree.parent[at(r)], size}}, {}});
    Step sends;
    for (const int child : tree.children[at(r)]) sends.sends.push_back({child, size});
    if (!sends.sends.empty()) w.step(r, sends);
  }
  return w.take();
}

MessageProgram up(const Tree& tree, Bytes size) {
  Writer w(static_cast<int>(tree.parent.size()));
  for (int r = 0; r < static_cast<int>(tree.parent.size()); ++r) {
    Step receives;
    for (const int child : tree.children[at(r)]) receives.receives.push_back({child, size});
    if (!receives.receives.empty()) w.step(r, receives);
    if (r > 0) w.step(r, {{}, {{tree.parent[at(r)], size}}});
  }
  return w.take();
}

/// Ranks beyond a power of two hand over to a neighbour and get the result from it.
template <class Body>
MessageProgram folded(int n, Bytes size, Body body) {
  const int power = largest_power(n);
  const int extra = n - power;
  Writer w(n);
  for (int i = 0; i < extra; ++i) w.message(2 * i, 2 * i + 1, size);
  const auto real = [extra](int i) { return i < extra ? 2 * i + 1 : i + extra; };
  body(w, power, real);
  for (int i = 0; i < extra; ++i) w.message(2 * i + 1, 2 * i, size);
  return w.take();
}

MessageProgram recursive_doubling(int n, Bytes size) {
  return folded(n, size, [size](Writer& w, int power, auto real) {
    for (int mask = 1; mask < power; mask *= 2) {
      for (int i = 0; i < power; ++i) {
        if (i < (i ^ mask)) w.exchange(real(i), real(i ^ mask), size);
      }
    }
  });
}

MessageProgram reduce_scatter_allgather(int n, Bytes size) {
  return folded(n, size, [size](Writer& w, int power, auto real) {
    Bytes part(size.value() / 2);
    const auto round = [&](int mask) {
      for (int i = 0; i < power; ++i) {
        if (i < (i ^ mask)) w.exchange(real(i), real(i ^ mask), part);
      }
    };
    for (int mask = 1; mask < power; mask *= 2) {
      round(mask);
      if (2 * mask < power) part = Bytes(part.value() / 2);
    }
    for (int mask = power / 2; mask >= 1; mask /= 2) {
      round(mask);
      part = Bytes(part.value() * 2);
    }
  });
}

/// Everybody hands a part on to the next rank, `rounds` times.
MessageProgram ring(int n, Bytes part, int rounds) {
  Writer w(n);
  for (int round = 0; round < rounds; ++round) {
    for (int r = 0; r < n; ++r) w.step(r, {{{(r + n - 1) % n, part}}, {{(r + 1) % n, part}}});
  }
  return w.take();
}

/// What a rank has gathered doubles every round (Bruck et al. 1997).
MessageProgram gather_by_doubling(int n, Bytes size) {
  Writer w(n);
  for (int have = 1; have < n; have *= 2) {
    const Bytes bytes = size * std::min(have, n - have);
    for (int r = 0; r < n; ++r) {
      w.step(r, {{{(r + have) % n, bytes}}, {{(r + n - have) % n, bytes}}});
    }
  }
  return w.take();
}

/// Each half of what a rank holds goes to the rank half way on; then all parts to all by doubling.
MessageProgram scatter_allgather(int n, Bytes size) {
  const Tree tree = tree_of(Algorithm::binomial_tree, n);
  Writer w(n);
  const auto share = [n, size](int parts) { return Bytes(size.value() * parts / n); };
  for (int r = 0; r < n; ++r) {
    const int mine = r == 0 ? n : std::min(n - r, r & -r);
    if (r > 0) w.step(r, {{{tree.parent[at(r)], share(mine)}}, {}});
    for (const int child : tree.children[at(r)]) {
      w.step(r, {{}, {{child, share(std::min(n - child, child & -child))}}});
    }
  }
  for (int mask = 1; mask < n; mask *= 2) {
    for (int i = 0; i < n; ++i) {
      const int j = i ^ mask;
      if (i < j && j < n) w.exchange(i, j, share(mask));
    }
  }
  return w.take();
}

MessageProgram everybody_to_everybody(int n, Bytes size) {
  Writer w(n);
  for (int r = 0; r < n; ++r) {
    Step all;
    for (int i = 1; i < n; ++i) {
      all.receives.push_back({(r + n - i) % n, size});
      all.sends.push_back({(r + i) % n, size});
    }
    w.step(r, all);
  }
  return w.take();
}

MessageProgram pairwise(int n, Bytes size) {
  Writer w(n);
  for (int i = 1; i < n; ++i) {
    for (int r = 0; r < n; ++r) w.step(r, {{{(r + n - i) % n, size}}, {{(r + i) % n, size}}});
  }
  return w.take();
}

/// In round k half of the blocks go 2^k ranks on; `carried` blocks of `size`.
MessageProgram bruck(int n, Bytes size) {
  Writer w(n);
  for (int distance = 1; distance < n; distance *= 2) {
    int carried = 0;
    for (int block = 1; block < n; ++block) carried += (block & distance) != 0 ? 1 : 0;
    const Bytes bytes(size.value() * carried);
    for (int r = 0; r < n; ++r) {
      w.step(r, {{{(r + n - distance) % n, bytes}}, {{(r + distance) % n, bytes}}});
    }
  }
  return w.take();
}

MessageProgram one_by_one(const MessageProgram& all) {
  // A linear gather takes its receives in the order of ranks, each waited for.
  MessageProgram program = all;
  std::vector<Step> root;
  for (const Step& step : all[0]) {
    for (const Message& m : step.receives) root.push_back({{m}, {}});
    for (const Message& m : step.sends) root.push_back({{}, {m}});
  }
  program[0] = root;
  return program;
}

[[noreturn]] void impossible(Collective what) {
  throw std::invalid_argument(std::string(name_of(what)) + " cannot be carried out like that");
}

}  // namespace

std::string_view name_of(Collective what) {
  constexpr std::array<std::string_view, 8> names{"scatterv",  "gatherv",  "bcast",   "reduce",
                                                  "allreduce", "alltoall", "barrier", "allgather"};
  return names.at(static_cast<std::size_t>(what));
}

MessageProgram program_of(Collective what, Algorithm how, int ranks, Bytes size) {
  const int n = ranks;
  if (n < 1) throw std::invalid_argument("a collective of no rank");
  const bool tree = how == Algorithm::linear || how == Algorithm::chain ||
                    how == Algorithm::binary_tree || how == Algorithm::binomial_tree ||
                    how == Algorithm::knomial_tree;
  switch (what) {
    case Collective::scatterv:
      if (how != Algorithm::linear) impossible(what);
      return one_by_one(down(tree_of(how, n), size));
    case Collective::gatherv:
      if (how != Algorithm::linear) impossible(what);
      return one_by_one(up(tree_of(how, n), size));
    case Collective::bcast:
      if (how == Algorithm::scatter_allgather) return scatter_allgather(n, size);
      if (!tree) impossible(what);
      return down(tree_of(how, n), size);
    case Collective::reduce:
      if (!tree) impossible(what);
      return up(tree_of(how, n), size);
    case Collective::allreduce:
      if (how == Algorithm::recursive_doubling) return recursive_doubling(n, size);
      if (how == Algorithm::reduce_scatter_allgather) return reduce_scatter_allgather(n, size);
      if (how == Algorithm::ring) return ring(n, Bytes(size.value() / n), 2 * (n - 1));
      if (how == Algorithm::linear) {
        const Tree star = tree_of(how, n);
        return in_sequence(up(star, size), down(star, size));
      }
      if (how != Algorithm::reduce_bcast) impossible(what);
      return in_sequence(
          program_of(Collective::reduce, algorithm_of(Collective::reduce, n, size), n, size),
          program_of(Collective::bcast, algorithm_of(Collective::bcast, n, size), n, size));
    case Collective::alltoall:
      if (how == Algorithm::pairwise) return pairwise(n, size);
      if (how == Algorithm::bruck) return bruck(n, size);
      if (how != Algorithm::linear) impossible(what);
      return everybody_to_everybody(n, size);
    case Collective::allgather:
      if (how == Algorithm::ring) return ring(n, size, n - 1);
      if (how != Algorithm::bruck) impossible(what);
      return gather_by_doubling(n, size);
    case Collective::barrier:
      break;
  }
  const Bytes empty(0);
  if (how == Algorithm::recursive_doubling) return recursive_doubling(n, empty);
  if (how == Algorithm::bruck) return bruck(n, empty);
  const Tree over = tree_of(how == Algorithm::linear ? how : Algorithm::binomial_tree, n);
  if (how != Algorithm::linear && how != Algorithm::double_tree) impossible(what);
  return in_sequence(up(over, empty), down(over, empty));
}

MessageProgram in_sequence(MessageProgram first, const MessageProgram& second) {
  for (std::size_t r = 0; r < first.size(); ++r) {
    first[r].insert(first[r].end(), second.at(r).begin(), second.at(r).end());
  }
  return first;
}

Seconds collective_time(const MessagePlayer& player, Collective what, Bytes size) {
  const int n = player.ranks();
  return player.play(program_of(what, algorithm_of(what, n, size), n, size));
}

}  // namespace mpisize
