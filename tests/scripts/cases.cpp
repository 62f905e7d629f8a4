#include "cases.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "mpisize/write/slurm_values.hpp"

namespace mpisize::testing {
namespace {

std::string replaced_all(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::vector<std::string> sorted_words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words{std::istream_iterator<std::string>(in), {}};
  std::sort(words.begin(), words.end());
  return words;
}

/// NAME=VALUE words, a value in double quotes perhaps.
JobRequest request_of_words(std::string text) {
  JobRequest request;
  while (!text.empty()) {
    const auto equals = text.find('=');
    const std::string name = text.substr(0, equals);
    std::string rest = text.substr(equals + 1);
    const bool quoted = rest.substr(0, 1) == "\"";
    const auto end = quoted ? rest.find('"', 1) : rest.find(' ');
    const std::string value =
        rest.substr(quoted ? 1 : 0, end - (quoted && end != std::string::npos ? 1 : 0));
    text = end == std::string::npos ? "" : rest.substr(end + 1);
    if (name == "nodes")
      request.nodes = std::stoi(value);
    else if (name == "ntasks")
      request.ntasks = std::stoi(value);
    else if (name == "ntasks-per-node")
      request.ntasks_per_node = std::stoi(value);
    else if (name == "cpus-per-task")
      request.cpus_per_task = std::stoi(value);
    else if (name == "mem")
      request.memory = read_slurm_memory(value);
    else if (name == "mem-per-cpu")
      request.memory_per_cpu = read_slurm_memory(value);
    else if (name == "time")
      request.time = read_slurm_time(value).value().limit;
    else if (name == "signal")
      request.signal = value;
    else if (name == "job-name")
      request.job_name = value;
    else if (name == "partition")
      request.partition = value;
    else
      throw std::runtime_error("no such part of a plan: " + name);
  }
  return request;
}

void read_head(ScriptCase& c, const std::string& line) {
  const auto colon = line.find(':');
  const std::string key = line.substr(0, colon);
  const std::string value = line.size() > colon + 2 ? line.substr(colon + 2) : "";
  if (key == "plan")
    c.options.request = request_of_words(value);
  else if (key == "program")
    c.options.program = value;
  else if (key == "component")
    c.options.component = std::stoul(value);
  else if (key == "plan_path")
    c.options.plan_path = value;
  else if (key == "remarks")
    c.remarks = sorted_words(value);
  else if (key == "lint")
    c.lint = sorted_words(value);
  else if (key == "refused")
    c.refused = value;
  else if (key == "not submitted")
    c.not_submitted = value;
  else
    throw std::runtime_error("no such head: " + line);
}

void read_line(ScriptCase& c, const std::string& line, char& last) {
  if (line.front() == '\\') {
    if (last != '+') c.before.pop_back();
    if (last != '-') c.after.pop_back();
    return;
  }
  last = line.front();
  const std::string text = replaced_all(replaced_all(line.substr(1), "␍", "\r"), "␉", "\t") + "\n";
  if (last != '+') c.before += text;
  if (last != '-') c.after += text;
  // A diff has the lines that go before those that come, as far as none that stays is between.
  if (last == ' ') c.block = c.changes.size();
  const auto place =
      last == '-' ? c.changes.begin() + static_cast<std::ptrdiff_t>(c.block++) : c.changes.end();
  if (last != ' ') c.changes.insert(place, last + text.substr(0, text.size() - 1));
}

void read_file(const std::filesystem::path& path, std::vector<ScriptCase>& cases) {
  std::ifstream in(path);
  std::string line;
  char last = ' ';
  while (std::getline(in, line)) {
    if (line.rfind("=== ", 0) == 0) {
      cases.emplace_back();
      cases.back().file = path.stem().string();
      cases.back().name = line.substr(4);
    } else if (!line.empty()) {
      const bool of_script = line.find_first_of(" -+\\") == 0;
      if (of_script) {
        read_line(cases.back(), line, last);
      } else {
        read_head(cases.back(), line);
      }
    }
  }
}

}  // namespace

std::vector<ScriptCase> read_script_cases(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".cases") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<ScriptCase> cases;
  for (const auto& file : files) read_file(file, cases);
  return cases;
}

}  // namespace mpisize::testing
