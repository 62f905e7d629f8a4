#include "mpisize/store/dataset.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "mpisize/base/error.hpp"
#include "mpisize/store/hdf5_handle.hpp"

namespace mpisize {
namespace {

struct Named {
  ElementType type;
  std::string_view name;
  std::size_t size;
};
constexpr std::array<Named, 10> elements{{{ElementType::int8, "int8", 1},
                                          {ElementType::int16, "int16", 2},
                                          {ElementType::int32, "int32", 4},
                                          {ElementType::int64, "int64", 8},
                                          {ElementType::uint8, "uint8", 1},
                                          {ElementType::uint16, "uint16", 2},
                                          {ElementType::uint32, "uint32", 4},
                                          {ElementType::uint64, "uint64", 8},
                                          {ElementType::float32, "float32", 4},
                                          {ElementType::float64, "float64", 8}}};

const Named& entry(ElementType type) { return elements.at(static_cast<std::size_t>(type)); }

herr_t note_name(hid_t /*group*/, const char* name, const H5O_info_t* info, void* names) {
  auto& text = *static_cast<std::string*>(names);
  constexpr std::size_t enough = 400;
  if (info->type == H5O_TYPE_DATASET && text.size() < enough) {
    text += (text.empty() ? "/" : ", /") + std::string(name);
  }
  return 0;
}

std::string datasets_of(const hdf5::Handle& file) {
  std::string names;
  H5Ovisit2(file.get(), H5_INDEX_NAME, H5_ITER_INC, note_name, &names, H5O_INFO_BASIC);
  return names.empty() ? "it has none" : "it has " + names;
}

ElementType element_of(hid_t type, const DatasetPath& path) {
  const H5T_class_t kind = H5Tget_class(type);
  const std::size_t size = H5Tget_size(type);
  if (kind == H5T_FLOAT && (size == 4 || size == 8)) {
    return size == 4 ? ElementType::float32 : ElementType::float64;
  }
  if (kind == H5T_INTEGER) {
    const bool has_sign = H5Tget_sign(type) == H5T_SGN_2;
    for (const Named& e : elements) {
      const bool integer = e.type < ElementType::float32;
      const bool e_signed = e.type < ElementType::uint8;
      if (integer && e.size == size && e_signed == has_sign) return e.type;
    }
  }
  throw InputError("dataset '" + path.text() +
                   "' holds neither integers nor floating-point numbers of up to 8 bytes; convert "
                   "it to such a type");
}

}  // namespace

DatasetPath parse_dataset_path(std::string_view text) {
  const std::size_t colon = text.rfind(":/");
  if (colon == std::string_view::npos || colon == 0 || colon + 2 == text.size()) {
    throw InputError("'" + std::string(text) +
                     "' names no dataset; give FILE:/DATASET, such as in.h5:/x");
  }
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

std::string_view name_of(ElementType type) { return entry(type).name; }
std::size_t size_of(ElementType type) { return entry(type).size; }

std::optional<ElementType> element_type_named(std::string_view name) {
  if (name == "double") return ElementType::float64;
  if (name == "float") return ElementType::float32;
  for (const Named& e : elements) {
    if (e.name == name) return e.type;
  }
  return std::nullopt;
}

std::int64_t DatasetInfo::row_elements() const {
  std::int64_t n = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) n *= shape[i];
  return n;
}

Bytes DatasetInfo::row_bytes() const {
  return Bytes(row_elements() * static_cast<std::int64_t>(size_of(type)));
}

DatasetInfo inspect(const DatasetPath& path) {
  const hdf5::Quiet quiet;
  const hdf5::Handle file = hdf5::open_file(path.file);
  return hdf5::inspect(hdf5::open_dataset(file, path, Bytes(0)), path);
}

namespace hdf5 {

Quiet::Quiet() {
  H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}
Quiet::~Quiet() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }

std::string last_words() {
  std::string words;
  const auto note = [](unsigned depth, const H5E_error2_t* error, void* to) -> herr_t {
    if (depth == 0 && error->desc != nullptr) *static_cast<std::string*>(to) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, note, &words);
  constexpr std::size_t enough = 160;
  return words.empty() ? "HDF5 does not say why" : words.substr(0, enough);
}

hid_t memory_type(ElementType type) {
  switch (type) {
    case ElementType::int8:
      return H5T_NATIVE_INT8;
    case ElementType::int16:
      return H5T_NATIVE_INT16;
    case ElementType::int32:
      return H5T_NATIVE_INT32;
    case ElementType::int64:
      return H5T_NATIVE_INT64;
    case ElementType::uint8:
      return H5T_NATIVE_UINT8;
    case ElementType::uint16:
      return H5T_NATIVE_UINT16;
    case ElementType::uint32:
      return H5T_NATIVE_UINT32;
    case ElementType::uint64:
      return H5T_NATIVE_UINT64;
    case ElementType::float32:
      return H5T_NATIVE_FLOAT;
    case ElementType::float64:
      break;
  }
  return H5T_NATIVE_DOUBLE;
}

Handle open_file(const std::string& name) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(name, error)) {
    throw InputError("cannot open '" + name + "': " +
                     (error && error != std::errc::no_such_file_or_directory ? error.message()
                      : std::filesystem::exists(name, error)                 ? "not a regular file"
                                                                             : "no such file") +
                     "; give an HDF5 file that exists");
  }
  Handle file(H5Fopen(name.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (file.valid()) return file;
  const std::string why = last_words();
  const htri_t is_hdf5 = H5Fis_hdf5(name.c_str());
  if (is_hdf5 > 0) {
    throw InputError("cannot open '" + name + "': " + why +
                     "; it was cut short or is being written, give a whole file");
  }
  throw InputError("'" + name + "' is no HDF5 file (" + why + "); give one");
}

Handle open_dataset(const Handle& file, const DatasetPath& path, Bytes cache) {
  Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  if (cache.value() > 0) {
    // A prime about 100 times the chunks that it holds; whole chunks that were read go first.
    constexpr std::size_t slots = 10007;
    constexpr double read_once = 1;
    H5Pset_chunk_cache(access.get(), slots, static_cast<std::size_t>(cache.value()), read_once);
  }
  Handle dataset(H5Dopen2(file.get(), path.dataset.c_str(), access.get()), H5Dclose);
  if (!dataset.valid()) {
    throw InputError("'" + path.file + "' has no dataset '" + path.dataset + "'; " +
                     datasets_of(file));
  }
  return dataset;
}

DatasetInfo inspect(const Handle& dataset, const DatasetPath& path) {
  DatasetInfo info;
  const Handle space(H5Dget_space(dataset.get()), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 1) {
    throw InputError("dataset '" + path.text() + "' has no rows; give one of rank 1 or more");
  }
  std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr);
  for (const hsize_t n : sizes) info.shape.push_back(static_cast<std::int64_t>(n));
  const Handle type(H5Dget_type(dataset.get()), H5Tclose);
  info.type = element_of(type.get(), path);
  const Handle plist(H5Dget_create_plist(dataset.get()), H5Pclose);
  if (H5Pget_layout(plist.get()) == H5D_CHUNKED) {
    H5Pget_chunk(plist.get(), rank, sizes.data());
    for (const hsize_t n : sizes) info.chunk.push_back(static_cast<std::int64_t>(n));
  }
  for (int i = 0; i < H5Pget_nfilters(plist.get()); ++i) {
    unsigned flags = 0;
    unsigned config = 0;
    std::size_t values = 0;
    std::array<char, 64> name{};
    H5Pget_filter2(plist.get(), static_cast<unsigned>(i), &flags, &values, nullptr, name.size() - 1,
                   name.data(), &config);
    info.filters.emplace_back(name.data());
  }
  return info;
}

Selection select_rows(const Handle& dataset, std::int64_t first, std::int64_t count) {
  Selection s;
  s.file = Handle(H5Dget_space(dataset.get()), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(s.file.get());
  std::vector<hsize_t> size(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(s.file.get(), size.data(), nullptr);
  std::vector<hsize_t> start(size.size());
  start.front() = static_cast<hsize_t>(first);
  size.front() = static_cast<hsize_t>(count);
  H5Sselect_hyperslab(s.file.get(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr);
  s.memory = Handle(H5Screate_simple(rank, size.data(), nullptr), H5Sclose);
  return s;
}

}  // namespace hdf5
}  // namespace mpisize
