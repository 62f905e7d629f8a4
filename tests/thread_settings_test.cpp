#include "mpisize/write/thread_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpisize {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using Words = std::vector<std::string>;

TEST(ThreadSettings, AreSetForOpenMpAndBothBlas) {
  const auto settings = thread_settings(4, {}, {});
  EXPECT_THAT(settings.set, ElementsAre(Pair("MKL_NUM_THREADS", "4"), Pair("OMP_NUM_THREADS", "4"),
                                        Pair("OPENBLAS_NUM_THREADS", "4")));
  EXPECT_THAT(settings.kept, IsEmpty());
}

TEST(ThreadSettings, UsersOmpNumThreadsHoldsForTheLibrariesThatFollowIt) {
  const auto settings = thread_settings(4, {}, {{"OMP_NUM_THREADS", "2"}});
  EXPECT_THAT(settings.set, IsEmpty());
  EXPECT_THAT(settings.kept, ElementsAre(Pair("OMP_NUM_THREADS", "2")));
}

TEST(ThreadSettings, UsersSettingOfOneLibraryIsKeptAlone) {
  const auto settings = thread_settings(4, {}, {{"MKL_NUM_THREADS", "1"}});
  EXPECT_THAT(settings.set,
              ElementsAre(Pair("OMP_NUM_THREADS", "4"), Pair("OPENBLAS_NUM_THREADS", "4")));
  EXPECT_THAT(settings.kept, ElementsAre(Pair("MKL_NUM_THREADS", "1")));
}

TEST(ThreadSettings, MpirunsXWithAValueIsTheUsersSetting) {
  const Words options{"-x", "OMP_NUM_THREADS=8"};
  EXPECT_THAT(thread_settings(4, options, {{"OMP_NUM_THREADS", "2"}}).kept,
              ElementsAre(Pair("OMP_NUM_THREADS", "8")));
}

TEST(ThreadSettings, ExportingAVariableThatIsNotSetSaysNothing) {
  const Words options{"-x", "OMP_NUM_THREADS"};
  EXPECT_THAT(thread_settings(4, options, {{"OMP_NUM_THREADS", ""}}).kept, IsEmpty());
}

}  // namespace
}  // namespace mpisize
