#include "probe_hdf5.hpp"

#include "errors.hpp"
#include "helpers.hpp"
#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/process.hpp"
#include "print.hpp"
#include "temporary.hpp"

namespace mpisize::tools {

int probe_dataset(const std::string& path, const Common& common, const Talk& talk) {
  constexpr Seconds at_most{10};
  const Progress progress(talk, "reading " + path, at_most);
  const TemporaryDirectory directory;
  Command line;
  line.argv = {helper("mpisize-hdf5").string(), path, directory.file("copy.h5").string(),
               common.json ? "json" : "text"};
  line.output = directory.file("stdout");
  line.errors = directory.file("stderr");
  line.input = false;
  const ChildRun done = run(line);
  if (done.passed_on) throw Interrupted(*done.passed_on);
  if (done.exit_code() != 0) {
    std::string words = read_file(directory.file("stderr"));
    while (!words.empty() && words.back() == '\n') words.pop_back();
    throw InputError(words.empty() ? "mpisize-hdf5 failed; install mpisize anew" : words);
  }
  print(read_file(directory.file("stdout")));
  return 0;
}

}  // namespace mpisize::tools
