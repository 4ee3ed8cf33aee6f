/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_RUN_FILES_H
#define CAUSEWAY_RUN_FILES_H

#include "causeway/internal/serial/score_file.h"

#include <jansson.h>

enum { MOST_READINGS = 32 };

/* A row of the table of scores, or without a truth a reading of causality.h5. */
typedef struct {
  char method[64], reading[64];
  double auroc, auprc; /* NAN when there is no truth */
  int order;           /* place in tables; 0 for that in summary.json */
} Reading;

/* The files of a run, those that there are. */
typedef struct {
  char directory[PETSC_MAX_PATH_LEN];
  json_t *summary;
  char *parameters, *log;             /* texts, or NULL */
  char causality[PETSC_MAX_PATH_LEN]; /* "" when there is none */
  char window[32];                    /* "_window_K" of the files of several windows, or "" */
  hid_t evaluation, activity, spikes, model; /* negative when there is none */
  char truth[PETSC_MAX_PATH_LEN]; /* FILE[:/path] of the network, "" when it is not known */
  int64_t n;                      /* neurons of the scores; 0 without any */
  Names names;
  char note[1024]; /* what of the scores could not be read, "" for nothing */
  int n_readings;
  Reading readings[MOST_READINGS];
} RunFiles;

/*@
  RunOpen - opens what there is of a finished run; closed with RunClose() also after an error

  Of several windows the last is taken.
@*/
PetscErrorCode RunOpen(const char *directory, RunFiles *run);
void RunClose(RunFiles *run);

/* Whether an entry of `scores` in summary.json is of one member of an ensemble, whose mean stands beside it. */
PetscBool ScoreIsOfMember(const json_t *score);

/* The best reading of each method, at most `most`: by AUROC, or the first without a truth. Returns their number. */
int RunBest(const RunFiles *run, int most, const Reading *best[]);

/* Value of a parameter in used_parameters.yaml; false when it is not there. */
PetscBool RunParameter(const RunFiles *run, const char *key, size_t length, char value[]);

/* What a neuron is called. */
const char *RunName(const RunFiles *run, int64_t neuron, char number[32]);

/*@
  EdgesVisit - calls `visit` for the true edges between neurons of the scores, with the sign of their weight

  Errors: CAUSEWAY_ERR_USER when the network cannot be read
@*/
typedef void (*EdgeVisit)(void *context, int64_t source, int64_t target, int sign);
PetscErrorCode EdgesVisit(const RunFiles *run, EdgeVisit visit, void *context);

/* Path of the first object in a group, "" when it holds none or is not there. */
PetscErrorCode GroupFirst(hid_t file, const char *group, char path[PETSC_MAX_PATH_LEN]);

/* Dataset of numbers: its shape, and its rows, -1 when there is none of so many dimensions, also without a file. */
PetscErrorCode DatasetRows(hid_t file, const char *path, int n_dims, hsize_t dims[], int64_t *rows);
PetscErrorCode DatasetRead(hid_t file, const char *path, hid_t type, int n_dims,
                           const hsize_t first[], const hsize_t count[], void *values);

#endif
