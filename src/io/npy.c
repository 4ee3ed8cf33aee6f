/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/npy.h"

#include "causeway/error.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_HEADER = 1 << 16, READ_BYTES = 1 << 24 };

static const char magic[] = "\x93NUMPY";

PetscBool NpyIs(const char *name)
{
  char start[sizeof(magic) - 1];
  FILE *stream = fopen(name, "rb");
  PetscBool is_npy = PETSC_FALSE;

  if (stream) {
    is_npy = fread(start, 1, sizeof(start), stream) == sizeof(start) &&
                     !memcmp(start, magic, sizeof(start))
                 ? PETSC_TRUE
                 : PETSC_FALSE;
    (void)fclose(stream);
  }
  return is_npy;
}

/* The text after 'key': in the header. */
static const char *find_key(const char *header, const char *key)
{
  char quoted[32];
  const char *at;

  (void)snprintf(quoted, sizeof(quoted), "'%s':", key);
  at = strstr(header, quoted);
  return at ? at + strlen(quoted) + strspn(at + strlen(quoted), " ") : NULL;
}

/* Parses a shape such as "(3, 4)". Returns the number of dimensions and stores the first two; -1 for an invalid shape, or
   one with too many values. */
static int parse_shape(const char *shape, int64_t dims[2])
{
  int64_t total = 1;
  int n_dims = 0;

  if (*shape++ != '(') {
    return -1;
  }
  for (shape += strspn(shape, " "); *shape != ')'; shape += strspn(shape, " ,")) {
    char *end;
    long long size;

    errno = 0;
    size = strtoll(shape, &end, 10);
    if (end == shape || errno || size < 0 || (size > 0 && total > INT64_MAX / 16 / size)) {
      return -1;
    }
    total *= PetscMax(size, 1);
    if (n_dims < 2) {
      dims[n_dims] = size;
    }
    n_dims++;
    shape = end + strspn(end, "L");
  }
  return n_dims;
}

static PetscErrorCode parse_header(const char *name, const char *header, Npy *npy)
{
  const char *descr = find_key(header, "descr"), *order = find_key(header, "fortran_order");
  const char *shape = find_key(header, "shape");
  const uint16_t one = 1;
  const char other_end = *(const char *)&one ? '>' : '<';
  int64_t dims[2] = {1, 1};
  char kind[3] = "";

  if (!descr || !order || !shape) {
    return UserError("%s: its NumPy header cannot be read", name);
  }
  if (sscanf(descr, "'%1[<>|=]%1[fiub]%d'", kind, kind + 1, &npy->bytes) != 3) {
    return UserError("%s: its dtype is not a real number; convert objects with "
                     ".astype('float64'), take one field of a structured array, or numpy.abs() of "
                     "complex numbers",
                     name);
  }
  npy->kind = kind[1];
  npy->swaps = kind[0] == other_end;
  if (npy->bytes != 8 && npy->bytes != 4 && npy->bytes != 2 &&
      (npy->kind == 'f' || npy->bytes != 1)) {
    return UserError("%s: holds numbers of %d bytes; save it with .astype('float64')", name,
                     npy->bytes);
  }
  npy->fortran = !strncmp(order, "True", 4);
  npy->n_dims = parse_shape(shape, dims);
  if (npy->n_dims < 0) {
    return UserError("%s: its shape %.40s is not valid", name, shape);
  }
  if (npy->n_dims != 1 && npy->n_dims != 2) {
    return UserError("%s: has %s dimensions where 2 are expected", name,
                     npy->n_dims ? "more than 2" : "no");
  }
  npy->rows = dims[0];
  npy->columns = dims[1];
  return 0;
}

/* Skips the value of a dictionary entry: a text, a tuple, a list or a word; NULL when it has no end. */
static const char *skip_value(const char *value)
{
  const char *end = value;

  if (*value == '\'') {
    end = strchr(value + 1, '\'');
  } else if (*value == '(') {
    end = strchr(value, ')');
  } else if (*value == '[') {
    end = strrchr(value, ']');
  } else {
    return value + strspn(value, "TrueFals");
  }
  return end ? end + 1 : NULL;
}

/* Whether a header is a dictionary of three entries, followed only by padding up to `end`. */
static PetscBool is_dictionary(const char *text, const char *end)
{
  int n = 0;

  if (*text++ != '{') {
    return PETSC_FALSE;
  }
  for (text += strspn(text, " "); *text == '\''; text += strspn(text, " "), n++) {
    text = skip_value(text); /* the key */
    text = text ? text + strspn(text, " ") : "";
    if (*text++ != ':') {
      return PETSC_FALSE;
    }
    text = skip_value(text + strspn(text, " "));
    text = text ? text + strspn(text, " ") : "";
    if (*text != ',' && *text != '}') {
      return PETSC_FALSE;
    }
    text += *text == ',' ? 1 : 0;
  }
  return *text == '}' && n == 3 && text + 1 + strspn(text + 1, " \n") == end ? PETSC_TRUE
                                                                             : PETSC_FALSE;
}

/* Reads the header as zero-terminated text; returns its size in the file including what precedes it, or -1. */
static int64_t read_text(const FilePart *part, char header[LONGEST_HEADER])
{
  unsigned char start[12];
  int64_t before, length;

  if (!FilePartRead(part, 0, sizeof(start), start)) {
    return -1;
  }
  /* the length takes 2 bytes in version 1, 4 in later versions */
  before = start[6] > 1 ? 12 : 10;
  length = start[8] + 256 * start[9];
  length += start[6] > 1 ? ((int64_t)start[10] << 16) + ((int64_t)start[11] << 24) : 0;
  if (length <= 0 || length >= LONGEST_HEADER ||
      !FilePartRead(part, before, (size_t)length, header)) {
    return -1;
  }
  header[length] = 0;
  return is_dictionary(header, header + length) ? before + length : -1;
}

PetscErrorCode NpyReadPart(const char *name, const FilePart *part, Npy *npy)
{
  char header[LONGEST_HEADER];
  FilePart open = *part;
  PetscErrorCode status = FilePartOpen(name, &open);
  int64_t expected;

  *npy = (Npy){.part = *part};
  npy->part.descriptor = -1;
  if (status) {
    return status;
  }
  npy->data_at = read_text(&open, header);
  FilePartClose(&open);
  if (npy->data_at < 0) {
    return UserError("%s: the file is cut short, or its header is damaged", name);
  }
  status = parse_header(name, header, npy);
  if (status) {
    return status;
  }
  expected = npy->data_at + npy->rows * npy->columns * npy->bytes;
  if (part->length < expected) {
    return UserError("%s: the file is cut short, it has %lld bytes of %lld", name,
                     (long long)part->length, (long long)expected);
  }
  return 0;
}

PetscErrorCode NpyReadHeader(const char *name, Npy *npy)
{
  FilePart whole;
  const PetscErrorCode status = FilePartWhole(name, &whole);

  *npy = (Npy){.part = whole};
  return status ? status : NpyReadPart(name, &whole, npy);
}

PetscErrorCode NpyOpen(const char *name, Npy *npy)
{
  return FilePartOpen(name, &npy->part);
}

void NpyClose(Npy *npy)
{
  FilePartClose(&npy->part);
}

static void swap_bytes(int64_t n, int32_t size, unsigned char *bytes)
{
  for (int64_t k = 0; k < n; k++) {
    for (int32_t b = 0; b < size / 2; b++) {
      const unsigned char byte = bytes[k * size + b];

      bytes[k * size + b] = bytes[k * size + size - 1 - b];
      bytes[k * size + size - 1 - b] = byte;
    }
  }
}

/* IEEE 754 half precision: 1 sign bit, 5 exponent bits, 10 fraction bits. */
static double half_to_double(uint16_t bits)
{
  enum { FRACTION = 10, LARGEST = 31, BIAS = 15 };
  const int exponent = bits >> FRACTION & LARGEST, fraction = bits & ((1 << FRACTION) - 1);
  const double sign = bits >> 15 ? -1.0 : 1.0;

  if (exponent == LARGEST) {
    return fraction ? NAN : sign * INFINITY;
  }
  return sign * (exponent ? ldexp((double)(fraction + (1 << FRACTION)), exponent - BIAS - FRACTION)
                          : ldexp((double)fraction, 1 - BIAS - FRACTION));
}

/* One loop for each type of values. */
#define CONVERT(type, to_double)                                                                   \
  for (int64_t k = 0; k < n; k++) {                                                                \
    type value;                                                                                    \
    memcpy(&value, bytes + k * (int64_t)sizeof(value), sizeof(value));                             \
    values[k] = to_double(value);                                                                  \
  }

static void convert(const Npy *npy, int64_t n, const unsigned char *bytes, double *values)
{
  const int type = (npy->kind == 'f' ? 0 : npy->kind == 'i' ? 16 : 32) + npy->bytes;

  switch (type) {
  case 2:
    CONVERT(uint16_t, half_to_double);
    break;
  case 4:
    CONVERT(float, (double));
    break;
  case 8:
    CONVERT(double, (double));
    break;
  case 17:
    CONVERT(int8_t, (double));
    break;
  case 18:
    CONVERT(int16_t, (double));
    break;
  case 20:
    CONVERT(int32_t, (double));
    break;
  case 24:
    CONVERT(int64_t, (double));
    break;
  case 33:
    CONVERT(uint8_t, (double));
    break;
  case 34:
    CONVERT(uint16_t, (double));
    break;
  case 36:
    CONVERT(uint32_t, (double));
    break;
  default:
    CONVERT(uint64_t, (double));
  }
}

PetscErrorCode NpyReadValues(const char *name, const Npy *npy, int64_t first, int64_t n,
                             double *values)
{
  const int64_t block = READ_BYTES / npy->bytes;
  unsigned char *bytes = malloc((size_t)(PetscMin(n, block) * npy->bytes) + 1);
  PetscErrorCode status = 0;

  if (!bytes) {
    return UserError("%s: there is not enough memory to read it", name);
  }
  for (int64_t done = 0; done < n && !status; done += block) {
    const int64_t count = PetscMin(block, n - done);

    if (!FilePartRead(&npy->part, npy->data_at + (first + done) * npy->bytes,
                      (size_t)(count * npy->bytes), bytes)) {
      status = UserError("%s: cannot read: %s", name, errno ? strerror(errno) : "it ends too soon");
      break;
    }
    if (npy->swaps) {
      swap_bytes(count, npy->bytes, bytes);
    }
    convert(npy, count, bytes, values + done);
  }
  free(bytes);
  return status;
}

PetscErrorCode NpyReadRows(const char *name, const Npy *npy, int64_t first, int64_t n_rows,
                           double *values)
{
  double *column;
  PetscErrorCode status = 0;

  if (!npy->fortran || npy->n_dims == 1) {
    return NpyReadValues(name, npy, first * npy->columns, n_rows * npy->columns, values);
  }
  column = calloc((size_t)n_rows + 1, sizeof(double));
  if (!column) {
    return UserError("%s: there is not enough memory to read it", name);
  }
  for (int64_t j = 0; j < npy->columns && !status; j++) {
    status = NpyReadValues(name, npy, j * npy->rows + first, n_rows, column);
    for (int64_t i = 0; i < n_rows && !status; i++) {
      values[i * npy->columns + j] = column[i];
    }
  }
  free(column);
  return status;
}
