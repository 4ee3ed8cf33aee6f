/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Scores in a file, and which other datasets tell of the same pairs. */
#include "causeway/internal/serial/score_file.h"

#include "causeway/error.h"
#include "causeway/internal/core/hdf5_file.h"
#include "causeway/internal/core/hdf5_find.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The number of dimensions of a dataset of numbers, at most two; else -1. */
static int shape(hid_t dataset, hsize_t dims[2])
{
  const hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
  const H5T_class_t class = H5Tget_class(type);
  int n_dims = H5Sget_simple_extent_ndims(space);

  n_dims = (class == H5T_FLOAT || class == H5T_INTEGER || class == H5T_ENUM) && n_dims <= 2 ? n_dims
                                                                                            : -1;
  if (n_dims > 0) {
    (void)H5Sget_simple_extent_dims(space, dims, NULL);
  }
  (void)H5Tclose(type);
  (void)H5Sclose(space);
  return n_dims;
}

/* A dataset of the same shape as the scores; negative without one. */
static PetscErrorCode companion(const Scores *s, const char *path, hid_t *dataset)
{
  hsize_t dims[2] = {0, 0};
  int n_dims;

  SerialCall(HDF5FindDataset(s->id, path, dataset));
  n_dims = *dataset < 0 ? -1 : shape(*dataset, dims);
  if (*dataset >= 0 &&
      (s->is_sparse ? n_dims != 1 || dims[0] != (hsize_t)s->n_entries
                    : n_dims != 2 || dims[0] != (hsize_t)s->n || dims[1] != dims[0])) {
    (void)H5Dclose(*dataset);
    *dataset = H5I_INVALID_HID;
  }
  return 0;
}

PetscBool ScoresHave(const Scores *s, int column)
{
  return s->is_self[column] || s->dataset[column] >= 0 ? PETSC_TRUE : PETSC_FALSE;
}

/* Text of fixed or variable length, cut to `length`; "" when it is no text. */
static herr_t read_text(hid_t attribute, size_t length, char text[])
{
  const hid_t type = H5Aget_type(attribute);
  herr_t result = 0;
  char *value = NULL;

  if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0) {
    result = H5Aread(attribute, type, &value);
    (void)snprintf(text, length, "%s", value ? value : "");
    (void)H5free_memory(value);
  } else if (H5Tget_class(type) == H5T_STRING) {
    const size_t size = H5Tget_size(type);

    value = MemoryGrow(NULL, (int64_t)size + 1, 1);
    value[0] = value[size] = 0;
    result = H5Aread(attribute, type, value);
    (void)snprintf(text, length, "%s", value);
    free(value);
  }
  (void)H5Tclose(type);
  return result;
}

PetscErrorCode ScoreText(hid_t object, const char *name, size_t length, char text[])
{
  herr_t result;
  hid_t attribute;

  text[0] = 0;
  SerialCall(HDF5FindAttribute(object, name, &attribute));
  if (attribute < 0) {
    return 0;
  }
  result = read_text(attribute, length, text);
  (void)H5Aclose(attribute);
  return result < 0 ? HDF5Damaged(object, name, "cannot be read") : 0;
}

/* An attribute that is a number; `value` stays without one. */
static PetscErrorCode number_attribute(hid_t object, const char *name, double *value)
{
  herr_t result;
  hid_t attribute;

  SerialCall(HDF5FindAttribute(object, name, &attribute));
  if (attribute < 0) {
    return 0;
  }
  result = H5Aread(attribute, H5T_NATIVE_DOUBLE, value);
  (void)H5Aclose(attribute);
  return result < 0 ? HDF5Damaged(object, name, "is no number that can be read") : 0;
}

/* The level is a note of the method, the group of the scores or the one above. */
static PetscErrorCode find_level(Scores *s, const char *group)
{
  const double standard = 0.05;
  hid_t object = H5Oopen(s->id, group[0] ? group : "/", H5P_DEFAULT);
  PetscErrorCode status;

  s->level = standard;
  status = number_attribute(object, "level", &s->level);
  (void)H5Oclose(object);
  return status;
}

/* Opens the column that the attribute `name` of the scores names, unless they are it themselves; its path, or "". */
static PetscErrorCode open_companion(Scores *s, int column, const char *name,
                                     char found[PETSC_MAX_PATH_LEN])
{
  char reading[128];

  PathPrint(found, "%s", s->is_self[column] ? s->path : "");
  if (s->is_self[column]) {
    return 0;
  }
  SerialCall(ScoreText(s->dataset[COLUMN_SCORE], name, sizeof(reading), reading));
  if (reading[0]) {
    PathPrint(found, "%.*s/%s", (int)(strrchr(s->path, '/') - s->path), s->path, reading);
    SerialCall(companion(s, found, &s->dataset[column]));
  }
  return 0;
}

/* Which p-values, mask and signs belong to /METHOD/READING. */
static PetscErrorCode find_companions(Scores *s)
{
  char group[PETSC_MAX_PATH_LEN], found[PETSC_MAX_PATH_LEN];

  PathPrint(group, "%.*s", (int)(strrchr(s->path, '/') - s->path), s->path);
  SerialCall(open_companion(s, COLUMN_EFFECT, "sign", found));
  SerialCall(open_companion(s, COLUMN_P_VALUE, "p_value", s->test));
  SerialCall(open_companion(s, COLUMN_MASK, "mask", found));
  if (ScoresHave(s, COLUMN_MASK)) {
    PathPrint(s->test, "%s", found);
  } else if (!ScoresHave(s, COLUMN_P_VALUE)) {
    s->test[0] = 0;
  }
  return find_level(s, group);
}

/* The least and the largest number off the diagonal. */
static PetscErrorCode find_bounds(const Scores *s, ScoreFacts *facts)
{
  const int64_t rows = PetscMin(s->n, ScoresBlockRows(s));
  double *values = MemoryGrow(NULL, rows * s->n, sizeof(double));
  PetscErrorCode status = 0;

  facts->least = INFINITY;
  facts->largest = -INFINITY;
  for (int64_t first = 0; first < s->n && !status; first += rows) {
    const int64_t n_rows = PetscMin(rows, s->n - first);

    status = ScoresReadRows(s, COLUMN_SCORE, first, n_rows, values);
    for (int64_t at = 0; at < n_rows * s->n && !status; at++) {
      if (first + at / s->n != at % s->n && !isnan(values[at])) {
        facts->least = PetscMin(facts->least, values[at]);
        facts->largest = PetscMax(facts->largest, values[at]);
      }
    }
  }
  free(values);
  return status;
}

/* The sense of the scores, and which of the columns they are themselves. */
static PetscErrorCode find_sense(Scores *s, ScoreSense option)
{
  ScoreFacts facts = {.option = option, .least = NAN, .largest = NAN};

  ScoreFactsName(s->file, s->path, &facts);
  if (!s->is_npy) {
    SerialCall(ScoreText(s->dataset[COLUMN_SCORE], "sense", sizeof(facts.attribute_sense),
                         facts.attribute_sense));
    SerialCall(ScoreText(s->dataset[COLUMN_SCORE], "role", sizeof(facts.attribute_role),
                         facts.attribute_role));
  }
  if (ScoreSenseNeedsValues(&facts)) {
    SerialCall(find_bounds(s, &facts));
  }
  s->sense = ScoreSenseDecide(&facts, sizeof(s->why), s->why);
  s->is_self[COLUMN_EFFECT] = s->sense == SENSE_MAGNITUDE ? PETSC_TRUE : PETSC_FALSE;
  s->is_self[COLUMN_P_VALUE] = ScoreIsPValue(&facts, s->sense);
  s->is_self[COLUMN_MASK] = ScoreRoleIs(ROLE_MASK, facts.attribute_role);
  return 0;
}

static PetscErrorCode take_size(Scores *s, int64_t rows, int64_t columns)
{
  if (rows != columns || rows == 0) {
    return UserError("%s%s%s: is %lld x %lld; scores are square, rows targets, columns sources",
                     s->file, s->path[0] ? ":" : "", s->path, (long long)rows, (long long)columns);
  }
  s->n = rows;
  return 0;
}

static PetscErrorCode has_attribute(hid_t object, const char *name, PetscBool *found)
{
  hid_t attribute;

  SerialCall(HDF5FindAttribute(object, name, &attribute));
  *found = attribute >= 0 ? PETSC_TRUE : PETSC_FALSE;
  if (*found) {
    (void)H5Aclose(attribute);
  }
  return 0;
}

/* Sparse matrices as SciPy, AnnData and MATLAB write them say nothing of the pairs that they leave out. */
static PetscErrorCode refuse_foreign(const Scores *s)
{
  static const char *const pointers[] = {"indptr", "jc"};
  char path[PETSC_MAX_PATH_LEN];
  PetscBool found = PETSC_FALSE;

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(pointers) && !found; k++) {
    PathPrint(path, "%s/%s", s->path, pointers[k]);
    SerialCall(HDF5Find(s->id, path, &found));
  }
  return found ? UserError("%s:%s: is a sparse matrix of another program, which is read as a "
                           "network or truth only; write scores as a full matrix, with NaN for "
                           "pairs without one",
                           s->file, s->path)
               : 0;
}

static PetscErrorCode open_matrix(Scores *s, ScoreSense option)
{
  hsize_t dims[2] = {0, 0};
  PetscBool is_of_matlab;
  int n_dims;

  SerialCall(HDF5FindDataset(s->id, s->path, &s->dataset[COLUMN_SCORE]));
  if (s->dataset[COLUMN_SCORE] < 0) {
    SerialCall(refuse_foreign(s));
    return UserError("%s:%s: is neither a matrix nor a group of sparse scores; causeway info %s "
                     "lists what it has",
                     s->file, s->path, s->file);
  }
  SerialCall(has_attribute(s->dataset[COLUMN_SCORE], "MATLAB_class", &is_of_matlab));
  if (is_of_matlab) {
    return UserError(
        "%s:%s: is a matrix of MATLAB, whose columns stand first; write it with h5write "
        "as its transpose",
        s->file, s->path);
  }
  n_dims = shape(s->dataset[COLUMN_SCORE], dims);
  if (n_dims != 2) {
    return UserError("%s:%s: is not a matrix of numbers", s->file, s->path);
  }
  SerialCall(take_size(s, (int64_t)dims[0], (int64_t)dims[1]));
  SerialCall(has_attribute(s->dataset[COLUMN_SCORE], "groups", &s->is_table));
  SerialCall(find_sense(s, option));
  return find_companions(s);
}

static PetscErrorCode open_npy(Scores *s, ScoreSense option)
{
  const double standard = 0.05;

  if (s->path[0]) {
    return UserError("%s: is an array of NumPy, in which there is no %s; leave it out", s->file,
                     s->path);
  }
  s->is_npy = s->is_self[COLUMN_SCORE] = PETSC_TRUE;
  SerialCall(NpyReadHeader(s->file, &s->npy));
  SerialCall(NpyOpen(s->file, &s->npy));
  SerialCall(take_size(s, s->npy.rows, s->npy.columns));
  SerialCall(find_sense(s, option));
  PathPrint(s->test, "%s", s->is_self[COLUMN_P_VALUE] ? s->file : "");
  s->level = standard;
  return 0;
}

static PetscErrorCode read_offsets(Scores *s, hid_t offsets, const char *group)
{
  hsize_t dims[2] = {0, 0};
  PetscBool good;

  good = shape(offsets, dims) == 1 && dims[0] > 1 ? PETSC_TRUE : PETSC_FALSE;
  s->n = good ? (int64_t)dims[0] - 1 : 0;
  s->offset = MemoryGrow(NULL, s->n + 1, sizeof(int64_t));
  good = good && H5Dread(offsets, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, s->offset) >= 0
             ? PETSC_TRUE
             : PETSC_FALSE;
  good = good && s->offset[0] == 0 && s->offset[s->n] == s->n_entries ? PETSC_TRUE : PETSC_FALSE;
  for (int64_t i = 0; good && i < s->n; i++) {
    good = s->offset[i] <= s->offset[i + 1] ? PETSC_TRUE : PETSC_FALSE;
  }
  /* sparse scores of the significant pairs say where the p-values end; others say 1 */
  s->largest_p = 1;
  if (good) {
    SerialCall(number_attribute(offsets, "largest_p_value", &s->largest_p));
  }
  return good ? 0
              : UserError("%s:%s/row_offset: is not an ascending list of entries up to %lld",
                          s->file, group, (long long)s->n_entries);
}

/* Pairs below `group`, whose column `name` is the score. */
static PetscErrorCode open_sparse(Scores *s, const char *group, const char *name)
{
  char path[PETSC_MAX_PATH_LEN], *slash, sense[16];
  hsize_t dims[2] = {0, 0};
  PetscErrorCode status;
  hid_t offsets;

  s->is_sparse = PETSC_TRUE;
  PathPrint(path, "%s/source", group);
  SerialCall(HDF5FindDataset(s->id, path, &s->source));
  s->n_entries = s->source >= 0 && shape(s->source, dims) == 1 ? (int64_t)dims[0] : -1;
  PathPrint(path, "%s/%s", group, name);
  SerialCall(companion(s, path, &s->dataset[COLUMN_SCORE]));
  if (s->n_entries < 0 || s->dataset[COLUMN_SCORE] < 0) {
    return UserError("%s:%s: has no %s for each pair, as sparse scores have", s->file, group,
                     s->n_entries < 0 ? "source" : name);
  }
  SerialCall(ScoreText(s->dataset[COLUMN_SCORE], "sense", sizeof(sense), sense));
  s->sense = ScoreSenseFind(sense);
  PathPrint(s->test, "%s/p_value", group);
  SerialCall(companion(s, s->test, &s->dataset[COLUMN_P_VALUE]));
  if (s->dataset[COLUMN_P_VALUE] < 0) {
    s->test[0] = 0;
  }
  PathPrint(path, "%s", group);
  slash = strrchr(path, '/');
  *slash = 0;
  SerialCall(find_level(s, path));
  PathPrint(path, "%s/row_offset", group);
  SerialCall(HDF5FindDataset(s->id, path, &offsets));
  status = read_offsets(s, offsets, group);
  if (offsets >= 0) {
    (void)H5Dclose(offsets);
  }
  return status;
}

/* The weights of couplings, in `group`, and what else is known of them. */
static PetscErrorCode open_couplings(Scores *s, const char *group, ScoreSense option)
{
  static const char *const names[N_COLUMNS] = {
      [COLUMN_LATENCY] = "latency", [COLUMN_Z] = "z", [COLUMN_Q_VALUE] = "q_value"};
  char path[PETSC_MAX_PATH_LEN];

  s->is_coupling = PETSC_TRUE;
  PathPrint(s->path, "%s/weight", group);
  SerialCall(open_matrix(s, option == SENSE_UNKNOWN ? SENSE_MAGNITUDE : option));
  for (int k = COLUMN_LATENCY; k < N_COLUMNS; k++) {
    PathPrint(path, "%s/%s", group, names[k]);
    SerialCall(companion(s, path, &s->dataset[k]));
  }
  return 0;
}

/* A group of sparse scores, or one of its columns; couplings; else a matrix. */
static PetscErrorCode open_any(Scores *s, ScoreSense option)
{
  char path[PETSC_MAX_PATH_LEN], *slash, offsets[PETSC_MAX_PATH_LEN];
  PetscBool found;

  PathPrint(offsets, "%s/row_offset", s->path);
  SerialCall(HDF5Find(s->id, offsets, &found));
  if (found) {
    return open_sparse(s, s->path, "f_statistic");
  }
  PathPrint(path, "%s", s->path);
  PathPrint(offsets, "%s/weight", path);
  SerialCall(HDF5Find(s->id, offsets, &found));
  if (found) {
    return open_couplings(s, path, option);
  }
  slash = strrchr(path, '/');
  *slash = 0;
  if (slash != path) {
    PathPrint(offsets, "%s/row_offset", path);
    SerialCall(HDF5Find(s->id, offsets, &found));
    if (found) {
      return open_sparse(s, path, slash + 1);
    }
  }
  return open_matrix(s, option);
}

PetscErrorCode ScoresOpen(const char *file, const char *path, ScoreSense option, Scores *s)
{
  PetscBool found;

  *s = (Scores){.id = H5I_INVALID_HID,
                .source = H5I_INVALID_HID,
                .level = NAN,
                .largest_p = NAN,
                .npy.part.descriptor = -1};
  for (int k = 0; k < N_COLUMNS; k++) {
    s->dataset[k] = H5I_INVALID_HID;
  }
  PathPrint(s->file, "%s", file);
  PathPrint(s->path, "%s", path);
  if (NpyIs(file)) {
    return open_npy(s, option);
  }
  SerialCall(HDF5FileOpen(file, &s->id));
  SerialCall(HDF5Find(s->id, path, &found));
  if (!found) {
    return UserError("%s: has no %s; causeway info %s lists what it has", file, path, file);
  }
  return open_any(s, option);
}

void ScoresClose(Scores *s)
{
  for (int k = 0; k < N_COLUMNS; k++) {
    if (s->dataset[k] >= 0) {
      (void)H5Dclose(s->dataset[k]);
    }
  }
  if (s->source >= 0) {
    (void)H5Dclose(s->source);
  }
  if (s->id >= 0) {
    (void)H5Fclose(s->id);
  }
  NpyClose(&s->npy);
  free(s->offset);
}
