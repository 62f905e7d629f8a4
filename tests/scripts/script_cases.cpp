// For tests in Python: the corpus as it is patched, and scripts as they are read.
//
//   script_cases patch DIR      writes every patched script of the corpus below DIR; JSON on stdout
//   script_cases read FILE...   what is read in scripts; a JSON object a line on stdout

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cases.hpp"
#include "mpisize/base/error.hpp"

namespace {

using namespace mpisize;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

Json patched(const fs::path& directory) {
  Json rows = Json::array();
  for (const auto& c : testing::read_script_cases(MPISIZE_TEST_SCRIPTS)) {
    if (!c.refused.empty()) continue;
    const fs::path file = directory / fmt::format("{}.sbatch", rows.size());
    const SbatchScript script = parse_sbatch(c.before, c.name);
    const Patch patch = patch_sbatch(script, c.options);
    write(file, edited(script, patch.edits));
    Json row{{"case", c.file + ": " + c.name},   {"file", file.string()},
             {"component", patch.component},     {"components", script.components.size()},
             {"not_submitted", c.not_submitted}, {"options", Json::object()}};
    for (const RequestedOption& option : requested_options(c.options.request)) {
      row["options"][option.option] = option.value;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Json read(const fs::path& file) {
  const SbatchScript script = parse_sbatch(text_of(file), file.string());
  Json row{{"file", file.string()}, {"components", Json::array()}, {"readable", true}};
  try {
    check_readable(script);
  } catch (const InputError& error) {
    row["readable"] = false;
    row["why"] = error.what();
  }
  for (const Component& component : script.components) {
    Json words = Json::array();
    for (const ScriptWord& word : component.words) words.push_back(word.text);
    Json options = Json::object();
    for (const WordOption& option : component.options) {
      options[std::string(option.meaning())] = option.value ? option.value->text : "set";
      if (option.option == nullptr) row["readable"] = false;  // No plugin is there.
    }
    row["components"].push_back({{"words", words}, {"options", options}});
  }
  return row;
}

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 2 && words[0] == "patch") {
    std::cout << dumped(patched(words[1])) << "\n";
    return 0;
  }
  if (words.size() > 1 && words[0] == "read") {
    for (std::size_t i = 1; i < words.size(); ++i) std::cout << dumped(read(words[i])) << "\n";
    return 0;
  }
  std::cerr << "usage: script_cases patch DIR | read FILE...\n";
  return 2;
}
