#include "mpisize/write/names.hpp"

#include <stdexcept>

namespace mpisize {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::parallel:
      return "parallel";
    case Verdict::serial:
      return "serial";
    case Verdict::infeasible:
      return "infeasible";
  }
  throw std::invalid_argument("unknown verdict");
}

std::string_view name_of(PatternKind kind) {
  switch (kind) {
    case PatternKind::map:
      return "map";
    case PatternKind::batch:
      return "batch";
    case PatternKind::stream:
      return "stream";
  }
  throw std::invalid_argument("unknown pattern");
}

}  // namespace mpisize
