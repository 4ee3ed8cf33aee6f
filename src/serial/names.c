/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Names of the neurons: /labels, else the numbers of /observed_neurons, else their index. */
#include "causeway/internal/serial/score_file.h"

#include "causeway/error.h"
#include "causeway/internal/core/hdf5_find.h"

#include <stdlib.h>
#include <string.h>

static PetscErrorCode read_numbers(hid_t dataset, PetscBool has_sign, Names *names)
{
  int64_t *numbers = MemoryGrow(NULL, names->n, sizeof(int64_t));
  herr_t result = H5Dread(dataset, has_sign ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64, H5S_ALL,
                          H5S_ALL, H5P_DEFAULT, numbers);
  char text[32];

  for (int64_t k = 0; k < names->n; k++) {
    (void)snprintf(text, sizeof(text), has_sign ? "%lld" : "%llu",
                   result < 0 ? 0 : (long long)numbers[k]);
    names->text[k] = TextCopy(text);
  }
  free(numbers);
  return result < 0 ? CAUSEWAY_ERR_USER : 0;
}

static PetscErrorCode read_variable(hid_t dataset, hid_t type, Names *names)
{
  hid_t space = H5Dget_space(dataset);
  char **strings = calloc((size_t)names->n + 1, sizeof(char *));
  herr_t result =
      strings ? H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, (void *)strings) : -1;

  for (int64_t k = 0; k < names->n; k++) {
    names->text[k] = TextCopy(result >= 0 && strings[k] ? strings[k] : "");
  }
  if (result >= 0) {
    (void)H5Dvlen_reclaim(type, space, H5P_DEFAULT, (void *)strings);
  }
  free((void *)strings);
  (void)H5Sclose(space);
  return result < 0 ? CAUSEWAY_ERR_USER : 0;
}

/* Texts of fixed length, which need not end with a zero. */
static PetscErrorCode read_fixed(hid_t dataset, hid_t type, Names *names)
{
  const size_t width = H5Tget_size(type) + 1;
  char *texts = MemoryGrow(NULL, names->n, width);
  hid_t padded = H5Tcopy(type);
  herr_t result;

  (void)H5Tset_size(padded, width);
  (void)H5Tset_strpad(padded, H5T_STR_NULLTERM);
  result = H5Dread(dataset, padded, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts);
  for (int64_t k = 0; k < names->n; k++) {
    names->text[k] = TextCopy(result < 0 ? "" : texts + (size_t)k * width);
  }
  (void)H5Tclose(padded);
  free(texts);
  return result < 0 ? CAUSEWAY_ERR_USER : 0;
}

static PetscErrorCode read_labels(const Scores *scores, hid_t dataset, const char *path,
                                  Names *names)
{
  hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  const H5T_class_t class = H5Tget_class(type);
  const PetscBool has_sign = H5Tget_sign(type) != H5T_SGN_NONE ? PETSC_TRUE : PETSC_FALSE;
  const int64_t n = (int64_t)H5Sget_simple_extent_npoints(space);
  PetscErrorCode status;

  (void)H5Sclose(space);
  if (n != scores->n) {
    (void)H5Tclose(type);
    return UserError("%s:%s: has %lld entries for the %lld neurons of %s; correct or remove it",
                     scores->file, path, (long long)n, (long long)scores->n, scores->path);
  }
  names->n = n;
  names->text = (char **)MemoryGrow(NULL, n, sizeof(char *));
  memset((void *)names->text, 0, (size_t)n * sizeof(char *));
  status = class == H5T_INTEGER           ? read_numbers(dataset, has_sign, names)
           : class != H5T_STRING          ? CAUSEWAY_ERR_USER
           : H5Tis_variable_str(type) > 0 ? read_variable(dataset, type, names)
                                          : read_fixed(dataset, type, names);
  (void)H5Tclose(type);
  return status ? UserError("%s:%s: is not a list of texts or whole numbers", scores->file, path)
                : 0;
}

PetscErrorCode NamesOpen(const Scores *scores, Names *names)
{
  static const char *const paths[] = {"/labels", "/observed_neurons"};

  *names = (Names){0, NULL};
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(paths) && scores->id >= 0 && !scores->is_table;
       k++) {
    hid_t dataset;

    SerialCall(HDF5FindDataset(scores->id, paths[k], &dataset));
    if (dataset >= 0) {
      const PetscErrorCode status = read_labels(scores, dataset, paths[k], names);

      (void)H5Dclose(dataset);
      if (status) {
        NamesFree(names);
      }
      return status;
    }
  }
  return 0;
}

void NamesFree(Names *names)
{
  for (int64_t k = 0; k < names->n; k++) {
    free(names->text[k]);
  }
  free((void *)names->text);
  *names = (Names){0, NULL};
}

const char *NamesOf(const Names *names, int64_t neuron, char number[32])
{
  if (names->n) {
    return names->text[neuron];
  }
  (void)snprintf(number, 32, "%lld", (long long)neuron);
  return number;
}
