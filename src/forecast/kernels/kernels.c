/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/kernels.h"

#include <string.h>

extern const ElementKernels element_portable;
extern const AttentionKernels attention_plain;

#ifdef CAUSEWAY_FORECAST_DOUBLE

static const Kernels tables[] = {{"plain", "plain loops, which the others are tested against",
                                  &element_portable, &attention_plain}};

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

static const Kernels tables[] = {
    {"avx512", "512-bit vectors of x86", &element_avx512, &attention_avx512},
    {"avx2", "256-bit vectors of x86", &element_avx2, &attention_avx2},
    {"portable", "vectors that every processor of its kind has", &element_portable,
     &attention_portable},
    {"plain", "plain loops, which the others are tested against", &element_portable,
     &attention_plain}};

/* Whether processor and operating system support the instruction set of a table. */
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

static const Kernels tables[] = {{"portable", "vectors that every processor of its kind has",
                                  &element_portable, &attention_portable},
                                 {"plain", "plain loops, which the others are tested against",
                                  &element_portable, &attention_plain}};

static int runs_here(const char *name)
{
  (void)name;
  return 1;
}

#endif
#endif

enum { N_TABLES = sizeof(tables) / sizeof(tables[0]) };

const char *KernelName(int k, const char **text)
{
  if (k > N_TABLES) {
    return NULL;
  }
  *text = k ? tables[k - 1].text : "the best that every processor of the job has";
  return k ? tables[k - 1].name : "auto";
}

const Kernels *KernelsFind(const char *name)
{
  for (int k = 0; k < N_TABLES; k++) {
    if ((!strcmp(name, "auto") || !strcmp(name, tables[k].name)) && runs_here(tables[k].name)) {
      return &tables[k];
    }
  }
  return NULL;
}
