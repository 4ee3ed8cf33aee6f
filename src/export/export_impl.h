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
} Export;

PetscErrorCode ExportCsv(Export *export);
PetscErrorCode ExportGraphml(Export *export);
PetscErrorCode ExportNpy(Export *export);

#endif
