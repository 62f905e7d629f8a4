// A picture of the Mandelbrot set.  One item is one row: rows through the set cost hundreds of
// times more than rows beside it, and neighbours cost alike, so that equal blocks of rows are the
// wrong answer.
//
//   mpirun -n 4 mandelbrot --width 1920 --height 1440 --output mandelbrot.ppm
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <string>
#include <system_error>
#include <vector>

#include <mpisize/measure/cache.hpp>

#include "main.hpp"

namespace {

/// What is seen: a rectangle around (-0.75, 0), 2.5 high.
struct View {
  int width = 0, height = 0, iterations = 0;
};

/// Steps of z <- z^2 + c from 0 until |z| > 2; `most` if that does not happen.
int escape_time(double cr, double ci, int most) {
  double zr = 0, zi = 0;
  for (int i = 0; i < most; ++i) {
    const double rr = zr * zr, ii = zi * zi;
    if (rr + ii > 4) return i;
    zi = 2 * zr * zi + ci;
    zr = rr - ii + cr;
  }
  return most;
}

/// The kernel.  A std::vector is no trivially copyable type: it travels packed by cereal.
std::vector<int> escape_times(const View& view, int row) {
  const double pixel = 2.5 / view.height;
  const double ci = (0.5 * (view.height - 1) - row) * pixel;
  std::vector<int> times;
  times.reserve(static_cast<std::size_t>(view.width));
  for (int column = 0; column < view.width; ++column) {
    const double cr = -0.75 + (column - 0.5 * (view.width - 1)) * pixel;
    times.push_back(escape_time(cr, ci, view.iterations));
  }
  return times;
}

/// Portable pixmap (P6): the set black, outside a shade of blue by escape time.
std::string picture(const View& view, const std::vector<std::vector<int>>& rows) {
  std::string ppm =
      "P6\n" + std::to_string(view.width) + ' ' + std::to_string(view.height) + "\n255\n";
  for (const auto& row : rows) {
    for (const int time : row) {
      const int t = time % 64 * 4;                     // Repeats every 64 steps ...
      const int wave = t < 128 ? 2 * t : 510 - 2 * t;  // ... up and down again.
      const bool inside = time == view.iterations;
      ppm.push_back(static_cast<char>(inside ? 0 : wave / 2));
      ppm.push_back(static_cast<char>(inside ? 0 : wave * 3 / 4));
      ppm.push_back(static_cast<char>(inside ? 0 : 64 + wave * 3 / 4));
    }
  }
  return ppm;
}

/// Better now than after the computing.
void check_output(const std::string& output) {
  std::error_code none;
  const auto folder = std::filesystem::absolute(output, none).parent_path();
  if (std::filesystem::is_directory(output, none) || access(folder.c_str(), W_OK | X_OK) != 0) {
    throw mpisize::InputError("cannot write '" + output +
                              "'; give --output a file name in a directory that can be written");
  }
}

void mandelbrot(int argc, char** argv) {
  namespace po = example::po;
  po::options_description options("Options");
  options.add_options()                                                                         //
      ("width", po::value<std::int64_t>()->default_value(1200), "columns")                      //
      ("height", po::value<std::int64_t>()->default_value(900), "rows")                         //
      ("iterations", po::value<std::int64_t>()->default_value(2000), "most steps for a point")  //
      ("output", po::value<std::string>()->default_value("mandelbrot.ppm"), "picture to write");
  const auto given = example::read_command_line(
      argc, argv, "mandelbrot [options]: a picture of the Mandelbrot set", options);
  if (!given) return;
  const View view{example::count_of(*given, "width", 1, 100'000),
                  example::count_of(*given, "height", 1, 100'000),
                  example::count_of(*given, "iterations", 1, 1'000'000'000)};
  const auto output = (*given)["output"].as<std::string>();
  example::on_root(MPI_COMM_WORLD, [&] { check_output(output); });

  std::vector<int> rows(static_cast<std::size_t>(view.height));
  std::iota(rows.begin(), rows.end(), 0);
  const auto outcome =
      mpisize::map(MPI_COMM_WORLD, rows, [&](int row) { return escape_times(view, row); });
  example::on_root(MPI_COMM_WORLD, [&] {
    const std::string ppm = picture(view, outcome.results);
    mpisize::write_file(output, ppm);
    std::int64_t inside = 0;
    for (const auto& row : outcome.results) {
      inside += std::count(row.begin(), row.end(), view.iterations);
    }
    std::printf("%d x %d points, %lld of them in the set\n", view.width, view.height,
                static_cast<long long>(inside));
    example::print_checksum(ppm);
    std::printf("picture: %s\n", output.c_str());
    std::cerr << mpisize::describe(outcome.report);
  });
}

}  // namespace

int main(int argc, char** argv) { return example::run(argc, argv, mandelbrot); }
