// How well do files compress?  One item is the content of a file, its result the size that zstd
// level 19 makes of it.  Items take microseconds to seconds: a heavy tail that equal shares handle
// badly.
//
//   mpirun -n 2 compressibility /usr/share
//   mpisize run -- compressibility --bytes 16e6 /usr/share
#include <zstd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>
#include <stdexcept>

#include "files.hpp"
#include "main.hpp"

namespace {

/// Sent back as its bytes: a trivially copyable type needs no packing code.
struct Sizes {
  std::int64_t original = 0;
  std::int64_t compressed = 0;
};

double ratio(const Sizes& s) {
  return static_cast<double>(s.original) / static_cast<double>(s.compressed);
}

/// The kernel: any callable.  Each rank has its own and may keep state in it: here the compressor's
/// tables (tens of megabytes), made once instead of once per file.
class Compress {
 public:
  Sizes operator()(const std::string& content) {
    output_.resize(ZSTD_compressBound(content.size()));
    const std::size_t size = ZSTD_compressCCtx(context_.get(), output_.data(), output_.size(),
                                               content.data(), content.size(), level);
    if (ZSTD_isError(size) != 0) throw std::runtime_error(ZSTD_getErrorName(size));
    return {static_cast<std::int64_t>(content.size()), static_cast<std::int64_t>(size)};
  }

 private:
  static constexpr int level = 19;
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context_{ZSTD_createCCtx()};
  std::string output_;
};

void print(const std::vector<std::string>& paths, const std::vector<Sizes>& results) {
  Sizes sum;
  for (const Sizes& s : results) {
    sum.original += s.original;
    sum.compressed += s.compressed;
  }
  std::printf("%zu files, %lld bytes, compressed %lld bytes, ratio %.3f\n", results.size(),
              static_cast<long long>(sum.original), static_cast<long long>(sum.compressed),
              ratio(sum));

  std::vector<std::size_t> order(results.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return ratio(results[a]) > ratio(results[b]);
  });
  const std::size_t shown = std::min<std::size_t>(5, order.size());
  const auto line = [&](std::size_t i) {
    std::printf("  %9.3f  %10lld  %s\n", ratio(results[i]),
                static_cast<long long>(results[i].original), paths[i].c_str());
  };
  std::puts("best (ratio, bytes, file):");
  std::for_each(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), line);
  std::puts("worst:");
  std::for_each(order.rbegin(), order.rbegin() + static_cast<std::ptrdiff_t>(shown), line);
  example::print_checksum(results);
}

mpisize::Bytes bytes_of(const example::po::variables_map& given, const std::string& name) {
  const double bytes = given[name].as<double>();
  if (!(bytes >= 1 && bytes <= 1e15)) {  // Also if it is not a number.
    throw mpisize::InputError("--" + name + " is " + std::to_string(bytes) +
                              "; give a number of bytes from 1 to 1e15");
  }
  return mpisize::Bytes(std::llround(bytes));
}

void compressibility(int argc, char** argv) {
  namespace po = example::po;
  po::options_description options("Options");
  options.add_options()  //
      ("directory", po::value<std::string>()->default_value("/usr/share"),
       "where the files are")                                                           //
      ("bytes", po::value<double>()->default_value(64e6, "64e6"), "most bytes in all")  //
      ("largest", po::value<double>()->default_value(16e6, "16e6"), "largest taken")    //
      ("seed", po::value<std::uint64_t>()->default_value(1), "which files are drawn");
  const auto given = example::read_command_line(
      argc, argv, "compressibility [options] [directory]: how small zstd -19 makes its files",
      options, po::positional_options_description().add("directory", 1));
  if (!given) return;
  const example::FileChoice choice{bytes_of(*given, "bytes"), bytes_of(*given, "largest"),
                                   (*given)["seed"].as<std::uint64_t>()};

  // Only the root reads the files: workers get contents by message and need no file system.
  std::vector<std::string> paths;
  std::vector<std::string> contents;
  example::on_root(MPI_COMM_WORLD, [&] {
    auto sample = example::sample_files((*given)["directory"].as<std::string>(), choice);
    if (sample.skipped > 0) std::cerr << "unreadable, skipped: " << sample.skipped << '\n';
    if (sample.too_large > 0)
      std::cerr << "above --largest, left out: " << sample.too_large << '\n';
    for (auto& file : sample.files) {
      paths.push_back(std::move(file.path));
      contents.push_back(std::move(file.content));
    }
  });

  const auto outcome = mpisize::map(MPI_COMM_WORLD, contents, Compress());
  example::on_root(MPI_COMM_WORLD, [&] {
    print(paths, outcome.results);
    std::cerr << mpisize::describe(outcome.report);
  });
}

}  // namespace

int main(int argc, char** argv) { return example::run(argc, argv, compressibility); }
