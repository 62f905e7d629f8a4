#include "mpisize/write/sbatch_patch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "mpisize/base/error.hpp"
#include "mpisize/base/statistics.hpp"
#include "mpisize/write/slurm_values.hpp"

namespace mpisize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Values = std::map<std::string, std::string>;

TEST(SbatchPatch, FlagsAreAddedOnceAndKeepAValueOfTheirOwn) {
  PatchOptions options;
  options.request.needs.whole_nodes = true;
  options.request.needs.constraint = "ib";
  const auto patched = [&](const std::string& text) {
    const SbatchScript script = parse_sbatch(text, "job");
    return edited(script, patch_sbatch(script, options).edits);
  };
  const std::string once = patched("#!/bin/sh\n#SBATCH -C gpu\ntrue\n");
  EXPECT_EQ(once, "#!/bin/sh\n#SBATCH -C ib\n#SBATCH --exclusive\ntrue\n");
  EXPECT_EQ(patched(once), once);
  const std::string theirs = "#!/bin/sh\n#SBATCH --exclusive=user --constraint=ib\ntrue\n";
  EXPECT_EQ(patched(theirs), theirs);
}

// Random scripts
// ----------------------------------------------------------------------------------------------

/// An option as it was put into a script: each of its words, as they are written.
struct PutOption {
  std::string name;
  std::string value;
  std::string written;
};

/// A script and what is in it, known from making it.
struct MadeScript {
  std::string text;
  std::vector<Values> components;  ///< What holds in each.
  std::vector<std::vector<PutOption>> put;
  std::vector<std::string> free_lines;  ///< Without a planned option, with their endings.
  std::size_t target = 0;
  JobRequest request;
};

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  MadeScript make() {
    choose_request();
    line("#!/bin/bash");
    const std::int64_t components = random_.below(4) == 0 ? 2 + random_.below(2) : 1;
    made_.target = static_cast<std::size_t>(random_.below(components));
    for (std::int64_t i = 0; i < components; ++i) {
      if (i > 0) line(pick({"#SBATCH hetjob", "#SBATCH packjob", "#SBATCH\tHetJob "}));
      made_.components.emplace_back();
      made_.put.emplace_back();
      directives();
    }
    const std::int64_t body = random_.below(5);
    if (body > 0) line("true");  // Behind it nothing counts.
    for (std::int64_t i = 0; i < body; ++i) {
      line(pick({"cd run", "export A='#SBATCH -N9'", "echo \"-np 9\"", "#SBATCH --nodes=99", "",
                 "  # end", "./app -n 9 --nodes=9", "cat <<E\n#SBATCH -n9\nE"}));
    }
    if (one_in(5)) {  // No newline at the end: the last line is another one then.
      made_.text.resize(made_.text.size() - ending_.size());
      if (last_is_free_) made_.free_lines.pop_back();
    }
    return made_;
  }

 private:
  std::string pick(const std::vector<std::string>& choices) {
    return choices[static_cast<std::size_t>(
        random_.below(static_cast<std::int64_t>(choices.size())))];
  }

  bool one_in(std::int64_t n) { return random_.below(n) == 0; }
  int count(int most) { return static_cast<int>(1 + random_.below(most)); }

  void choose_request() {
    ending_ = one_in(6) ? "\r\n" : "\n";
    JobRequest& r = made_.request;
    if (!one_in(3)) r.nodes = count(30);
    if (!one_in(3)) r.ntasks = count(900);
    if (!one_in(3)) r.ntasks_per_node = count(99);
    if (!one_in(3)) r.cpus_per_task = count(16);
    if (one_in(2)) r.memory = Bytes(std::int64_t{count(9999)} << 20);
    if (one_in(2)) r.time = Seconds(60.0 * count(5000));
    if (one_in(4)) r.signal = "B:USR1@" + std::to_string(count(99));
    if (one_in(6)) r.job_name = pick({"run", "my run", "a\"b", "it's", "x#1"});
  }

  [[nodiscard]] bool is_planned(const std::string& name) const {
    const auto wanted = requested_options(made_.request);
    return std::any_of(wanted.begin(), wanted.end(), [&](const RequestedOption& o) {
      const auto is_memory = [](const std::string& option) { return option.rfind("mem", 0) == 0; };
      return o.option == name || (is_memory(o.option) && is_memory(name));
    });
  }

  void line(const std::string& text, bool free = true) {
    std::string whole = text;
    for (auto at = whole.find('\n'); at != std::string::npos;
         at = whole.find('\n', at + ending_.size())) {
      whole.replace(at, 1, ending_);
    }
    whole += ending_;
    made_.text += whole;
    if (free) made_.free_lines.push_back(whole);
    last_is_free_ = free;
  }

  PutOption option() {
    struct Form {
      const char* name;
      const char* letter;  ///< "" if none.
      std::vector<std::string> values;
    };
    const std::vector<Form> forms{
        {"nodes", "N", {"4", "1-9", "33"}},    {"ntasks", "n", {"7", "1000"}},
        {"ntasks-per-node", "", {"5", "100"}}, {"cpus-per-task", "c", {"17", "3"}},
        {"mem", "", {"4G", "100M", "77777"}},  {"time", "t", {"30", "2-0", "1:2:3"}},
        {"signal", "", {"USR1", "B:TERM@30"}}, {"job-name", "J", {"old", "x"}},
        {"partition", "p", {"long", "short"}}, {"constraint", "C", {"cpu", "gpu"}},
    };
    const Form& form =
        forms[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(forms.size())))];
    const std::string value = pick(form.values);
    const std::string dashed = std::string("--") + form.name;
    std::vector<std::string> ways{
        dashed + "=" + value,
        dashed + " " + value,
        dashed + "=\"" + value + "\"",
        "'" + dashed + "=" + value + "'",
        dashed + "\t'" + value + "'",
        dashed + "=" + value.substr(0, 1) + "\"" + value.substr(1) + "\""};
    if (*form.letter != '\0') {
      const std::string letter = std::string("-") + form.letter;
      ways.insert(ways.end(), {letter + value, letter + " " + value, letter + "\"" + value + "\"",
                               "-H" + letter.substr(1) + value});
    }
    if (dashed == "--nodes") ways.push_back("--nodes=" + value);
    if (dashed == "--cpus-per-task") ways.push_back("--cpus-per-t=" + value);
    if (dashed == "--ntasks-per-node") ways.push_back("--tasks=" + value);
    return {form.name, value, pick(ways)};
  }

  void directives() {
    const std::int64_t lines = random_.below(5);
    for (std::int64_t i = 0; i < lines; ++i) {
      if (one_in(3)) {
        line(
            pick({"# words", "", "##SBATCH -N9", "  #SBATCH -N9", "\t", "#SBATCH", "#Sbatch -n9"}));
        continue;
      }
      std::string text = pick({"#SBATCH ", "#SBATCH\t", "#SBATCH"});
      bool planned = false;
      const std::int64_t words = 1 + random_.below(3);
      for (std::int64_t k = 0; k < words; ++k) {
        const PutOption put = option();
        text += (k > 0 ? pick({" ", "  ", "\t"}) : "") + put.written;
        made_.components.back()[put.name] = put.value;
        made_.put.back().push_back(put);
        planned = planned || (is_planned(put.name) && made_.components.size() == made_.target + 1);
      }
      line(text + pick({"", "", " # -N9", "  ", "#x"}), !planned);
    }
  }

  Random random_;
  std::string ending_;
  bool last_is_free_ = false;
  MadeScript made_;
};

/// The lines, each of which occurs in the text, in order.
bool has_in_order(const std::string& text, const std::vector<std::string>& lines) {
  std::size_t from = 0;
  for (const std::string& line : lines) {
    auto at = text.find(line, from);
    while (at != std::string::npos && at > 0 && text[at - 1] != '\n') at = text.find(line, at + 1);
    if (at == std::string::npos) return false;
    from = at + line.size();
  }
  return true;
}

void expect_values(const Component& component, const Values& values, const std::string& what) {
  for (const auto& [name, value] : values) {
    EXPECT_EQ(effective_value(component, name), value) << what << " --" << name;
  }
}

void expect_request(const Component& component, const JobRequest& request) {
  for (const RequestedOption& wanted : requested_options(request)) {
    const auto all = occurrences(component, wanted.option);
    ASSERT_EQ(all.size(), 1U) << wanted.option;
    const std::string& value = all.front()->value->text;
    EXPECT_TRUE(means_the_same(wanted.option, value, wanted.value))
        << wanted.option << " " << value;
  }
}

/// Words of the target component that belong to options that are not planned, in order.
std::vector<std::string> other_words(const Component& component, const JobRequest& request) {
  const auto wanted = requested_options(request);
  std::vector<std::string> words;
  for (const WordOption& option : component.options) {
    const bool planned = std::any_of(wanted.begin(), wanted.end(), [&](const RequestedOption& o) {
      return o.option == option.meaning();
    });
    if (!planned)
      words.push_back(std::string(option.meaning()) + "=" +
                      (option.value ? option.value->text : ""));
  }
  return words;
}

// A script is made word by word, so that what it means is known without reading it.
TEST(SbatchPatch, OfTenThousandRandomScriptsChangesThePlansValuesAndNoOtherByte) {
  constexpr std::uint64_t scripts = 10'000;
  int changed = 0;
  for (std::uint64_t seed = 0; seed < scripts && !HasFailure(); ++seed) {
    const MadeScript made = Maker(seed).make();
    const SbatchScript script = parse_sbatch(made.text);
    ASSERT_EQ(edited(script, {}), made.text);
    ASSERT_EQ(script.components.size(), made.components.size()) << made.text;
    for (std::size_t i = 0; i < made.components.size(); ++i) {
      expect_values(script.components[i], made.components[i], "component " + std::to_string(i));
    }
    PatchOptions options;
    options.request = made.request;
    options.component = made.target;
    const Patch patch = patch_sbatch(script, options);
    const std::string after = edited(script, patch.edits);
    changed += after == made.text ? 0 : 1;

    const SbatchScript again = parse_sbatch(after);
    ASSERT_EQ(again.components.size(), made.components.size());
    expect_request(again.components[made.target], made.request);
    EXPECT_EQ(other_words(again.components[made.target], made.request),
              other_words(script.components[made.target], made.request));
    for (std::size_t i = 0; i < made.components.size(); ++i) {
      if (i != made.target) expect_values(again.components[i], made.components[i], "untouched");
    }
    EXPECT_TRUE(has_in_order(after, made.free_lines))
        << "a line changed that has no planned option";
    EXPECT_EQ(made.text.back() == '\n', after.back() == '\n');
    EXPECT_THAT(patch_sbatch(again, options).edits, IsEmpty()) << "not idempotent";
    if (HasFailure())
      FAIL() << "seed " << seed << "\n--- before\n" << made.text << "\n--- after\n" << after;
  }
  EXPECT_GT(changed, 9000);
}

// What the corpus does not say
// ----------------------------------------------------------------------------------------------

Patch patched(const std::string& text, const PatchOptions& options) {
  return patch_sbatch(parse_sbatch(text, "job.sbatch"), options);
}

TEST(SbatchPatch, WithoutARequestChangesNothing) {
  EXPECT_THAT(patched("#!/bin/sh\n#SBATCH -N4\nmpirun -np 4 ./app\n", {}).edits, IsEmpty());
}

TEST(SbatchPatch, SaysWhichComponentItChanged) {
  PatchOptions options;
  options.request.nodes = 2;
  EXPECT_EQ(patched("#!/bin/sh\n#SBATCH hetjob\nsrun --het-group=1 ./app\n", options).component,
            1U);
}

TEST(SbatchPatch, SaysWhetherTheScriptNamesAPlan) {
  EXPECT_TRUE(patched("#!/bin/sh\nexport MPISIZE_PLAN=p.json\n", {}).sets_plan_variable);
  EXPECT_FALSE(patched("#!/bin/sh\n# MPISIZE_PLAN=p.json\n", {}).sets_plan_variable);
}

TEST(SbatchPatch, RefusesWhatNoLineCanHold) {
  PatchOptions options;
  options.request.job_name = "a\nb";
  EXPECT_THROW((void)patched("#!/bin/sh\n", options), InputError);
  EXPECT_THROW((void)patched("#!/bin/sh\n#SBATCH -J x\n", options), InputError);
}

TEST(SbatchPatch, RefusesWhatIsNoBatchScript) {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      (void)patched(text, {});
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(refusal(""), HasSubstr("'job.sbatch' is empty"));
  EXPECT_THAT(refusal(" \n\t\n"), HasSubstr("is empty"));
  EXPECT_THAT(refusal(std::string("#!/bin/sh\n\0x", 12)), HasSubstr("is binary"));
  EXPECT_THAT(refusal("\xEF\xBB\xBF#!/bin/sh\n"), HasSubstr("no shebang"));
}

TEST(SbatchPatch, RemarksNameLineAndRepair) {
  PatchOptions options;
  options.request.ntasks = 8;
  const auto remarks = patched("#!/bin/sh\nmpirun -np $N ./app\n", options).remarks;
  ASSERT_EQ(remarks.size(), 1U);
  EXPECT_EQ(remarks[0].line, 2U);
  EXPECT_THAT(remarks[0].why, HasSubstr("-np is $N"));
  EXPECT_THAT(remarks[0].repair, HasSubstr("$SLURM_NTASKS"));
}

}  // namespace
}  // namespace mpisize
