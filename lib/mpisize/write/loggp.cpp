#include "mpisize/write/loggp.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mpisize/base/human.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize {

LogGP loggp_of(const Link& link) {
  const MessageCost& message = link.message;
  LogGP p;
  p.level = link.level;
  p.o_send = message.send.value;
  p.o_receive = message.receive.value;
  p.o = (p.o_send + p.o_receive) / 2;
  p.g = std::max(message.gap.value, p.o_send);
  p.L = std::max(Seconds(0), link.latency.value - p.o_send - p.o_receive);
  p.G = link.per_byte.value;
  p.overheads_known = message.send.source != Source::assumed;
  p.source = link.source;
  return p;
}

std::string describe_loggp(const Machine& machine) {
  std::string text = fmt::format(
      "LogGP of {}: T(m) = L + o_send + o_receive + (m - 1) G\n"
      "  {:<15} {:>9} {:>9} {:>9} {:>9}  {:<22} source\n",
      machine.host.empty() ? "a machine without a name" : machine.host, "level", "L", "o_send",
      "o_receive", "g", "G");
  for (const Link& link : machine.links) {
    const LogGP p = loggp_of(link);
    const auto overhead = [&p](Seconds time) { return p.overheads_known ? human(time) : "in L"; };
    text += fmt::format(
        "  {:<15} {:>9} {:>9} {:>9} {:>9}  {:<22} {}\n", name_of(p.level), human(p.L),
        overhead(p.o_send), overhead(p.o_receive), p.overheads_known ? human(p.g) : "unknown",
        fmt::format("{:.3g} ns/B ({})", p.G.value() * 1e9, human(p.G)), name_of(p.source));
  }
  if (machine.links.empty()) text += "  no link is known\n";
  return text;
}

std::string loggp_json(const Machine& machine) {
  using json_text::Json;
  using json_text::write;
  Json json = json_text::document("mpisize-loggp");
  json["host"] = machine.host;
  json["links"] = Json::array();
  for (const Link& link : machine.links) {
    const LogGP p = loggp_of(link);
    Json one{{"level", name_of(p.level)}, {"L", write(p.L)}};
    if (p.overheads_known) {
      one["o"] = write(p.o);
      one["o_send"] = write(p.o_send);
      one["o_receive"] = write(p.o_receive);
      one["g"] = write(p.g);
    }
    one["G"] = write(p.G);
    one["source"] = name_of(p.source);
    json["links"].push_back(std::move(one));
  }
  return json_text::print(json);
}

}  // namespace mpisize
