/* A kernel in a shared library, for `mpisize map --kernel libkernel.so`: plain C.
 *
 *     #include <mpisize/kernel.h>
 *
 *     int mpisize_kernel(int64_t index, const void* item, size_t item_bytes,
 *                        void* result, size_t result_bytes) {
 *       const double* x = item;
 *       *(double*)result = *x * *x;
 *       return 0;
 *     }
 *
 *     cc -O2 -shared -fPIC -o libkernel.so kernel.c
 */
#ifndef MPISIZE_KERNEL_H
#define MPISIZE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Computes the result of one item. `item` holds row `index` of the input dataset, numbers of the
 * dataset's type, `item_bytes` in all; `result` has room for `result_bytes`, numbers of the type
 * that
 * --result names, and holds zeros. Both are aligned for any number. Returns 0, or another number if
 * the item failed. Called on every rank, by one thread at a time. */
int mpisize_kernel(int64_t index, const void* item, size_t item_bytes, void* result,
                   size_t result_bytes);

#ifdef __cplusplus
}
#endif

#endif
