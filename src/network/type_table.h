/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TYPE_TABLE_H
#define CAUSEWAY_TYPE_TABLE_H

#include <petscsys.h>
#include <stdint.h>

/* Types of edges or nodes in a table of text, as SONATA has them: columns with spaces between them (tabs or commas are
   read too), a type a line. The same on every rank. */
typedef struct {
  char name[PETSC_MAX_PATH_LEN]; /* of the file */
  const char *key;               /* column with the id of the type; borrowed */
  char *text;                    /* that the cells point into */
  int n_columns;
  int64_t n_types;
  char **header; /* (n_columns) */
  char **cells;  /* (n_types, n_columns) */
  int *lines;    /* (n_types) of the file, from 1 */
  int64_t *ids;  /* (n_types) */
} TypeTable;

/*@
  TypeTableRead - the table of a file

  Collective
  Input:  key - column with the ids, edge_type_id or node_type_id
  Output: table - ended with TypeTableDestroy()
  Errors: CAUSEWAY_ERR_USER for a line with more or fewer cells than the first, no such column, or an id that is no
          number or occurs twice in a population
@*/
PetscErrorCode TypeTableRead(MPI_Comm comm, const char *name, const char *key, TypeTable *table);
PetscErrorCode TypeTableDestroy(TypeTable *table);

/* Row of a type: of that population, where a column `population` tells them apart; -1 when there is none. */
int64_t TypeTableFind(const TypeTable *table, const char *population, int64_t id);

/* A cell; NULL when there is no such column, or it is empty or NULL (NONE, NA, nan). */
const char *TypeTableCell(const TypeTable *table, int64_t row, const char *column);
PetscBool TypeTableHas(const TypeTable *table, const char *column);

/*@
  TypeTableNumber - a cell that is a number

  Output: value - left as it is where there is none
  Errors: CAUSEWAY_ERR_USER naming file, line and column
@*/
PetscErrorCode TypeTableNumber(const TypeTable *table, int64_t row, const char *column,
                               double *value);

#endif
