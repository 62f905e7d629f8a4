/// Many hosts measured: what each is, the links between them, what starting there costs.
#pragma once

#include <string>
#include <vector>

#include "mpisize/model/machine.hpp"
#include "talk.hpp"

namespace mpisize::tools {

/// Within 10 s if all can be reached. Hosts that cannot are named in the machine, as not usable;
/// throws InputError if fewer than one can. The machine's node is the one that most hosts are like;
/// hosts that plans are to leave out are not counted.
[[nodiscard]] Machine measure_hosts(const std::vector<std::string>& hosts, const Talk& talk);

}  // namespace mpisize::tools
