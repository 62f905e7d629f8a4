// stencil [ARGUMENTS]: a square of --cells x --cells in blocks, over a row of ranks (--dims 1) or a
// grid of them (--dims 2, MPI_Dims_create); --weak: as many cells for each rank.  Arguments: law.h.
//
// A step: halo exchange with the neighbours (Isend, Irecv, Waitall), then computing; every --every
// steps an Allreduce of 8 bytes.  --bytes is the message of a whole side: a side cut into d parts
// sends m = bytes / d (--weak: bytes).
//
//   T(P) = steps (t(P) + alpha(m) + n m beta + ceil(log2 P) alpha(8) / every)
//
// with t(P) of law.h, and n the messages that leave a host at once.
//
// Cells are whole numbers: u'(i, j) = 2 u(i, j) + its four neighbours, modulo law_modulus; outside
// is 0, and u(i, j) = 31 i + 17 j + 1 at first.
//
// checksum: sum of u(i, j) (i columns + j + 1), modulo law_modulus.

#include "world.hpp"

namespace {

using Cells = std::vector<long long>;

enum Side { above, below, left, right, sides };

/// The cells of a rank, with a border of one cell all around.
struct Block {
  MPI_Comm grid = MPI_COMM_NULL;
  std::array<int, 2> parts{};
  std::array<int, sides> neighbours{};
  long long first_row = 0, rows = 0, first_column = 0, columns = 0, all_columns = 0;
  Cells cells;

  long long& at(long long i, long long j) {
    return cells[static_cast<std::size_t>((i + 1) * (columns + 2) + j + 1)];
  }
};

/// Part `index` of `whole` cells: its first cell and how many they are.
void cut(long long whole, int parts, int index, long long& first, long long& size) {
  first = whole * index / parts;
  size = whole * (index + 1) / parts - first;
}

Block block_of(const World& world) {
  Block b;
  b.parts = {0, whole(world, "dims") == 1 ? 1 : 0};
  MPI_Dims_create(world.ranks, 2, b.parts.data());
  const std::array<int, 2> periods{};
  MPI_Cart_create(MPI_COMM_WORLD, 2, b.parts.data(), periods.data(), 0, &b.grid);
  MPI_Cart_shift(b.grid, 0, 1, &b.neighbours[above], &b.neighbours[below]);
  MPI_Cart_shift(b.grid, 1, 1, &b.neighbours[left], &b.neighbours[right]);
  std::array<int, 2> place{};
  MPI_Cart_coords(b.grid, world.rank, 2, place.data());
  const bool weak = whole(world, "weak") != 0;
  const auto side = [&](int d) { return whole(world, "cells") * (weak ? b.parts.at(d) : 1); };
  cut(side(0), b.parts[0], place[0], b.first_row, b.rows);
  cut(side(1), b.parts[1], place[1], b.first_column, b.columns);
  b.all_columns = side(1);
  b.cells.assign(static_cast<std::size_t>((b.rows + 2) * (b.columns + 2)), 0);
  for (long long i = 0; i < b.rows; ++i) {
    for (long long j = 0; j < b.columns; ++j) {
      b.at(i, j) = 31 * (b.first_row + i) + 17 * (b.first_column + j) + 1;
    }
  }
  return b;
}

/// Calls with the cells at a side, and with the cells of the border beyond it.
template <class Visit>
void along(Block& b, int side, const Visit& visit) {
  const bool row = side == above || side == below;
  const long long inner = side == above || side == left ? 0 : (row ? b.rows : b.columns) - 1;
  const long long outer = inner == 0 && (side == above || side == left) ? -1 : inner + 1;
  for (long long k = 0; k < (row ? b.columns : b.rows); ++k) {
    if (row) {
      visit(k, b.at(inner, k), b.at(outer, k));
    } else {
      visit(k, b.at(k, inner), b.at(k, outer));
    }
  }
}

struct Halo {
  std::array<Cells, sides> out, in;
};

Halo halo_of(const World& world, const Block& b) {
  Halo halo;
  for (int side = 0; side < sides; ++side) {
    const bool row = side == above || side == below;
    const auto cells = static_cast<std::size_t>(row ? b.columns : b.rows);
    const int parts = whole(world, "weak") != 0 ? 1 : b.parts.at(row ? 1 : 0);
    const auto words = words_of(whole(world, "bytes") / parts, cells);
    halo.out.at(side).assign(words, 0);
    halo.in.at(side).assign(words, 0);
  }
  return halo;
}

void exchange(Block& b, Halo& halo) {
  std::array<MPI_Request, sides> received{};
  std::array<MPI_Request, sides> sent{};
  for (int side = 0; side < sides; ++side) {
    auto& in = halo.in.at(side);
    auto& out = halo.out.at(side);
    along(b, side, [&](long long k, long long inner, long long) {
      out[static_cast<std::size_t>(k)] = inner;
    });
    const int words = static_cast<int>(in.size());
    const int opposite = side ^ 1;
    MPI_Irecv(in.data(), words, MPI_LONG_LONG, b.neighbours.at(side), side, b.grid,
              &received.at(side));
    MPI_Isend(out.data(), words, MPI_LONG_LONG, b.neighbours.at(side), opposite, b.grid,
              &sent.at(side));
  }
  MPI_Waitall(sides, received.data(), MPI_STATUSES_IGNORE);
  MPI_Waitall(sides, sent.data(), MPI_STATUSES_IGNORE);
  for (int side = 0; side < sides; ++side) {
    if (b.neighbours.at(side) == MPI_PROC_NULL) continue;
    along(b, side, [&](long long k, long long, long long& outer) {
      outer = halo.in.at(side)[static_cast<std::size_t>(k)];
    });
  }
}

void update(Block& b) {
  Block next = b;
  for (long long i = 0; i < b.rows; ++i) {
    for (long long j = 0; j < b.columns; ++j) {
      next.at(i, j) =
          (2 * b.at(i, j) + b.at(i - 1, j) + b.at(i + 1, j) + b.at(i, j - 1) + b.at(i, j + 1)) %
          law_modulus;
    }
  }
  b.cells = std::move(next.cells);
}

long long checksum(Block& b) {
  long long sum = 0;
  for (long long i = 0; i < b.rows; ++i) {
    for (long long j = 0; j < b.columns; ++j) {
      const long long place = (b.first_row + i) * b.all_columns + b.first_column + j + 1;
      sum = (sum + b.at(i, j) * place) % law_modulus;
    }
  }
  return sum;
}

long long residual(Block& b) {
  long long mine = checksum(b);
  long long sum = 0;
  MPI_Allreduce(&mine, &sum, 1, MPI_LONG_LONG, MPI_SUM, b.grid);
  return sum % law_modulus;
}

}  // namespace

int main(int argc, char** argv) {
  World world = begin(&argc, &argv);
  Block block = block_of(world);
  Halo halo = halo_of(world, block);
  const auto steps = whole(world, "steps");
  const auto every = whole(world, "every");
  long long sum = 0;
  for (long long step = 1; step <= steps; ++step) {
    exchange(block, halo);
    update(block);
    compute(world);
    if (step % every == 0 || step == steps) sum = residual(block);
  }
  return end(world, "stencil", static_cast<double>(sum));
}
