/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Detects values that HDF5 would change silently when it converts them: fractions and numbers out of range where integers
   are expected; integers that double precision cannot represent. */
#include "datafile_impl.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <stdio.h>
#include <string.h>

/* Size of the widest number that is reported, and the byte that marks entries that HDF5 could not convert. */
enum { WIDEST = 32, MARK = 0x80 };

static const struct {
  size_t bytes;
  const char *name; /* NULL: not an integer */
} memory_numbers[] = {[DATA_FLOAT64] = {8, NULL},
                      [DATA_FLOAT32] = {4, NULL},
                      [DATA_INT64] = {8, "signed, 64 bits"},
                      [DATA_UINT64] = {8, "unsigned, 64 bits"},
                      [DATA_INT32] = {4, "signed, 32 bits"},
                      [DATA_UINT8] = {1, "unsigned, 8 bits"}};

/* A number in a file, in any type. */
typedef union {
  unsigned char bytes[WIDEST];
  double real;
  int64_t whole;
  uint64_t natural;
} Number;

typedef enum { NUMBER_NONE, NUMBER_REAL, NUMBER_WHOLE, NUMBER_NATURAL } NumberKind;

static NumberKind get_number(hid_t type, const void *number, Number *value)
{
  const NumberKind kind = H5Tget_class(type) == H5T_FLOAT     ? NUMBER_REAL
                          : H5Tget_sign(type) == H5T_SGN_NONE ? NUMBER_NATURAL
                                                              : NUMBER_WHOLE;
  const hid_t native[] = {[NUMBER_REAL] = H5T_NATIVE_DOUBLE,
                          [NUMBER_WHOLE] = H5T_NATIVE_INT64,
                          [NUMBER_NATURAL] = H5T_NATIVE_UINT64};
  const size_t size = H5Tget_size(type);

  if (size > WIDEST) {
    return NUMBER_NONE;
  }
  memcpy(value->bytes, number, size);
  return H5Tconvert(type, native[kind], 1, value->bytes, NULL, H5P_DEFAULT) < 0 ? NUMBER_NONE
                                                                                : kind;
}

static void tell(hid_t type, const void *number, size_t length, char text[])
{
  Number value = {{0}};

  switch (get_number(type, number, &value)) {
  case NUMBER_REAL:
    (void)snprintf(text, length, "%.15g", value.real);
    break;
  case NUMBER_WHOLE:
    (void)snprintf(text, length, "%lld", (long long)value.whole);
    break;
  case NUMBER_NATURAL:
    (void)snprintf(text, length, "%llu", (unsigned long long)value.natural);
    break;
  default:
    (void)snprintf(text, length, "another number");
  }
}

/* Whether double precision represents an integer. HDF5 also asks about some that it does represent, such as -1. */
static PetscBool is_exact(hid_t type, const void *number)
{
  Number value = {{0}};
  const NumberKind kind = get_number(type, number, &value);
  uint64_t size = value.natural;

  if (kind == NUMBER_WHOLE && value.whole < 0) {
    size = 0 - size;
  }
  while (size && size % 2 == 0) {
    size /= 2;
  }
  return (kind == NUMBER_WHOLE || kind == NUMBER_NATURAL) && size < UINT64_C(1) << 53 ? PETSC_TRUE
                                                                                      : PETSC_FALSE;
}

static H5T_conv_ret_t notice(H5T_conv_except_t what, hid_t from, hid_t to, void *number,
                             void *converted, void *context)
{
  Conversion *c = context;

  (void)to;
  if (!memory_numbers[c->memory].name) {
    c->n += what == H5T_CONV_EXCEPT_PRECISION && !is_exact(from, number) ? 1 : 0;
    return H5T_CONV_UNHANDLED;
  }
  if (c->n++ == 0) {
    tell(from, number, sizeof(c->first), c->first);
  }
  memset(converted, MARK, memory_numbers[c->memory].bytes);
  return H5T_CONV_HANDLED;
}

void ConversionWatch(Conversion *c, hid_t dataset, DataType memory, hid_t plan)
{
  const hid_t type = H5Dget_type(dataset);
  const PetscBool whole = H5Tget_class(type) == H5T_INTEGER ? PETSC_TRUE : PETSC_FALSE;

  const hid_t space = H5Dget_space(dataset);

  *c = (Conversion){.memory = memory, .n_dims = H5Sget_simple_extent_ndims(space)};
  c->may_round =
      memory == DATA_FLOAT64 && whole && H5Tget_precision(type) > 53 ? PETSC_TRUE : PETSC_FALSE;
  if (memory_numbers[memory].name || c->may_round) {
    (void)H5Pset_type_conv_cb(plan, notice, c);
  }
  (void)H5Sclose(space);
  (void)H5Tclose(type);
}

int64_t ConversionFind(const Conversion *c, int64_t n, const void *values)
{
  const size_t bytes = memory_numbers[c->memory].bytes;
  unsigned char mark[8];
  int64_t k = 0;

  memset(mark, MARK, sizeof(mark));
  while (k < n - 1 && memcmp((const char *)values + (size_t)k * bytes, mark, bytes) != 0) {
    k++;
  }
  return k;
}

PetscErrorCode ConversionRefusal(const Conversion *c, DataFile file, const char *path,
                                 const char *entry)
{
  if (c->n == 0 || !memory_numbers[c->memory].name) {
    return 0;
  }
  return UserError("%s:%s: %s is %s, where a whole number (%s) is expected", file->path, path,
                   entry, c->first, memory_numbers[c->memory].name);
}

PetscErrorCode ConversionWarn(const Conversion *c, DataFile file, const char *path)
{
  static char warned[2 * PETSC_MAX_PATH_LEN];
  char name[2 * PETSC_MAX_PATH_LEN];
  int64_t n = c->n;

  PetscFunctionBegin;
  if (!c->may_round) {
    PetscFunctionReturn(0);
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &n, 1, MPI_INT64_T, MPI_SUM, file->comm));
  (void)snprintf(name, sizeof(name), "%s:%s", file->path, path);
  if (n > 0 && strcmp(name, warned) != 0) { /* once, although the dataset is read in parts */
    (void)snprintf(warned, sizeof(warned), "%s", name);
    PetscCall(LogWarning("%s: integers beyond 2^53 are rounded to double precision; subtract a "
                         "common offset if digits are lost\n",
                         name));
  }
  PetscFunctionReturn(0);
}
