// mpisize-hdf5 FILE:/DATASET COPY json|text: what a dataset is, how fast its rows are read in order
// as it is, contiguous, and with chunks of other sizes (a sample of it, copied to the file COPY),
// and what would change it. Started by `mpisize probe --hdf5`; no MPI job.
//
// Exit code: 0, or 2 with one sentence on stderr.

#include <hdf5.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/base/error.hpp"
#include "mpisize/base/human.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/model/chunk_shape.hpp"
#include "mpisize/store/dataset_source.hpp"
#include "mpisize/store/hdf5_handle.hpp"

namespace {

using namespace mpisize;

constexpr std::int64_t sample_bytes = std::int64_t{64} << 20U;
constexpr Seconds longest_read{1};

/// A way in which the rows could lie.
struct Layout {
  std::string name;
  std::optional<std::int64_t> rows_per_chunk;
  Seconds time{};         ///< Of reading all that was read.
  std::int64_t rows = 0;  ///< Read within `longest_read`.
  [[nodiscard]] double rate(const DatasetInfo& info) const {
    return static_cast<double>(rows) * static_cast<double>(info.row_bytes().value()) / time.value();
  }
};

/// Rows in order, `at_a_time` each, by new handles: nothing is in HDF5's cache.
void time_reads(const DatasetPath& path, ElementType type, std::int64_t rows,
                std::int64_t at_a_time, Layout& layout) {
  DatasetReader reader(path, type, std::nullopt);
  std::vector<unsigned char> buffer(static_cast<std::size_t>(
      at_a_time * reader.info().row_elements() * static_cast<std::int64_t>(size_of(type))));
  const Seconds begin = now();
  while (layout.rows < rows && now() - begin < longest_read) {
    const std::int64_t n = std::min(at_a_time, rows - layout.rows);
    reader.read(layout.rows, n, buffer.data());
    layout.rows += n;
  }
  layout.time = now() - begin;
}

/// Copies the first `rows` rows into a new file with the layout, filters as they were.
void copy_rows(const DatasetPath& from, const std::string& to, const DatasetInfo& info,
               std::int64_t rows, const Layout& layout) {
  DatasetReader reader(from, info.type, std::nullopt);
  std::vector<unsigned char> all(static_cast<std::size_t>(rows * info.row_bytes().value()));
  reader.read(0, rows, all.data());
  std::vector<hsize_t> shape(info.shape.begin(), info.shape.end());
  shape.front() = static_cast<hsize_t>(rows);
  const hdf5::Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                           H5Sclose);
  const hdf5::Handle create(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  if (layout.rows_per_chunk) {
    shape.front() = static_cast<hsize_t>(*layout.rows_per_chunk);
    H5Pset_chunk(create.get(), static_cast<int>(shape.size()), shape.data());
    constexpr unsigned usual_level = 4;
    if (!info.filters.empty()) H5Pset_deflate(create.get(), usual_level);
  }
  const hdf5::Handle file(H5Fcreate(to.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  const hdf5::Handle set(H5Dcreate2(file.get(), "x", hdf5::memory_type(info.type), space.get(),
                                    H5P_DEFAULT, create.get(), H5P_DEFAULT),
                         H5Dclose);
  if (!set.valid() || H5Dwrite(set.get(), hdf5::memory_type(info.type), H5S_ALL, H5S_ALL,
                               H5P_DEFAULT, all.data()) < 0) {
    throw InputError("cannot copy a sample of '" + from.text() + "' to '" + to +
                     "': " + hdf5::last_words() + "; make room there, or set TMPDIR");
  }
}

std::string repack_line(const DatasetPath& path, const DatasetInfo& info,
                        const std::optional<std::int64_t>& rows) {
  std::string line = "h5repack -l " + path.dataset + ":";
  if (!rows) return line + "CONTI " + path.file + " new.h5";
  line += "CHUNK=" + std::to_string(*rows);
  for (std::size_t i = 1; i < info.shape.size(); ++i) line += "x" + std::to_string(info.shape[i]);
  return line + " " + path.file + " new.h5";
}

std::string listed(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (const std::int64_t n : numbers) text += (text.empty() ? "" : " x ") + std::to_string(n);
  return text;
}

void probe(const DatasetPath& path, const std::string& copy, bool as_json) {
  const hdf5::Quiet quiet;
  const DatasetInfo info = mpisize::inspect(path);
  const std::int64_t row = std::max<std::int64_t>(1, info.row_bytes().value());
  const std::int64_t rows =
      std::clamp<std::int64_t>(sample_bytes / row, 1, std::max<std::int64_t>(1, info.rows()));
  constexpr std::int64_t message = std::int64_t{1} << 20U;
  const std::int64_t at_a_time = std::clamp<std::int64_t>(message / row, 1, rows);
  const ChunkShape advised =
      advise_chunks({info.rows(), Bytes(row), at_a_time, !info.filters.empty()});

  std::vector<Layout> layouts;
  if (info.rows() > 0) {
    layouts.push_back({"as it is", {}});
    time_reads(path, info.type, rows, at_a_time, layouts.back());
    std::vector<Layout> others;
    if (info.filters.empty()) others.push_back({"contiguous", {}});
    others.push_back({"advised", advised.rows});
    if (advised.rows) {
      others.push_back({"a quarter", std::max<std::int64_t>(1, *advised.rows / 4)});
      others.push_back({"four times", std::min(rows, *advised.rows * 4)});
    }
    for (Layout& layout : others) {
      if (layout.rows_per_chunk) layout.rows_per_chunk = std::min(*layout.rows_per_chunk, rows);
      copy_rows(path, copy, info, rows, layout);
      time_reads({copy, "x"}, info.type, rows, at_a_time, layout);
      layouts.push_back(layout);
    }
  }
  const std::string line = repack_line(path, info, advised.rows);
  if (as_json) {
    nlohmann::ordered_json json{{"schema", "mpisize-dataset"}, {"schema_version", 1},
                                {"dataset", path.text()},      {"shape", info.shape},
                                {"type", name_of(info.type)},  {"chunk", info.chunk},
                                {"filters", info.filters}};
    if (advised.rows) json["advised_rows_per_chunk"] = *advised.rows;
    json["reasons"] = advised.reasons;
    json["rows_read_at_a_time"] = at_a_time;
    json["layouts"] = nlohmann::ordered_json::array();
    for (const Layout& layout : layouts) {
      nlohmann::ordered_json one{{"name", layout.name}, {"bytes_per_second", layout.rate(info)}};
      if (layout.rows_per_chunk) one["rows_per_chunk"] = *layout.rows_per_chunk;
      json["layouts"].push_back(one);
    }
    json["repack"] = line;
    std::cout << json.dump(2) << "\n";
    return;
  }
  std::cout << path.text() << ": " << listed(info.shape) << " " << name_of(info.type) << ", "
            << (info.chunk.empty() ? "contiguous" : "chunks of " + listed(info.chunk));
  for (const std::string& filter : info.filters) std::cout << ", " << filter;
  std::cout << "\n  read in order, " << at_a_time << " rows (" << human(Bytes(at_a_time * row))
            << ") at a time, measured on a sample of " << human(Bytes(rows * row)) << ":\n";
  for (const Layout& layout : layouts) {
    std::cout << "    " << human(Bytes(static_cast<std::int64_t>(layout.rate(info)))) << "/s  "
              << layout.name;
    if (layout.rows_per_chunk) std::cout << ", chunks of " << *layout.rows_per_chunk << " rows";
    std::cout << "\n";
  }
  for (const std::string& reason : advised.reasons) std::cout << "  " << reason << "\n";
  std::cout << "  change it with: " << line << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 4)
      throw InputError("mpisize-hdf5 is started by 'mpisize probe --hdf5 FILE:/DATASET'");
    probe(parse_dataset_path(argv[1]), argv[2], std::string(argv[3]) == "json");
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
  return 0;
}
