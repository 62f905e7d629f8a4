/* A kernel for the tests of mpisize map: sums the squares of a row, takes half a millisecond, and
 * appends the index to the file that KERNEL_LOG names. */
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "mpisize/kernel.h"

static void keep(int64_t index) {
  const char* const name = getenv("KERNEL_LOG");
  if (name == NULL) return;
  const int file = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file < 0 || write(file, &index, sizeof index) != (ssize_t)sizeof index) abort();
  close(file);
}

int mpisize_kernel(int64_t index, const void* item, size_t item_bytes, void* result,
                   size_t result_bytes) {
  const double* const x = item;
  double sum = 0;
  for (size_t i = 0; i < item_bytes / sizeof *x; ++i) sum += x[i] * x[i];
  const struct timespec nap = {0, 500000};
  nanosleep(&nap, NULL);
  keep(index);
  if (result_bytes != sizeof sum) return 99;
  *(double*)result = sum;
  return 0;
}

/* The same, but every hundredth item fails. */
int fragile(int64_t index, const void* item, size_t item_bytes, void* result, size_t result_bytes) {
  if (index % 100 == 17) return 3;
  return mpisize_kernel(index, item, item_bytes, result, result_bytes);
}
