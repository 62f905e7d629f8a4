#include "script_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "temporary_directory.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ScriptFiles : public ::testing::Test {
 protected:
  fs::path script(std::string_view text) const { return place_.write("job.sbatch", text); }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(place_.path()))
      found.push_back(entry.path().filename());
    std::sort(found.begin(), found.end());
    return found;
  }

  template <class Action>
  static std::string refusal(Action action) {
    try {
      action();
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  testing::TemporaryDirectory place_;
};

TEST_F(ScriptFiles, AreReplacedWithABackupBeside) {
  const fs::path path = script("old\n");
  const fs::path backup = replace_script(read_script(path), "new\n");
  EXPECT_EQ(read_file(path), "new\n");
  EXPECT_EQ(read_file(backup), "old\n");
  EXPECT_THAT(names(), ElementsAre("job.sbatch", "job.sbatch.bak"));
}

TEST_F(ScriptFiles, NoBackupIsLost) {
  const fs::path path = script("1");
  static_cast<void>(replace_script(read_script(path), "2"));
  const fs::path backup = replace_script(read_script(path), "3");
  EXPECT_EQ(backup.filename(), "job.sbatch.bak.1");
  EXPECT_EQ(read_file(path.string() + ".bak"), "1");
  EXPECT_EQ(read_file(backup), "2");
}

TEST_F(ScriptFiles, KeepModeAndOwner) {
  const fs::path path = script("old");
  ASSERT_EQ(chmod(path.c_str(), 0751), 0);
  const bool root = geteuid() == 0;
  if (root) {
    ASSERT_EQ(chown(path.c_str(), 12345, 23456), 0);
  }
  struct stat before {};
  ASSERT_EQ(stat(path.c_str(), &before), 0);
  static_cast<void>(replace_script(read_script(path), "new"));
  struct stat after {};
  ASSERT_EQ(stat(path.c_str(), &after), 0);
  EXPECT_EQ(after.st_mode, before.st_mode);
  EXPECT_EQ(after.st_uid, before.st_uid);
  EXPECT_EQ(after.st_gid, before.st_gid);
}

TEST_F(ScriptFiles, BehindALinkAreReplacedAndTheLinkStays) {
  const fs::path target = place_.write("kept/real.sbatch", "old");
  const fs::path link = place_.path() / "link.sbatch";
  fs::create_symlink("kept/real.sbatch", link);
  const fs::path backup = replace_script(read_script(link), "new");
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(read_file(target), "new");
  EXPECT_EQ(backup, fs::canonical(target).string() + ".bak");
}

TEST_F(ScriptFiles, ThatWereChangedMeanwhileAreLeftAlone) {
  const fs::path path = script("old\n");
  const ScriptFile read = read_script(path);
  script("OLD\n");
  EXPECT_THAT(refusal([&] { static_cast<void>(replace_script(read, "new\n")); }),
              HasSubstr("changed meanwhile"));
  EXPECT_EQ(read_file(path), "OLD\n");
  EXPECT_THAT(names(), ElementsAre("job.sbatch"));
  fs::remove(path);
  EXPECT_THAT(refusal([&] { static_cast<void>(replace_script(read, "new\n")); }),
              HasSubstr("changed meanwhile"));
  EXPECT_THAT(names(), ElementsAre());
}

TEST_F(ScriptFiles, ThatAreNoneAreRefused) {
  EXPECT_THAT(refusal([&] { static_cast<void>(read_script(place_.path())); }),
              HasSubstr("is a directory"));
  EXPECT_THAT(refusal([&] { static_cast<void>(read_script(place_.path() / "none")); }),
              HasSubstr("'"));
  EXPECT_THAT(refusal([&] { check_replaceable(read_script("/dev/null")); }),
              HasSubstr("it is no file"));
}

}  // namespace
}  // namespace mpisize::tools
