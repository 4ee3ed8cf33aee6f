/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Scores in files: a matrix, pairs that are kept, or all scores that a run has left. */
#include "evaluate_impl.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_PATHS = 64 };

typedef struct {
  char file[PETSC_MAX_PATH_LEN];
  int n;
  char path[MOST_PATHS][PETSC_MAX_PATH_LEN]; /* of matrices and groups of pairs; "" for NumPy */
  PetscBool is_ours, is_group[MOST_PATHS];
} ScoreList;

static PetscErrorCode add_path(ScoreList *list, const char *path, PetscBool is_group)
{
  PetscFunctionBegin;
  if (list->n < MOST_PATHS) {
    list->is_group[list->n] = is_group;
    PetscCall(PetscStrncpy(list->path[list->n++], path, sizeof(list->path[0])));
  }
  PetscFunctionReturn(0);
}

/* Matrices that are scores by their role, or in a file of others all that are square; pairs that are kept. */
static PetscErrorCode visit_dataset(DataFile file, const char *path, void *context)
{
  static const char offsets[] = "/row_offset";
  ScoreList *list = context;
  const size_t length = strlen(path), ending = strlen(offsets);
  const char *reading = strrchr(path, '/') + 1;
  char group[PETSC_MAX_PATH_LEN];
  int64_t dims[DATAFILE_MAX_DIMS];
  int n_dims = 0;
  PetscBool is_table = PETSC_FALSE;
  PetscErrorCode status;

  PetscFunctionBegin;
  if (length > ending && !strcmp(path + length - ending, offsets)) {
    PetscCall(PetscStrncpy(group, path, length - ending + 1));
    PetscCall(add_path(list, group, PETSC_TRUE));
    PetscFunctionReturn(0);
  }
  status = DataFileDims(file, path, &n_dims, dims, NULL);
  if (status == CAUSEWAY_ERR_USER) {
    PetscFunctionReturn(0); /* no numbers, e.g. the labels */
  }
  PetscCall(status);
  PetscCall(DataFileGetString(file, path, "groups", sizeof(group), group, &is_table));
  if (n_dims == 2 && dims[0] == dims[1] && !is_table &&
      (!list->is_ours ||
       (ScoreRoleOfReading(reading) == ROLE_SCORE && !strstr(reading, "_member_")))) {
    PetscCall(add_path(list, path, PETSC_FALSE));
  }
  PetscFunctionReturn(0);
}

/* Without a path: the scores of a run, or the only matrix of another file. */
static PetscErrorCode find_all(DataFile file, ScoreList *list)
{
  char program[32] = "", names[256] = "";

  PetscFunctionBegin;
  PetscCall(DataFileGetString(file, "/", "program", sizeof(program), program, NULL));
  list->is_ours = strcmp(program, "causeway") ? PETSC_FALSE : PETSC_TRUE;
  PetscCall(DataFileVisit(file, PETSC_TRUE, visit_dataset, list));
  UserCheck(list->n > 0, "%s: holds no scores, N x N numbers; causeway info %s lists what it has",
            list->file, list->file);
  for (int k = 0; k < list->n; k++) {
    PetscCall(PetscStrlcat(names, k ? ", " : "", sizeof(names)));
    PetscCall(PetscStrlcat(names, list->path[k], sizeof(names)));
  }
  UserCheck(list->is_ours || list->n == 1,
            "%s: holds several matrices (%s); name the scores, as %s:%s", list->file, names,
            list->file, list->path[0]);
  PetscFunctionReturn(0);
}

/* The file and path that -scores names; a directory stands for the causality.h5 in it. */
static PetscErrorCode locate(App *app, char file[PETSC_MAX_PATH_LEN], char path[PETSC_MAX_PATH_LEN],
                             PetscBool *is_npy)
{
  int kind[2] = {0, 0}; /* a directory; an array of NumPy */
  PetscBool is_hdf5 = PETSC_TRUE;
  struct stat entry;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(app->scores_file, PETSC_MAX_PATH_LEN, file, path));
  if (app->rank == 0) {
    kind[0] = !stat(file, &entry) && S_ISDIR(entry.st_mode);
    kind[1] = !kind[0] && NpyIs(file);
  }
  PetscCallMPI(MPI_Bcast(kind, 2, MPI_INT, 0, app->comm));
  if (kind[0]) {
    PetscCall(PetscStrlcat(file, "/causality.h5", PETSC_MAX_PATH_LEN));
  } else if (!kind[1]) {
    PetscCall(RecordingIsHDF5(app->comm, file, &is_hdf5));
  }
  UserCheck(is_hdf5,
            "%s: is neither an HDF5 file nor a .npy array of NumPy, as scores are; in Python "
            "numpy.save(\"scores.npy\", matrix) makes one",
            file);
  *is_npy = kind[1] ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode EvaluateFileName(App *app, size_t length, char name[])
{
  char file[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  PetscBool is_npy = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(locate(app, file, path, &is_npy));
  PetscCall(PetscStrncpy(name, is_npy ? "" : file, length));
  PetscFunctionReturn(0);
}

static PetscErrorCode find_scores(App *app, ScoreList *list)
{
  char path[PETSC_MAX_PATH_LEN];
  PetscBool is_npy = PETSC_FALSE, is_group = PETSC_FALSE;
  DataFile file;

  PetscFunctionBegin;
  *list = (ScoreList){.n = 0};
  PetscCall(locate(app, list->file, path, &is_npy));
  if (is_npy) {
    PetscCall(add_path(list, path, PETSC_FALSE));
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileOpen(app->comm, list->file, &file));
  if (path[0]) {
    PetscCall(DataFileIsGroup(file, path, &is_group));
    PetscCall(add_path(list, path, is_group));
  } else {
    PetscCall(find_all(file, list));
  }
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

static PetscErrorCode specification(const ScoreList *list, int k, size_t length, char text[])
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(text, length, "%s%s%s", list->file, list->path[k][0] ? ":" : "",
                          list->path[k]));
  PetscFunctionReturn(0);
}

PetscErrorCode EvaluateFilePrepare(App *app, PetscBool *is_sparse)
{
  char text[2 * PETSC_MAX_PATH_LEN];
  ScoreList list;
  ScoreMatrix matrix;

  PetscFunctionBegin;
  PetscCall(find_scores(app, &list));
  *is_sparse = PETSC_TRUE;
  for (int k = 0; k < list.n; k++) {
    if (!list.is_group[k]) {
      PetscCall(specification(&list, k, sizeof(text), text));
      PetscCall(ScoreMatrixOpen(app->comm, text, app->scores_sense, &matrix));
      *is_sparse = PETSC_FALSE;
    }
  }
  PetscFunctionReturn(0);
}

/* A matrix of the same file that belongs to the scores at `path`; NULL when there is none. */
static PetscErrorCode read_companion(App *app, const ScoreMatrix *scores, const char *path,
                                     double **values)
{
  char text[2 * PETSC_MAX_PATH_LEN];
  ScoreMatrix matrix;
  PetscBool found;
  DataFile file;

  PetscFunctionBegin;
  *values = NULL;
  PetscCall(DataFileOpen(app->comm, scores->file, &file));
  PetscCall(DataFileIsDataset(file, path, &found));
  PetscCall(DataFileClose(&file));
  if (found) {
    PetscCall(PetscSNPrintf(text, sizeof(text), "%s:%s", scores->file, path));
    PetscCall(ScoreMatrixOpen(app->comm, text, SENSE_LARGER, &matrix));
    UserCheck(matrix.partition.n_global == scores->partition.n_global,
              "%s: is of %lld neurons, but %s of %lld", text, (long long)matrix.partition.n_global,
              scores->name, (long long)scores->partition.n_global);
    PetscCall(ScoreMatrixRead(&matrix, values));
  }
  PetscFunctionReturn(0);
}

/* Significant pairs of the test that a reading of ours belongs to; NULL without them. */
static PetscErrorCode read_mask(App *app, const ScoreMatrix *m, uint8_t **mask)
{
  const int64_t entries = m->partition.n_local * m->partition.n_global;
  const char *reading = m->facts.name;
  char path[PETSC_MAX_PATH_LEN];
  double *values = NULL;

  PetscFunctionBegin;
  *mask = NULL;
  if (m->facts.is_ours && (!strcmp(reading, "gc") || !strcmp(reading, "f_statistic"))) {
    PetscCall(PetscSNPrintf(path, sizeof(path), "%.*s/significant_benjamini_hochberg",
                            (int)(strrchr(m->path, '/') - m->path), m->path));
    PetscCall(read_companion(app, m, path, &values));
  }
  if (values) {
    PetscCall(
        PetscMalloc1(entries + 1, mask)); /* never NULL: it tells on all ranks that there is one */
    for (int64_t at = 0; at < entries; at++) {
      (*mask)[at] = values[at] != 0;
    }
  }
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

/* Signs of the scores themselves, or of the effect beside them. */
static PetscErrorCode evaluate_signs(App *app, const ScoreMatrix *m, ScoreSense sense,
                                     const double *scores, Network truth, Evaluation *evaluation)
{
  char path[PETSC_MAX_PATH_LEN];
  double *effects = NULL;

  PetscFunctionBegin;
  if (sense == SENSE_MAGNITUDE) {
    PetscCall(EvaluationSigns(&m->partition, scores, truth, evaluation));
    if (isnan(evaluation->sign_accuracy)) {
      PetscCall(LogPrintf("evaluate   %s: signs are not scored, the truth has no negative weight\n",
                          m->name));
    }
  } else if (m->facts.is_ours && m->path[0]) {
    PetscCall(PetscSNPrintf(path, sizeof(path), "%s_effect", m->path));
    PetscCall(read_companion(app, m, path, &effects));
    if (m->path[0] && effects) {
      PetscCall(EvaluationSigns(&m->partition, effects, truth, evaluation));
    }
    PetscCall(PetscFree(effects));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode evaluate_matrix(App *app, const char *text, Network truth, Score *score)
{
  ScoreMatrix matrix;
  ScoreSense sense;
  uint8_t *mask;
  double *scores;
  char why[512];

  PetscFunctionBegin;
  PetscCall(ScoreMatrixOpen(app->comm, text, app->scores_sense, &matrix));
  PetscCall(ScoreMatrixRead(&matrix, &scores));
  PetscCall(ScoreMatrixSense(&matrix, scores, &sense, sizeof(why), why));
  if (why[0]) {
    PetscCall(LogPrintf("evaluate   %s %s\n", matrix.name, why));
  }
  app->n_neurons = matrix.partition.n_global;
  PetscCall(read_mask(app, &matrix, &mask));
  PetscCall(EvaluationComputeSense(&matrix.partition, scores, sense, mask, truth, matrix.name,
                                   &score->evaluation, &score->curve));
  PetscCall(evaluate_signs(app, &matrix, sense, scores, truth, &score->evaluation));
  PetscCall(EvaluateExplain(matrix.name, &score->evaluation));
  if (score->evaluation.auroc_offdiagonal < 0.5) {
    PetscCall(LogPrintf(
        "evaluate   %s: an AUROC below 0.5 says that strong scores lie on pairs "
        "without a connection; are scores compared in the right sense (%s; "
        "-scores_sense), and are rows targets? If they are sources, transpose the matrix\n",
        matrix.name, ScoreSenseName(sense)));
  }
  PetscCall(PetscFree(mask));
  PetscCall(PetscFree(scores));
  PetscFunctionReturn(0);
}

static PetscErrorCode evaluate_pairs(App *app, const ScoreList *list, int k, Network truth,
                                     Score *score)
{
  SparseScores scores;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileOpen(app->comm, list->file, &file));
  PetscCall(SparseScoresLoad(app->comm, file, list->path[k], &scores));
  PetscCall(DataFileClose(&file));
  app->n_neurons = SparseScoresPartition(scores)->n_global;
  PetscCall(EvaluationComputeSparse(scores, truth, &score->evaluation, &score->curve));
  PetscCall(EvaluateExplain(app->scores_file, &score->evaluation));
  PetscCall(SparseScoresDestroy(&scores));
  PetscFunctionReturn(0);
}

PetscErrorCode EvaluateFile(App *app, Network truth)
{
  char text[2 * PETSC_MAX_PATH_LEN], method[PETSC_MAX_PATH_LEN];
  ScoreList list;

  PetscFunctionBegin;
  PetscCall(find_scores(app, &list));
  for (int k = 0; k < list.n; k++) {
    Score score = {.method = "file", .reading = app->scores_file, .in_table = PETSC_TRUE};
    char *slash;

    PetscCall(PetscStrncpy(method, list.path[k][0] ? list.path[k] + 1 : "", sizeof(method)));
    slash = strrchr(method, '/');
    if (list.is_ours && slash) { /* of all scores of a run: as the run calls them */
      *slash = 0;
      score.method = method;
      score.reading = slash + 1;
    }
    PetscCall(specification(&list, k, sizeof(text), text));
    PetscCall(list.is_group[k] ? evaluate_pairs(app, &list, k, truth, &score)
                               : evaluate_matrix(app, text, truth, &score));
    PetscCall(SummaryAdd(app, &score));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EvaluateExplain(const char *name, const Evaluation *e)
{
  PetscFunctionBegin;
  if (e->n_unscored > 0) {
    PetscCall(LogPrintf("evaluate   %s: %lld of %lld pairs have no score and are left out, %lld "
                        "true connections among them\n",
                        name, (long long)e->n_unscored,
                        (long long)(e->n_unscored + e->n_edges + e->n_nonedges),
                        (long long)e->n_unscored_edges));
  }
  if (e->n_edges == 0 || e->n_nonedges == 0) {
    PetscCall(LogPrintf("evaluate   %s: AUROC is n/a, because %s of the %lld pairs with a score is "
                        "a connection in the truth\n",
                        name, e->n_edges == 0 ? "none" : "each",
                        (long long)(e->n_edges + e->n_nonedges)));
  }
  if (!isnan(e->sign_accuracy)) {
    PetscCall(LogPrintf("evaluate   %s: the sign is right for %.4f of %lld connections\n", name,
                        e->sign_accuracy, (long long)e->n_signed));
  }
  PetscFunctionReturn(0);
}
