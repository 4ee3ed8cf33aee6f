/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Means over the replicates of a sweep. */
#include "sweep_impl.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row and what it has in common with its replicates. */
typedef struct {
  int64_t row, group;
  char *key;
} Keyed;

/* All words but the seed, the method and the reading. */
static char *group_key(const SweepRow *row)
{
  const Words *words = &row->entry->words;
  char *key = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&key, &size);

  if (!stream) {
    return TextCopy("");
  }
  (void)fprintf(stream, "%s\n%s\n", row->method, row->reading);
  for (int64_t k = 0; k < words->n; k++) {
    if (strcmp(words->words[k].key, "seed") != 0) {
      (void)fprintf(stream, "%s=%s\n", words->words[k].key, words->words[k].value);
    }
  }
  (void)fclose(stream);
  return key;
}

static int compare_keys(const void *a, const void *b)
{
  const Keyed *x = a, *y = b;
  const int order = strcmp(x->key, y->key);

  return order ? order : (x->row > y->row) - (x->row < y->row);
}

static int compare_groups(const void *a, const void *b)
{
  const Keyed *x = a, *y = b;
  const int order = (x->group > y->group) - (x->group < y->group);

  return order ? order : (x->row > y->row) - (x->row < y->row);
}

/* Mean and half the 95 % confidence interval of Student's t, over what is defined; two passes. */
static void reduce(const SweepTable *table, const Keyed rows[], int64_t n, SweepMean *mean)
{
  const SweepRow *first = &table->rows[rows[0].row];

  *mean = (SweepMean){.entry = first->entry,
                      .method = first->method,
                      .reading = first->reading,
                      .is_of_member = first->is_of_member,
                      .n_runs = n};
  for (int m = 0; m < N_METRICS; m++) {
    double sum = 0, squares = 0;
    int64_t count = 0;

    for (int64_t k = 0; k < n; k++) {
      const double value = table->rows[rows[k].row].value[m];

      sum += isnan(value) ? 0 : value;
      count += isnan(value) ? 0 : 1;
    }
    mean->count[m] = count;
    mean->mean[m] = count > 0 ? sum / (double)count : NAN;
    for (int64_t k = 0; k < n; k++) {
      const double off = table->rows[rows[k].row].value[m] - mean->mean[m];

      squares += isnan(off) ? 0 : off * off;
    }
    mean->ci95[m] = count > 1 ? gsl_cdf_tdist_Pinv(0.975, (double)(count - 1)) *
                                    sqrt(squares / (double)(count - 1) / (double)count)
                              : NAN;
  }
}

/* Groups stand in the order of their first rows. */
void TableMeans(SweepTable *table)
{
  const int64_t n = table->n_rows;
  Keyed *keyed = MemoryGrow(NULL, n, sizeof(Keyed));
  int64_t first = 0;

  for (int64_t r = 0; r < n; r++) {
    keyed[r] = (Keyed){r, r, group_key(&table->rows[r])};
  }
  qsort(keyed, (size_t)n, sizeof(Keyed), compare_keys);
  for (int64_t k = 1; k < n; k++) {
    keyed[k].group = strcmp(keyed[k].key, keyed[k - 1].key) ? keyed[k].row : keyed[k - 1].group;
  }
  qsort(keyed, (size_t)n, sizeof(Keyed), compare_groups);
  table->n_means = 0;
  table->means = MemoryGrow(NULL, n, sizeof(SweepMean));
  for (int64_t k = 1; k <= n; k++) {
    if (k == n || keyed[k].group != keyed[first].group) {
      reduce(table, &keyed[first], k - first, &table->means[table->n_means++]);
      first = k;
    }
  }
  for (int64_t k = 0; k < n; k++) {
    free(keyed[k].key);
  }
  free(keyed);
}
