// mpisize profile of a program that is linked with mpisize.

#include "command_test.hpp"

namespace mpisize {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOneErrorThatSays;
using testing::Outcome;
using testing::two_cores;

const std::string square = MPISIZE_SQUARE;

class ProfileCommand : public testing::KernelCommandTest {};

TEST_F(ProfileCommand, SamplesTheCall) {
  const Outcome o = mpisize({"profile", "--json", "-n", "1,2", "-o", file("kernel.json").string(),
                             "--", square, "--items", "500", "--work", "500", "--name", "squares"});
  ASSERT_EQ(o.code, 0) << o.err;
  const KernelProfile kernel = kernel_profile_from_json(o.out, "stdout");
  EXPECT_EQ(kernel.name, "squares");
  EXPECT_EQ(kernel.items, 500);
  EXPECT_FALSE(kernel.samples.empty());
  EXPECT_EQ(kernel, kernel_profile_from_json(read_file(file("kernel.json")), "file"));
}

TEST_F(ProfileCommand, OfAProgramThatNeverCallsSaysWhatToDo) {
  const Outcome o = mpisize({"profile", "-n", "1", "--", square, "--no-call"});
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err,
              IsOneErrorThatSays("without ever calling mpisize::map; let it call it and link it"));
  EXPECT_EQ(mpisize({"run", "--topology", two_cores, "--", square, "--no-call"}).code, 125);
}

TEST_F(ProfileCommand, OfAnotherNameSaysSo) {
  const Outcome o =
      mpisize({"profile", "-n", "1", "--name", "other", "--", square, "--name", "squares"});
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, IsOneErrorThatSays("named 'other'"));
}

TEST_F(ProfileCommand, OfAProgramThatFailsShowsItsLastWords) {
  const Outcome o = mpisize({"profile", "-n", "1", "--", square, "--no-call", "--status", "3"});
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, AllOf(HasSubstr("status 3"), HasSubstr("words of rank 0")));
  EXPECT_THAT(o.out, IsEmpty());
}

}  // namespace
}  // namespace mpisize
