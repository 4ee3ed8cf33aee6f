/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Evaluates scores from files: a matrix, selected pairs, or all scores of a run. */
#include "evaluate_impl.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_PATHS = 64 };

typedef struct {
  char file[PETSC_MAX_PATH_LEN];
  int n;
  char path[MOST_PATHS]
           [PETSC_MAX_PATH_LEN]; /* of matrices and of groups with selected pairs; "" for NumPy */
  double order[MOST_PATHS];      /* positions in result tables, ascending */
  PetscBool is_ours, is_group[MOST_PATHS];
  PetscBool has_tables; /* over groups of neurons */
} ScoreList;

static PetscErrorCode add_path(ScoreList *list, const char *path, PetscBool is_group, double order)
{
  int at = list->n;

  PetscFunctionBegin;
  if (list->n == MOST_PATHS) {
    PetscFunctionReturn(0);
  }
  for (; at > 0 && list->order[at - 1] > order; at--) {
    list->order[at] = list->order[at - 1];
    list->is_group[at] = list->is_group[at - 1];
    PetscCall(PetscStrncpy(list->path[at], list->path[at - 1], sizeof(list->path[0])));
  }
  list->order[at] = order;
  list->is_group[at] = is_group;
  PetscCall(PetscStrncpy(list->path[at], path, sizeof(list->path[0])));
  list->n++;
  PetscFunctionReturn(0);
}

/* Reads the position in result tables that this program gives its matrices; 0 if there is none. */
static PetscErrorCode find_order(DataFile file, const char *path, double *order)
{
  char role[32] = "";

  PetscFunctionBegin;
  *order = 0;
  PetscCall(DataFileGetString(file, path, "role", sizeof(role), role, NULL));
  if (ScoreRoleIs(ROLE_SCORE, role)) {
    PetscCall(DataFileGetReal(file, path, "order", order, NULL));
  }
  PetscFunctionReturn(0);
}

/* Collects matrices with a position in result tables, all square matrices of a foreign file, and
   groups with selected pairs. */
static PetscErrorCode visit_dataset(DataFile file, const char *path, void *context)
{
  static const char offsets[] = "/row_offset";
  ScoreList *list = context;
  const size_t length = strlen(path), ending = strlen(offsets);
  char group[PETSC_MAX_PATH_LEN], column[PETSC_MAX_PATH_LEN], rows[32] = "";
  int64_t dims[DATAFILE_MAX_DIMS];
  double order = 0;
  int n_dims = 0;
  PetscErrorCode status;

  PetscFunctionBegin;
  if (length > ending && !strcmp(path + length - ending, offsets)) {
    PetscCall(PetscStrncpy(group, path, length - ending + 1));
    PetscCall(PetscSNPrintf(column, sizeof(column), "%s/f_statistic", group));
    PetscCall(find_order(file, column, &order));
    PetscCall(add_path(list, group, PETSC_TRUE, order));
    PetscFunctionReturn(0);
  }
  status = DataFileDims(file, path, &n_dims, dims, NULL);
  if (status == CAUSEWAY_ERR_USER) {
    PetscFunctionReturn(0); /* the dataset is not numeric, e.g. labels */
  }
  PetscCall(status);
  if (list->is_ours) {
    PetscCall(find_order(file, path, &order));
    PetscCall(DataFileGetString(file, path, "rows", sizeof(rows), rows, NULL));
    list->has_tables =
        list->has_tables || !strcmp(rows, SCORES_OF_GROUPS) ? PETSC_TRUE : PETSC_FALSE;
  }
  if (n_dims == 2 && dims[0] == dims[1] && (!list->is_ours || order > 0)) {
    PetscCall(add_path(list, path, PETSC_FALSE, order));
  }
  PetscFunctionReturn(0);
}

/* Finds the scores when no path is given: all scores of a run, or the only matrix of another
   file. */
static PetscErrorCode find_all(DataFile file, ScoreList *list)
{
  char program[32] = "", names[256] = "";

  PetscFunctionBegin;
  PetscCall(DataFileGetString(file, "/", "program", sizeof(program), program, NULL));
  list->is_ours = strcmp(program, "causeway") ? PETSC_FALSE : PETSC_TRUE;
  PetscCall(DataFileVisit(file, PETSC_TRUE, visit_dataset, list));
  UserCheck(list->n > 0 || !list->has_tables,
            "%s: holds only tables over groups of neurons, which have no truth to compare with",
            list->file);
  UserCheck(list->n > 0,
            "%s: holds no scores (an N x N matrix); causeway info %s lists its contents",
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

/* Splits -scores into file and path; a directory stands for its causality.h5. */
static PetscErrorCode locate(App *app, char file[PETSC_MAX_PATH_LEN], char path[PETSC_MAX_PATH_LEN],
                             PetscBool *is_npy)
{
  int kind[3] = {0, 0, 0}; /* whether it is a directory; a NumPy array; a run with windows */
  char window[PETSC_MAX_PATH_LEN];
  PetscBool is_hdf5 = PETSC_TRUE;
  struct stat entry;

  PetscFunctionBegin;
  PetscCall(ParseFilePath(app->evaluate.scores_file, PETSC_MAX_PATH_LEN, file, path));
  if (app->run.rank == 0) {
    kind[0] = !stat(file, &entry) && S_ISDIR(entry.st_mode);
    kind[1] = !kind[0] && NpyIs(file);
  }
  if (kind[0]) { /* on rank 0 */
    PetscCall(PetscSNPrintf(window, sizeof(window), "%s/causality.h5", file));
    kind[2] = stat(window, &entry) != 0;
    PetscCall(PetscSNPrintf(window, sizeof(window), "%s/causality_window_0.h5", file));
    kind[2] = kind[2] && !stat(window, &entry);
  }
  PetscCallMPI(MPI_Bcast(kind, 3, MPI_INT, 0, app->run.comm));
  UserCheck(!kind[2],
            "%s: holds the scores of time windows; name one of them: -scores "
            "%s/causality_window_0.h5",
            file, file);
  if (kind[0]) {
    PetscCall(PetscStrlcat(file, "/causality.h5", PETSC_MAX_PATH_LEN));
  } else if (!kind[1]) {
    PetscCall(RecordingIsHDF5(app->run.comm, file, &is_hdf5));
  }
  UserCheck(is_hdf5,
            "%s: is neither an HDF5 file nor a NumPy .npy array; save the scores in Python with "
            "numpy.save(\"scores.npy\", matrix)",
            file);
  *is_npy = kind[1] ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode EvaluateOwnTruth(App *app)
{
  char path[PETSC_MAX_PATH_LEN];
  struct stat entry;
  int found = 0;

  PetscFunctionBegin;
  if (app->evaluate.truth_file[0] || !app->evaluate.scores_file[0]) {
    PetscFunctionReturn(0);
  }
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/network.h5", app->evaluate.scores_file));
  if (app->run.rank == 0) {
    found = !stat(path, &entry) && S_ISREG(entry.st_mode);
  }
  PetscCallMPI(MPI_Bcast(&found, 1, MPI_INT, 0, app->run.comm));
  if (found) {
    PetscCall(PetscStrncpy(app->evaluate.truth_file, path, sizeof(app->evaluate.truth_file)));
    PetscCall(ParametersRecord(app->run.parameters, "truth", path));
  }
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
    PetscCall(add_path(list, path, PETSC_FALSE, 0));
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileOpen(app->run.comm, list->file, &file));
  if (path[0]) {
    PetscCall(DataFileIsGroup(file, path, &is_group));
    PetscCall(add_path(list, path, is_group, 0));
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
      PetscCall(ScoreMatrixOpen(app->run.comm, text, app->evaluate.scores_sense, &matrix));
      *is_sparse = PETSC_FALSE;
    }
  }
  PetscFunctionReturn(0);
}

/* Reads the matrix `name` that accompanies the scores; NULL when there is none. */
static PetscErrorCode read_companion(Run *run, const ScoreMatrix *scores, const char *name,
                                     double **values)
{
  const int group = (int)(strrchr(scores->path, '/') + 1 - scores->path);
  char path[PETSC_MAX_PATH_LEN], text[2 * PETSC_MAX_PATH_LEN];
  PetscBool found = PETSC_FALSE;
  ScoreMatrix matrix;
  DataFile file;

  PetscFunctionBegin;
  *values = NULL;
  if (name[0]) {
    PetscCall(PetscSNPrintf(path, sizeof(path), "%.*s%s", group, scores->path, name));
    PetscCall(DataFileOpen(run->comm, scores->file, &file));
    PetscCall(DataFileIsDataset(file, path, &found));
    PetscCall(DataFileClose(&file));
  }
  if (found) {
    PetscCall(PetscSNPrintf(text, sizeof(text), "%s:%s", scores->file, path));
    PetscCall(ScoreMatrixOpen(run->comm, text, SENSE_LARGER, &matrix));
    UserCheck(matrix.partition.n_global == scores->partition.n_global,
              "%s: has %lld neurons, but %s has %lld", text, (long long)matrix.partition.n_global,
              scores->name, (long long)scores->partition.n_global);
    PetscCall(ScoreMatrixRead(&matrix, values));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode EvaluateMask(const Partition *part, const double *p_values, double level,
                            uint8_t **mask)
{
  int64_t count;

  PetscFunctionBegin;
  PetscCall(
      PetscMalloc1(part->n_local * part->n_global + 1, mask)); /* never NULL, see read_mask() */
  PetscCall(
      MultiplicityMask(MULTIPLICITY_BENJAMINI_HOCHBERG, part, p_values, level, *mask, &count));
  PetscFunctionReturn(0);
}

/* Marks the pairs that are significant by the p-values beside the scores, at the level of their method. */
static PetscErrorCode mask_of_p_values(Run *run, const ScoreMatrix *m, uint8_t **mask)
{
  char group[PETSC_MAX_PATH_LEN];
  double level = 0, *p_values = NULL;
  PetscBool has_level;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(read_companion(run, m, m->p_value, &p_values));
  if (p_values) {
    PetscCall(PetscSNPrintf(group, sizeof(group), "%.*s",
                            (int)PetscMax(1, strrchr(m->path, '/') - m->path), m->path));
    PetscCall(DataFileOpen(run->comm, m->file, &file));
    PetscCall(DataFileGetReal(file, group, "level", &level, &has_level));
    PetscCall(DataFileClose(&file));
    if (has_level) {
      PetscCall(EvaluateMask(&m->partition, p_values, level, mask));
    }
  }
  PetscCall(PetscFree(p_values));
  PetscFunctionReturn(0);
}

/* Reads the mask of pairs that the scores' own test finds significant, or makes it from their p-values; NULL without such
   a test. */
static PetscErrorCode read_mask(Run *run, const ScoreMatrix *m, uint8_t **mask)
{
  const int64_t entries = m->partition.n_local * m->partition.n_global;
  double *values = NULL;

  PetscFunctionBegin;
  *mask = NULL;
  PetscCall(read_companion(run, m, m->mask, &values));
  if (values) {
    PetscCall(
        PetscMalloc1(entries + 1, mask)); /* never NULL, since NULL means "no mask" on every rank */
    for (int64_t at = 0; at < entries; at++) {
      (*mask)[at] = values[at] != 0;
    }
  } else {
    PetscCall(mask_of_p_values(run, m, mask));
  }
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

/* Compares signs with the truth: the signs of the scores, or of the effect stored with them. */
static PetscErrorCode evaluate_signs(Run *run, const ScoreMatrix *m, ScoreSense sense,
                                     const double *scores, Network truth, Evaluation *evaluation)
{
  double *effects = NULL;

  PetscFunctionBegin;
  if (sense == SENSE_MAGNITUDE) {
    PetscCall(EvaluationSigns(&m->partition, scores, truth, evaluation));
    if (isnan(evaluation->sign_accuracy)) {
      PetscCall(LogPrintf(
          "evaluate   %s: signs are not evaluated, because the truth has no negative weight\n",
          m->name));
    }
  } else {
    PetscCall(read_companion(run, m, m->sign, &effects));
    if (effects) {
      PetscCall(EvaluationSigns(&m->partition, effects, truth, evaluation));
    }
    PetscCall(PetscFree(effects));
  }
  PetscFunctionReturn(0);
}

/* Compares the latencies stored with the scores with the truth, where the scores have signs. */
static PetscErrorCode evaluate_latencies(Run *run, const ScoreMatrix *m, const uint8_t *mask,
                                         Network truth, Evaluation *evaluation)
{
  double *latencies;

  PetscFunctionBegin;
  PetscCall(read_companion(run, m, m->sign[0] && mask ? "latency" : "", &latencies));
  if (latencies) {
    PetscCall(EvaluationLatencies(&m->partition, latencies, mask, truth, evaluation));
  }
  PetscCall(PetscFree(latencies));
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
  PetscCall(ScoreMatrixOpen(app->run.comm, text, app->evaluate.scores_sense, &matrix));
  PetscCall(ScoreMatrixRead(&matrix, &scores));
  PetscCall(ScoreMatrixSense(&matrix, scores, &sense, sizeof(why), why));
  if (why[0]) {
    PetscCall(LogPrintf("evaluate   %s %s\n", matrix.name, why));
  }
  app->data.n_neurons = matrix.partition.n_global;
  PetscCall(read_mask(&app->run, &matrix, &mask));
  PetscCall(EvaluationComputeSense(&matrix.partition, scores, sense, mask, truth, matrix.name,
                                   &score->evaluation, &score->curve));
  PetscCall(evaluate_signs(&app->run, &matrix, sense, scores, truth, &score->evaluation));
  PetscCall(evaluate_latencies(&app->run, &matrix, mask, truth, &score->evaluation));
  PetscCall(EvaluateExplain(matrix.name, &score->evaluation));
  if (score->evaluation.auroc_offdiagonal < 0.5) {
    PetscCall(LogPrintf("evaluate   %s: an AUROC below 0.5 means that strong scores lie on pairs "
                        "without a connection; check -scores_sense (used: %s), and transpose the "
                        "matrix if its rows are sources instead of targets\n",
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
  PetscCall(DataFileOpen(app->run.comm, list->file, &file));
  PetscCall(SparseScoresLoad(app->run.comm, file, list->path[k], &scores));
  PetscCall(DataFileClose(&file));
  app->data.n_neurons = SparseScoresPartition(scores)->n_global;
  PetscCall(EvaluationComputeSparse(scores, truth, &score->evaluation, &score->curve));
  PetscCall(EvaluateExplain(app->evaluate.scores_file, &score->evaluation));
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
    Score score = {.method = "file", .reading = app->evaluate.scores_file, .in_table = PETSC_TRUE};
    char *slash;

    PetscCall(PetscStrncpy(method, list.path[k][0] ? list.path[k] + 1 : "", sizeof(method)));
    slash = strrchr(method, '/');
    if (list.is_ours && slash) { /* scores of a run keep the names that the run gives them */
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
    PetscCall(LogPrintf("evaluate   %s: %lld of %lld pairs have no score and are left out, "
                        "including %lld true connections\n",
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
    PetscCall(LogPrintf("evaluate   %s: the sign is correct for %.4f of %lld connections\n", name,
                        e->sign_accuracy, (long long)e->n_signed));
  }
  PetscFunctionReturn(0);
}
