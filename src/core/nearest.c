/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/core/nearest.h"

#include <string.h>

static int minimum3(int a, int b, int c)
{
  int smaller = a < b ? a : b;

  return smaller < c ? smaller : c;
}

int NearestDistance(const char *a, const char *b)
{
  enum { LONGEST = 128 };
  int row[LONGEST + 1];
  int length_b = (int)strnlen(b, LONGEST);

  for (int j = 0; j <= length_b; j++) {
    row[j] = j;
  }
  for (int i = 0; a[i]; i++) {
    int diagonal = row[0];

    row[0] = i + 1;
    for (int j = 0; j < length_b; j++) {
      int above = row[j + 1];

      row[j + 1] = minimum3(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
      diagonal = above;
    }
  }
  return row[length_b];
}
