#include "mpisize/store/dead_letters.hpp"

#include <cstddef>

#include "mpisize/base/error.hpp"
#include "mpisize/store/dataset_sink.hpp"
#include "mpisize/store/hdf5_handle.hpp"

namespace mpisize {
namespace {

/// A row of the table.
struct Row {
  std::int64_t index = 0;
  std::int32_t rank = 0;
  std::int32_t tries = 0;
  const char* host = nullptr;
  const char* message = nullptr;
};

hdf5::Handle text_type() {
  hdf5::Handle text(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(text.get(), H5T_VARIABLE);
  H5Tset_cset(text.get(), H5T_CSET_UTF8);
  return text;
}

hdf5::Handle row_type() {
  const hdf5::Handle text = text_type();
  hdf5::Handle row(H5Tcreate(H5T_COMPOUND, sizeof(Row)), H5Tclose);
  H5Tinsert(row.get(), "index", offsetof(Row, index), H5T_NATIVE_INT64);
  H5Tinsert(row.get(), "rank", offsetof(Row, rank), H5T_NATIVE_INT32);
  H5Tinsert(row.get(), "tries", offsetof(Row, tries), H5T_NATIVE_INT32);
  H5Tinsert(row.get(), "host", offsetof(Row, host), text.get());
  H5Tinsert(row.get(), "message", offsetof(Row, message), text.get());
  return row;
}

std::string table_name(const DatasetPath& path) { return path.dataset + ".failed"; }

}  // namespace

void append_dead_letters(const DatasetPath& path, const std::vector<DeadLetter>& lost) {
  const hdf5::Quiet quiet;
  const hdf5::Handle file(H5Fopen(path.file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
  std::vector<Row> rows;
  rows.reserve(lost.size());
  for (const DeadLetter& item : lost) {
    rows.push_back({item.index, item.rank, item.tries, item.host.c_str(), item.message.c_str()});
  }
  const hsize_t count = rows.size();
  const hdf5::Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  const hdf5::Handle type = row_type();
  const hdf5::Handle table(H5Dcreate2(file.get(), table_name(path).c_str(), type.get(), space.get(),
                                      H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                           H5Dclose);
  if (!table.valid() ||
      H5Dwrite(table.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data()) < 0) {
    throw InputError("cannot write the failed items to '" + path.file + "': " + hdf5::last_words() +
                     "; make room and run again");
  }
}

std::vector<DeadLetter> read_dead_letters(const DatasetPath& path) {
  const hdf5::Quiet quiet;
  const hdf5::Handle file = hdf5::open_file(path.file);
  if (H5Lexists(file.get(), table_name(path).c_str(), H5P_DEFAULT) <= 0) return {};
  const hdf5::Handle table(H5Dopen2(file.get(), table_name(path).c_str(), H5P_DEFAULT), H5Dclose);
  const hdf5::Handle space(H5Dget_space(table.get()), H5Sclose);
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  const hdf5::Handle type = row_type();
  std::vector<Row> rows(static_cast<std::size_t>(std::max<hssize_t>(0, count)));
  if (H5Dread(table.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data()) < 0) {
    throw InputError("'" + table_name(path) + "' of '" + path.file +
                     "' is no table of failed items: " + hdf5::last_words() +
                     "; give a file that mpisize wrote");
  }
  std::vector<DeadLetter> lost;
  lost.reserve(rows.size());
  for (const Row& row : rows) {
    lost.push_back({row.index, row.rank, row.host == nullptr ? "" : row.host, row.tries,
                    row.message == nullptr ? "" : row.message});
  }
  H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, rows.data());
  return lost;
}

}  // namespace mpisize
