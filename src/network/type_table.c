/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "type_table.h"

#include "causeway/error.h"

#include "causeway/internal/io/text_file.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_COLUMNS = 1024 };

/* Separator of the first line: spaces or tabs, as SONATA prescribes, or commas. */
static char find_separator(const char *text)
{
  PetscBool quoted = PETSC_FALSE, spaces = PETSC_FALSE, commas = PETSC_FALSE;

  for (; *text && (quoted || *text != '\n'); text++) {
    quoted = *text == '"' ? !quoted : quoted;
    if (!quoted) {
      spaces =
          spaces || ((*text == ' ' || *text == '\t') && text[1] > ' ') ? PETSC_TRUE : PETSC_FALSE;
      commas = commas || *text == ',' ? PETSC_TRUE : PETSC_FALSE;
    }
  }
  return commas && !spaces ? ',' : ' ';
}

/* Removes the quotes from a cell in place, in which a doubled quote stands for one; returns the rest of the text. */
static char *unquote(char *from, PetscBool *closed)
{
  char *to = from++;

  *closed = PETSC_FALSE;
  while (*from && !*closed) {
    if (*from == '"' && from[1] != '"') {
      *closed = PETSC_TRUE;
      from++;
    } else {
      from += *from == '"' ? 1 : 0;
      *to++ = *from++;
    }
  }
  *to = 0;
  return from;
}

/* Splits a line in place; several spaces separate like one. Returns the number of cells, -1 for an open quote. */
static int split_line(char *line, char separator, char *cells[MOST_COLUMNS])
{
  const char *gap = separator == ',' ? " " : " \t";
  int n = 0;

  while (n < MOST_COLUMNS) {
    PetscBool closed = PETSC_TRUE;
    char *end;

    line += strspn(line, gap);
    if (!*line && (separator != ',' || n == 0)) {
      break;
    }
    cells[n++] = line;
    if (*line == '"') {
      end = unquote(line, &closed);
    } else {
      end = line + (separator == ',' ? strcspn(line, ",") : strcspn(line, " \t"));
    }
    if (!closed) {
      return -1;
    }
    if (separator == ',') {
      end += strspn(end, " ");
    }
    if (!*end) {
      break;
    }
    *end = 0;
    line = end + 1;
  }
  return n;
}

static int find_column(const TypeTable *t, const char *column)
{
  for (int c = 0; c < t->n_columns; c++) {
    if (!strcmp(t->header[c], column)) {
      return c;
    }
  }
  return -1;
}

PetscBool TypeTableHas(const TypeTable *t, const char *column)
{
  return find_column(t, column) >= 0 ? PETSC_TRUE : PETSC_FALSE;
}

static PetscErrorCode add_type(TypeTable *t, int line, int n, char *cells[])
{
  char **row;

  PetscFunctionBegin;
  UserCheck(n == t->n_columns, "%s, line %d: has %d cells, but the first line names %d columns",
            t->name, line, n, t->n_columns);
  PetscCall(PetscRealloc((size_t)(t->n_types + 1) * (size_t)n * sizeof(char *), &t->cells));
  PetscCall(PetscRealloc((size_t)(t->n_types + 1) * sizeof(int), &t->lines));
  t->lines[t->n_types] = line;
  row = t->cells + t->n_types * n;
  PetscCall(PetscArraycpy(row, cells, n));
  t->n_types++;
  PetscFunctionReturn(0);
}

static PetscErrorCode set_header(TypeTable *t, int n, char *cells[])
{
  PetscFunctionBegin;
  t->n_columns = n;
  PetscCall(PetscMalloc1(n, &t->header));
  PetscCall(PetscArraycpy(t->header, cells, n));
  UserCheck(find_column(t, t->key) >= 0,
            "%s: has no column %s, which holds the ids of types; its columns begin with %s",
            t->name, t->key, cells[0]);
  PetscFunctionReturn(0);
}

static PetscErrorCode split_text(TypeTable *t)
{
  char *rest = t->text, *line, *cells[MOST_COLUMNS], separator;
  int number = 0;

  PetscFunctionBegin;
  separator = find_separator(rest);
  while ((line = strsep(&rest, "\n"))) {
    int n;

    number++;
    line[strcspn(line, "\r")] = 0;
    n = split_line(line, separator, cells);
    UserCheck(n >= 0, "%s, line %d: a quotation mark is not closed", t->name, number);
    if (n > 0) {
      PetscCall(t->header ? add_type(t, number, n, cells) : set_header(t, n, cells));
    }
  }
  UserCheck(t->header, "%s: is empty; expected a table of types with a column %s", t->name, t->key);
  PetscFunctionReturn(0);
}

static PetscErrorCode read_ids(TypeTable *t)
{
  const int key = find_column(t, t->key);

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(t->n_types, &t->ids));
  for (int64_t k = 0; k < t->n_types; k++) {
    const char *cell = t->cells[k * t->n_columns + key];
    const char *population = TypeTableCell(t, k, "population");
    char *end;

    errno = 0;
    t->ids[k] = strtoll(cell, &end, 10);
    UserCheck(cell[0] && !*end && !errno,
              "%s, line %d, column %s: \"%s\" is not the number of a type", t->name, t->lines[k],
              t->key, cell);
    for (int64_t j = 0; j < k; j++) {
      const char *other = TypeTableCell(t, j, "population");

      UserCheck(t->ids[j] != t->ids[k] ||
                    strcmp(population ? population : "", other ? other : "") != 0,
                "%s, line %d: the type %lld occurs in line %d too; remove one", t->name,
                t->lines[k], (long long)t->ids[k], t->lines[j]);
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TypeTableRead(MPI_Comm comm, const char *name, const char *key, TypeTable *t)
{
  PetscErrorCode status;

  PetscFunctionBegin;
  *t = (TypeTable){.key = key};
  PetscCall(PetscStrncpy(t->name, name, sizeof(t->name)));
  PetscCall(TextFileRead(comm, name, &t->text));
  status = split_text(t);
  status = status ? status : read_ids(t);
  if (status) {
    PetscCall(TypeTableDestroy(t));
  }
  PetscFunctionReturn(status);
}

PetscErrorCode TypeTableDestroy(TypeTable *t)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(t->text));
  PetscCall(PetscFree(t->header));
  PetscCall(PetscFree(t->cells));
  PetscCall(PetscFree(t->lines));
  PetscCall(PetscFree(t->ids));
  t->n_types = 0;
  PetscFunctionReturn(0);
}

int64_t TypeTableFind(const TypeTable *t, const char *population, int64_t id)
{
  for (int64_t k = 0; k < t->n_types; k++) {
    const char *of = TypeTableCell(t, k, "population");

    if (t->ids[k] == id && (!of || !strcmp(of, population))) {
      return k;
    }
  }
  return -1;
}

const char *TypeTableCell(const TypeTable *t, int64_t row, const char *column)
{
  static const char *const none[] = {"", "NULL", "NONE", "NA", "N/A", "nan"};
  const int c = find_column(t, column);
  const char *cell = c < 0 ? NULL : t->cells[row * t->n_columns + c];

  for (size_t k = 0; cell && k < PETSC_STATIC_ARRAY_LENGTH(none); k++) {
    if (!strcasecmp(cell, none[k])) {
      return NULL;
    }
  }
  return cell;
}

PetscErrorCode TypeTableNumber(const TypeTable *t, int64_t row, const char *column, double *value)
{
  const char *cell = TypeTableCell(t, row, column);
  char *end;
  double number;

  PetscFunctionBegin;
  if (!cell) {
    PetscFunctionReturn(0);
  }
  number = strtod(cell, &end);
  UserCheck(end != cell && !*end && isfinite(number),
            "%s, line %d, column %s: \"%s\" is not a number", t->name, t->lines[row], column, cell);
  *value = number;
  PetscFunctionReturn(0);
}
