/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Functions of BLAS libraries beyond BLAS. Each call is compiled only where its library is linked. */
#include "causeway/internal/core/blas.h"

#include "build_info.h"

extern void openblas_set_num_threads(int n_threads) __attribute__((weak));
extern char *openblas_get_config(void) __attribute__((weak));
extern void MKL_Set_Num_Threads(int n_threads) __attribute__((weak));
extern void bli_thread_set_num_threads(int64_t n_threads) __attribute__((weak));
extern const char *bli_info_get_version_str(void) __attribute__((weak));

PetscBool BlasSetThreads(int n_threads)
{
  if (openblas_set_num_threads) {
    openblas_set_num_threads(n_threads);
  } else if (MKL_Set_Num_Threads) {
    MKL_Set_Num_Threads(n_threads);
  } else if (bli_thread_set_num_threads) {
    bli_thread_set_num_threads(n_threads);
  } else {
    return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

const char *BlasName(void)
{
  static char name[128];

  if (openblas_get_config) {
    return openblas_get_config();
  }
  if (bli_info_get_version_str) {
    (void)snprintf(name, sizeof(name), "BLIS %s", bli_info_get_version_str());
    return name;
  }
  return "BLAS " BUILD_BLAS;
}
