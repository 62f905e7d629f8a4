#include "mpisize/store/rank_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/store/hdf5_handle.hpp"
#include "mpisize/store/rank_rows.hpp"

namespace mpisize {
namespace {

using hdf5::Handle;
using rank_rows::PeerRow;
using rank_rows::RankRow;
using rank_rows::RoutineRow;
using rank_rows::Rows;

constexpr const char* schema = "mpisize-ranks";
constexpr std::int64_t schema_version = 1;

struct Column {
  enum class Kind { integer, real, text };
  const char* name;
  std::size_t offset;
  Kind kind;
  std::size_t length;  ///< Of text.
  const char* unit;    ///< nullptr: none.
};

Column integer(const char* name, std::size_t offset, const char* unit = nullptr) {
  return {name, offset, Column::Kind::integer, 0, unit};
}
Column seconds(const char* name, std::size_t offset) {
  return {name, offset, Column::Kind::real, 0, "s"};
}
Column text(const char* name, std::size_t offset, std::size_t length) {
  return {name, offset, Column::Kind::text, length, nullptr};
}

struct Table {
  const char* name;
  std::size_t row_bytes;
  std::vector<Column> columns;
};

Table rank_table() {
  return {
      "ranks",
      sizeof(RankRow),
      {integer("rank", offsetof(RankRow, rank)),
       text("host", offsetof(RankRow, host), sizeof(RankRow::host)),
       seconds("before_init", offsetof(RankRow, before_init)),
       seconds("wall", offsetof(RankRow, wall)), seconds("in_mpi", offsetof(RankRow, in_mpi)),
       seconds("cpu", offsetof(RankRow, cpu)),
       integer("peak_resident", offsetof(RankRow, peak_resident), "B"),
       integer("threads", offsetof(RankRow, threads)),
       integer("sampled", offsetof(RankRow, sampled)), integer("ended", offsetof(RankRow, ended)),
       integer("other_messages", offsetof(RankRow, other_messages)),
       integer("other_bytes", offsetof(RankRow, other_bytes), "B")}};
}

Table routine_table() {
  return {"routines",
          sizeof(RoutineRow),
          {integer("rank", offsetof(RoutineRow, rank)),
           text("routine", offsetof(RoutineRow, routine), sizeof(RoutineRow::routine)),
           integer("comm_size", offsetof(RoutineRow, comm_size)),
           integer("calls", offsetof(RoutineRow, calls)),
           integer("bytes", offsetof(RoutineRow, bytes), "B"),
           seconds("time", offsetof(RoutineRow, time))}};
}

Table peer_table() {
  return {"peers",
          sizeof(PeerRow),
          {integer("rank", offsetof(PeerRow, rank)), integer("peer", offsetof(PeerRow, peer)),
           integer("messages", offsetof(PeerRow, messages)),
           integer("bytes", offsetof(PeerRow, bytes), "B")}};
}

Handle text_type(std::size_t length) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), length);
  return type;
}

Handle row_type(const Table& table) {
  Handle type(H5Tcreate(H5T_COMPOUND, table.row_bytes), H5Tclose);
  for (const Column& column : table.columns) {
    const Handle characters =
        column.kind == Column::Kind::text ? text_type(column.length) : Handle();
    const hid_t member = characters.valid()                  ? characters.get()
                         : column.kind == Column::Kind::real ? H5T_NATIVE_DOUBLE
                                                             : H5T_NATIVE_INT64;
    H5Tinsert(type.get(), column.name, column.offset, member);
  }
  return type;
}

bool put_text(hid_t object, const std::string& name, const std::string& value) {
  const Handle type = text_type(value.size() + 1);
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(
      H5Acreate2(object, name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  return H5Awrite(attribute.get(), type.get(), value.c_str()) >= 0;
}

bool put_number(hid_t object, const char* name, std::int64_t value) {
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(
      H5Acreate2(object, name, H5T_STD_I64LE, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  return H5Awrite(attribute.get(), H5T_NATIVE_INT64, &value) >= 0;
}

template <class Row>
bool put_rows(const Handle& file, const Table& table, const std::vector<Row>& rows) {
  const Handle type = row_type(table);
  const hsize_t count = rows.size();
  const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  const Handle set(H5Dcreate2(file.get(), table.name, type.get(), space.get(), H5P_DEFAULT,
                              H5P_DEFAULT, H5P_DEFAULT),
                   H5Dclose);
  bool good = set.valid();
  if (good && count > 0) {
    good = H5Dwrite(set.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data()) >= 0;
  }
  for (const Column& column : table.columns) {
    if (column.unit == nullptr) continue;
    good = good && put_text(set.get(), std::string("unit_") + column.name, column.unit);
  }
  return good;
}

/// Empty if the table is not there or is not as it must be.
template <class Row>
std::vector<Row> get_rows(const Handle& file, const Table& table, bool& good) {
  const Handle set(H5Dopen2(file.get(), table.name, H5P_DEFAULT), H5Dclose);
  const Handle space(set.valid() ? H5Dget_space(set.get()) : -1, H5Sclose);
  hsize_t count = 0;
  good = good && space.valid() && H5Sget_simple_extent_ndims(space.get()) == 1 &&
         H5Sget_simple_extent_dims(space.get(), &count, nullptr) == 1;
  // HDF5 leaves a column that the file has not as it is, and tells nobody.
  const Handle stored(good ? H5Dget_type(set.get()) : -1, H5Tclose);
  good = good && H5Tget_class(stored.get()) == H5T_COMPOUND;
  for (const Column& column : table.columns) {
    good = good && H5Tget_member_index(stored.get(), column.name) >= 0;
  }
  good = good && H5Dget_storage_size(set.get()) == count * H5Tget_size(stored.get());
  std::vector<Row> rows(good ? count : 0);
  if (!rows.empty()) {
    good =
        H5Dread(set.get(), row_type(table).get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data()) >= 0;
  }
  return rows;
}

std::int64_t version_of(const Handle& file) {
  std::int64_t version = 0;
  const Handle attribute(H5Aopen(file.get(), "schema_version", H5P_DEFAULT), H5Aclose);
  if (attribute.valid()) H5Aread(attribute.get(), H5T_NATIVE_INT64, &version);
  return version;
}

/// The whole file as it lies in memory: write_file() then does what is to be done about names.
std::string image_of(const Rows& rows) {
  constexpr std::size_t step = 1 << 20;
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access.get(), step, false);
  const Handle file(H5Fcreate("ranks", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
  const bool good =
      file.valid() && put_text(file.get(), "schema", schema) &&
      put_number(file.get(), "schema_version", schema_version) &&
      put_rows(file, rank_table(), rows.ranks) && put_rows(file, routine_table(), rows.routines) &&
      put_rows(file, peer_table(), rows.peers) && H5Fflush(file.get(), H5F_SCOPE_LOCAL) >= 0;
  const ssize_t size = good ? H5Fget_file_image(file.get(), nullptr, 0) : -1;
  std::string image(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
  if (size <= 0 || H5Fget_file_image(file.get(), image.data(), image.size()) != size) {
    throw InputError("cannot make an HDF5 file of the counters: " + hdf5::last_words() +
                     "; give the run more memory");
  }
  return image;
}

}  // namespace

void write_ranks(const std::filesystem::path& path, const std::vector<RankUse>& ranks) {
  const hdf5::Quiet quiet;
  write_file(path, image_of(rank_rows::rows_of(ranks)));
}

std::vector<RankUse> read_ranks(const std::filesystem::path& path) {
  const hdf5::Quiet quiet;
  const Handle file = hdf5::open_file(path.string());
  bool good = version_of(file) == schema_version;
  Rows rows;
  if (good) rows.ranks = get_rows<RankRow>(file, rank_table(), good);
  if (good) rows.routines = get_rows<RoutineRow>(file, routine_table(), good);
  if (good) rows.peers = get_rows<PeerRow>(file, peer_table(), good);
  if (!good) {
    throw InputError("'" + path.string() +
                     "' does not hold the counters of a run in a form that this mpisize knows; "
                     "delete it, and run the program again");
  }
  return rank_rows::ranks_of(rows);
}

}  // namespace mpisize
