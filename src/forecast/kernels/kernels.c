/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels.h"

#include <string.h>

extern const ElementKernels element_portable;
extern const AttentionKernels attention_plain;

#ifdef CAUSEWAY_FORECAST_DOUBLE

const char *const KernelNames[] = {"auto", "plain", NULL};

static const Kernels tables[] = {{"plain", &element_portable, &attention_plain}};

static int runs_here(const char *name)
{
  (void)name;
  return 1;
}

#else

extern const AttentionKernels attention_portable;

/* from the best to the plainest */
#ifdef CAUSEWAY_KERNELS_X86

extern const ElementKernels element_avx512, element_avx2;
extern const AttentionKernels attention_avx512, attention_avx2;

const char *const KernelNames[] = {"auto", "avx512", "avx2", "portable", "plain", NULL};

static const Kernels tables[] = {{"avx512", &element_avx512, &attention_avx512},
                                 {"avx2", &element_avx2, &attention_avx2},
                                 {"portable", &element_portable, &attention_portable},
                                 {"plain", &element_portable, &attention_plain}};

/* Whether processor and operating system have what the table was compiled for. */
static int runs_here(const char *name)
{
  if (!strcmp(name, "avx512")) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("fma");
  }
  if (!strcmp(name, "avx2")) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  }
  return 1;
}

#else

const char *const KernelNames[] = {"auto", "portable", "plain", NULL};

static const Kernels tables[] = {{"portable", &element_portable, &attention_portable},
                                 {"plain", &element_portable, &attention_plain}};

static int runs_here(const char *name)
{
  (void)name;
  return 1;
}

#endif
#endif

const Kernels *KernelsFind(const char *name)
{
  for (size_t k = 0; k < sizeof(tables) / sizeof(tables[0]); k++) {
    if ((!strcmp(name, "auto") || !strcmp(name, tables[k].name)) && runs_here(tables[k].name)) {
      return &tables[k];
    }
  }
  return NULL;
}
