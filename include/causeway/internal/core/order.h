/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_ORDER_H
#define CAUSEWAY_ORDER_H

#include <stdint.h>

/* Ascending order of 64-bit integers, for qsort(). */
static inline int AscendingInt64(const void *a, const void *b)
{
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

  return (x > y) - (x < y);
}

#endif
