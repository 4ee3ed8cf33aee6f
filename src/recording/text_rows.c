/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Distributes the lines of a table over ranks; reads the times of samples and the names of channels. */
#include "text_impl.h"

#include "text_fields.h"

#include "causeway/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_ROOM = LONGEST_LABEL + 1 };

/* An invalid field; its line number is completed when the lines of lower ranks are known. */
typedef struct {
  int64_t line, column; /* from 1; line 0: no error */
  NameKind kind;
  char field[NAME_ROOM];
} Trouble;

/* A column of running numbers; NAN for unknown values. */
typedef struct {
  double first, last, step; /* step: between the first two numbers */
  double skips;             /* 1 when another step occurs */
} Numbers;

/* Content of this rank's rows besides the values. */
typedef struct {
  int64_t n, room;
  double *times; /* (n) [ms], or NULL */
  char *names;   /* (n, NAME_ROOM), or NULL */
  Numbers numbers[MOST_APART];
  Trouble trouble;
} Rows;

PetscErrorCode TextSeekShare(Recording r, TextTable *t)
{
  const TextHead *h = &t->head;
  int rank, size;
  int64_t length;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(r->comm, &rank));
  PetscCallMPI(MPI_Comm_size(r->comm, &size));
  t->end = rank == 0 ? t->lines.end : 0;
  t->begin = h->body_at;
  if (t->lines.is_whole) { /* one rank reads all */
    PetscFunctionReturn(rank == 0 ? TextSeek(&t->lines, h->body_at) : 0);
  }
  length = t->lines.end - h->body_at;
  t->end = rank + 1 < size ? h->body_at + length / size * (rank + 1) : t->lines.end;
  if (rank > 0 && length / size * rank > 0) {
    PetscCall(TextSeekAfter(&t->lines, h->body_at + length / size * rank));
  } else {
    PetscCall(TextSeek(&t->lines, h->body_at));
  }
  t->begin = t->lines.at;
  PetscFunctionReturn(0);
}

void TextNote(Recording r, const TextTable *t)
{
  char interval[64] = "", comments[64] = "";

  if (r->interval_ms > 0 && !r->times && !t->head.is_events) {
    (void)snprintf(interval, sizeof(interval), ", a sample every %g ms", r->interval_ms);
  }
  if (t->n_comments > 0) {
    (void)snprintf(comments, sizeof(comments), ", %lld lines skipped as comments",
                   (long long)t->n_comments);
  }
  RecordingNote(r, "%s%s%s: %s%s%s", t->head.is_events ? "list of spikes" : "table of text",
                t->lines.encoding ? ", " : "", t->lines.encoding ? t->lines.encoding : "",
                t->head.note, interval, comments);
  if (t->is_open) {
    RecordingNote(r, "the last line has no line end: if the file was truncated, its last number "
                     "may be too");
  }
}

PetscErrorCode TextCountLines(Recording r, TextTable *t)
{
  const int64_t lines = t->lines.line;
  int64_t sums[2] = {t->lines.n_comments, t->lines.is_open};

  PetscFunctionBegin;
  PetscCallMPI(MPI_Scan(&lines, &t->first_line, 1, MPI_INT64_T, MPI_SUM, r->comm));
  t->first_line += t->head.head_lines - lines;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_INT64_T, MPI_SUM, r->comm));
  t->n_comments = sums[0];
  t->is_open = sums[1] > 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

static void complain(const TextTable *t, Rows *rows, int apart, const char *field)
{
  Trouble *trouble = &rows->trouble;

  if (!trouble->line) {
    trouble->line = t->lines.line;
    trouble->column = t->head.apart[apart] + 1;
    trouble->kind = t->head.kind[apart];
    (void)PetscStrncpy(trouble->field, field, sizeof(trouble->field));
  }
}

/* Continues a column with its next number. */
static void follow(Numbers *n, double value)
{
  const double step = value - n->last;

  n->first = isnan(n->first) ? value : n->first;
  n->step = isnan(n->step) ? step : n->step;
  n->skips = n->skips != 0 || step != n->step ? !isnan(step) : 0;
  n->last = value;
}

/* Takes a running number, unless the column holds row names. */
static void take_index(const TextTable *t, Rows *rows, int apart, const char *field)
{
  double value;

  if (FieldNumber(field, t->head.decimal, &value) == FIELD_NUMBER) {
    if (rows->numbers[apart].last >= value) {
      complain(t, rows, apart, field);
    }
    follow(&rows->numbers[apart], value);
  }
}

/* Takes the fields of a row that are not values of channels. */
static void take_apart(TextTable *t, Rows *rows)
{
  const TextHead *h = &t->head;
  char *rest = t->lines.text, *field = NextField(&rest, h->separator);
  int64_t column = 0;

  for (int k = 0; k < h->n_apart; k++) {
    for (; column < h->apart[k] && field; column++) {
      field = NextField(&rest, h->separator);
    }
    if (!field) {
      return; /* too few fields; reading the row reports it */
    }
    if (h->names_rows) {
      (void)PetscStrncpy(rows->names + rows->n * NAME_ROOM, field, NAME_ROOM);
      if (!IsPlainText(field) || strlen(field) > LONGEST_LABEL) {
        complain(t, rows, k, field);
      }
    } else if (h->kind[k] == NAME_TIME) {
      const FieldKind kind = FieldNumber(field, h->decimal, &rows->times[rows->n]);

      rows->times[rows->n] *= h->time_ms;
      if (kind != FIELD_NUMBER) {
        complain(t, rows, k, field);
      }
    } else {
      take_index(t, rows, k, field);
    }
  }
}

/* Reads all rows of this rank. */
static PetscErrorCode go_through(TextTable *t, Rows *rows)
{
  const PetscBool has_times = TextHeadFind(&t->head, NAME_TIME) >= 0 ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  for (int k = 0; k < MOST_APART; k++) {
    rows->numbers[k] = (Numbers){NAN, NAN, NAN, 0};
  }
  while (t->lines.at < t->end) {
    PetscBool found;

    PetscCall(TextNext(&t->lines, &found));
    if (!found) {
      break;
    }
    if (rows->n == rows->room && t->head.n_apart > 0) {
      rows->room = 2 * rows->room + 1024;
      if (has_times) {
        PetscCall(PetscRealloc((size_t)rows->room * sizeof(double), &rows->times));
      }
      if (t->head.names_rows) {
        PetscCall(PetscRealloc((size_t)rows->room * NAME_ROOM, &rows->names));
      }
    }
    if (t->head.n_apart > 0) {
      take_apart(t, rows);
    }
    rows->n++;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode trouble_error(const TextTable *t, const Trouble *trouble)
{
  const long long line = t->first_line + trouble->line;

  if (trouble->kind == NAME_TIME) {
    return UserError(
        "%s, line %lld, column %lld: \"%s\" is not a time; write times as numbers, such "
        "as seconds from the start",
        t->lines.name, line, (long long)trouble->column, FieldExcerpt(trouble->field).text);
  }
  if (trouble->kind == NAME_INDEX) {
    return UserError(
        "%s, line %lld, column %lld: \"%s\" does not ascend, although the column has "
        "the name of a running number; -activity_time_column none takes all columns as "
        "channels",
        t->lines.name, line, (long long)trouble->column, FieldExcerpt(trouble->field).text);
  }
  return UserError(
      "%s, line %lld, column %lld: the name \"%s\" is not UTF-8, has control characters "
      "or more than %d bytes; convert the file with iconv -f latin1 -t utf8",
      t->lines.name, line, (long long)trouble->column, FieldExcerpt(trouble->field).text,
      LONGEST_LABEL);
}

/* Running numbers ascend from rank to rank too; skipped numbers may be missing samples. */
static PetscErrorCode check_numbers(Recording r, const TextTable *t, const Rows *rows)
{
  enum { FIELDS = sizeof(Numbers) / sizeof(double) };
  Numbers *all;
  int size;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(r->comm, &size));
  PetscCall(PetscMalloc1((size_t)size * MOST_APART, &all));
  PetscCallMPI(MPI_Allgather(rows->numbers, MOST_APART * FIELDS, MPI_DOUBLE, all,
                             MOST_APART * FIELDS, MPI_DOUBLE, r->comm));
  for (int k = 0; k < t->head.n_apart && !status; k++) {
    Numbers whole = {NAN, NAN, NAN, 0};
    double skips = 0;

    for (int rank = 0; rank < size && !status; rank++) {
      const Numbers *part = all + (size_t)rank * MOST_APART + k;

      if (whole.last >= part->first) {
        status = UserError("%s, column %lld: %g after %g does not ascend, although the column has "
                           "the name of a running number; -activity_time_column none takes all "
                           "columns as channels",
                           r->name, (long long)t->head.apart[k] + 1, part->first, whole.last);
      }
      if (!isnan(part->first)) {
        follow(&whole, part->first);
        whole.step = isnan(whole.step) ? part->step : whole.step;
        skips = skips + whole.skips + part->skips + (part->step != whole.step && part->step > 0);
        whole.last = part->last;
      }
    }
    if (skips > 0 && !status) {
      RecordingNote(r,
                    "column %lld skips numbers: if samples are missing there, their neighbours "
                    "are joined; add a column of times to mark the gaps",
                    (long long)t->head.apart[k] + 1);
    }
  }
  PetscCall(PetscFree(all));
  PetscFunctionReturn(status);
}

/* Gathers (n, size) bytes or values of all ranks, in the order of ranks. */
static PetscErrorCode gather(Recording r, const TextTable *t, MPI_Datatype type, const void *mine,
                             void *all)
{
  int size, rank, *counts, *at;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(r->comm, &size));
  PetscCallMPI(MPI_Comm_rank(r->comm, &rank));
  PetscCall(PetscMalloc2(size, &counts, size, &at));
  for (int k = 0; k < size; k++) {
    counts[k] = (int)(t->row_start[k + 1] - t->row_start[k]);
    at[k] = (int)t->row_start[k];
  }
  PetscCallMPI(MPI_Allgatherv(mine, counts[rank], type, all, counts, at, type, r->comm));
  PetscCall(PetscFree2(counts, at));
  PetscFunctionReturn(0);
}

static PetscErrorCode share_times(Recording r, const TextTable *t, const Rows *rows)
{
  double *all;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(r->n_all_samples, &all));
  PetscCall(gather(r, t, MPI_DOUBLE, rows->times, all));
  status = RecordingSetTimes(r, r->name, all);
  if (status == CAUSEWAY_ERR_USER && t->head.may_be_long && !r->times) {
    status = UserError("%s: has a line for each neuron and time; write a line for each time with a "
                       "column for each neuron (pivot() of pandas does it)",
                       r->name);
  }
  PetscFunctionReturn(status);
}

static PetscErrorCode share_names(Recording r, const TextTable *t, const Rows *rows)
{
  int64_t width = 1;
  char *mine;
  MPI_Datatype name;

  PetscFunctionBegin;
  for (int64_t k = 0; k < rows->n; k++) {
    width = PetscMax(width, (int64_t)strlen(rows->names + k * NAME_ROOM));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &width, 1, MPI_INT64_T, MPI_MAX, r->comm));
  PetscCall(LabelsCreate(r->n_all_samples, (size_t)width, &r->all_labels));
  PetscCall(PetscMalloc1(rows->n * (width + 1), &mine));
  for (int64_t k = 0; k < rows->n; k++) {
    PetscCall(PetscStrncpy(mine + k * (width + 1), rows->names + k * NAME_ROOM, (size_t)width + 1));
  }
  PetscCallMPI(MPI_Type_contiguous((int)width + 1, MPI_CHAR, &name));
  PetscCallMPI(MPI_Type_commit(&name));
  PetscCall(gather(r, t, name, mine, r->all_labels.text));
  PetscCallMPI(MPI_Type_free(&name));
  PetscCall(PetscFree(mine));
  PetscFunctionReturn(0);
}

static PetscErrorCode share_rows(Recording r, TextTable *t, const Rows *rows)
{
  int size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(r->comm, &size));
  PetscCall(PetscCalloc1(size + 1, &t->row_start));
  PetscCallMPI(MPI_Allgather(&rows->n, 1, MPI_INT64_T, t->row_start + 1, 1, MPI_INT64_T, r->comm));
  for (int k = 0; k < size; k++) {
    t->row_start[k + 1] += t->row_start[k];
  }
  r->n_all_samples = t->row_start[size];
  UserCheck(r->n_all_samples < INT32_MAX, "%s: has 2^31 lines or more; split the file", r->name);
  PetscCall(TextCountLines(r, t));
  PetscCall(ErrorAgree(r->comm, rows->trouble.line ? trouble_error(t, &rows->trouble) : 0));
  PetscCall(check_numbers(r, t, rows));
  if (TextHeadFind(&t->head, NAME_TIME) >= 0 && r->n_all_samples > 0) {
    PetscCall(share_times(r, t, rows));
  }
  if (t->head.names_rows) {
    PetscCall(share_names(r, t, rows));
  }
  TextNote(r, t);
  PetscFunctionReturn(0);
}

PetscErrorCode TextCountRows(Recording r, TextTable *t)
{
  Rows rows = {.n = 0};
  PetscErrorCode status;

  PetscFunctionBegin;
  status = TextSeekShare(r, t);
  status = ErrorAgree(r->comm, status ? status : go_through(t, &rows));
  status = status ? status : share_rows(r, t, &rows);
  PetscCall(PetscFree(rows.times));
  PetscCall(PetscFree(rows.names));
  PetscFunctionReturn(status);
}
