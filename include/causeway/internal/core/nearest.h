/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_NEAREST_H
#define CAUSEWAY_NEAREST_H

/*@
  NearestDistance - edit distance of two words (Levenshtein), for "did you mean"

  Not collective; only the first 128 characters of `b` count
@*/
int NearestDistance(const char *a, const char *b);

#endif
