/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_EXPORT_IMPL_H
#define CAUSEWAY_EXPORT_IMPL_H

#include "causeway/internal/serial/score_file.h"

/* What writes a file; returns how many pairs. */
typedef struct {
  const Scores *scores;
  const Names *names;
  const Selection *selection;
  FILE *stream;
  int64_t n_pairs;
  int n_columns, columns[N_COLUMNS]; /* those that the scores have, in the order of a table */
} Export;

/* Name of a column in files, and its value for a pair. */
const char *ExportName(const Export *export, int column);
double ExportValue(const Pair *pair, int column);

PetscErrorCode ExportCsv(Export *export);
PetscErrorCode ExportGraphml(Export *export);
PetscErrorCode ExportNpy(Export *export);

#endif
