/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TYPE_TABLE_H
#define CAUSEWAY_TYPE_TABLE_H

#include <petscsys.h>
#include <stdint.h>

/* A SONATA table of edge or node types in text: one type per line, columns separated by spaces, tabs or commas. The same on
   every rank. */
typedef struct {
  char name[PETSC_MAX_PATH_LEN]; /* name of the file */
  const char *key;               /* column with the id of the type; borrowed */
  char *text;                    /* storage of the cells */
  int n_columns;
  int64_t n_types;
  char **header; /* (n_columns) */
  char **cells;  /* (n_types, n_columns) */
  int *lines;    /* (n_types) line numbers in the file, from 1 */
  int64_t *ids;  /* (n_types) */
} TypeTable;

/*@
  TypeTableRead - reads a table of types

  Collective
  Input:  key - column with the ids, edge_type_id or node_type_id
  Output: table - freed with TypeTableDestroy()
  Errors: CAUSEWAY_ERR_USER for a line with another number of cells than the first, a missing column `key`, or an id that
          is not a number or occurs twice in a population
@*/
PetscErrorCode TypeTableRead(MPI_Comm comm, const char *name, const char *key, TypeTable *table);
PetscErrorCode TypeTableDestroy(TypeTable *table);

/* Row of a type; a column `population`, if present, must match too. -1 for an unknown type. */
int64_t TypeTableFind(const TypeTable *table, const char *population, int64_t id);

/* Content of a cell; NULL when the column is missing, or the cell is empty or NULL (NONE, NA, nan). */
const char *TypeTableCell(const TypeTable *table, int64_t row, const char *column);
PetscBool TypeTableHas(const TypeTable *table, const char *column);

/*@
  TypeTableNumber - content of a numeric cell

  Output: value - unchanged without a number
  Errors: CAUSEWAY_ERR_USER with file, line and column
@*/
PetscErrorCode TypeTableNumber(const TypeTable *table, int64_t row, const char *column,
                               double *value);

#endif
