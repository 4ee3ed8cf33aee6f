/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Tables of text: a line per sample (or per channel), perhaps names in the first, perhaps times in the first column. */
#include "recording_impl.h"

#include "text_fields.h"

#include "causeway/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What the first line says, the same on all ranks. */
typedef struct {
  int64_t body_at, end; /* bytes of the lines with numbers */
  int64_t head_lines;   /* before them */
  int64_t n_columns;    /* with numbers of channels */
  int skipped;          /* columns before these: times or running numbers */
  PetscBool has_times;
  double time_ms; /* unit of the times */
  char separator;
} Header;

typedef struct {
  Header head;
  int64_t *row_start;       /* (ranks + 1) rows that begin in the share of each rank */
  int64_t first_line;       /* of the file, of this rank's rows */
  int64_t begin, row, line; /* byte of this rank's rows; next row and line of the stream */
  FILE *stream;
  char *text; /* of the line */
  size_t room;
} TextTable;

/* The next line that is neither empty nor a comment, -1 at the end. */
static ssize_t next_line(TextTable *t)
{
  ssize_t length;

  while ((length = getline(&t->text, &t->room, t->stream)) >= 0) {
    t->line++;
    if (t->text[strspn(t->text, " \t\r\n")] && t->text[0] != '#') {
      return length;
    }
  }
  return -1;
}

/* Names are words; or 0, 1, ... behind an empty field, with which pandas begins a column of running numbers. */
static PetscBool is_header(const char *line, char separator)
{
  PetscBool is_text = PETSC_FALSE, is_numbered = PETSC_TRUE;
  char *copy = NULL, *rest, *field;
  int64_t k = 0;
  double value;

  if (PetscStrallocpy(line, &copy)) {
    return PETSC_FALSE;
  }
  for (rest = copy; (field = NextField(&rest, separator)); k++) {
    is_text = is_text || !FieldNumber(field, &value) ? PETSC_TRUE : PETSC_FALSE;
    is_numbered =
        is_numbered && (k ? value == (double)(k - 1) : !field[0]) ? PETSC_TRUE : PETSC_FALSE;
  }
  (void)PetscFree(copy);
  return is_text || (is_numbered && k > 1) ? PETSC_TRUE : PETSC_FALSE;
}

/* Names of the channels; the first column may be something else. */
static PetscErrorCode take_names(Header *h, const char *line, Labels *labels)
{
  char *copy, *rest, *field;
  int64_t k = -1;

  PetscFunctionBegin;
  PetscCall(PetscStrallocpy(line, &copy));
  rest = copy;
  field = NextField(&rest, h->separator);
  h->has_times = IsTimeName(field, &h->time_ms);
  h->skipped = h->has_times || IsIndexName(field) ? 1 : 0;
  h->n_columns -= h->skipped;
  PetscCall(LabelsCreate(h->n_columns, strlen(line), labels));
  for (k = h->skipped ? -1 : 0; field && k < h->n_columns; k++) {
    if (k >= 0) {
      PetscCall(LabelsSet(labels, k, field));
    }
    field = NextField(&rest, h->separator);
  }
  PetscCall(PetscFree(copy));
  PetscFunctionReturn(0);
}

/* On rank 0, whose stream is at the beginning. */
static PetscErrorCode read_header(Recording r, TextTable *t)
{
  static const char mark[] = "\xef\xbb\xbf"; /* that some programs put before UTF-8 */
  Header *h = &t->head;
  const char *line;
  char *copy, *rest;
  struct stat entry;

  PetscFunctionBegin;
  (void)fstat(fileno(t->stream), &entry);
  h->end = entry.st_size;
  UserCheck(next_line(t) >= 0, "%s: has no line of numbers", r->name);
  line = strncmp(t->text, mark, 3) ? t->text : t->text + 3;
  h->separator = FieldSeparator(line);
  PetscCall(PetscStrallocpy(line, &copy));
  rest = copy;
  while (NextField(&rest, h->separator)) {
    h->n_columns++;
  }
  PetscCall(PetscFree(copy));
  if (is_header(line, h->separator)) {
    h->body_at = ftell(t->stream);
    h->head_lines = t->line;
    PetscCall(take_names(h, line, &r->all_labels));
    UserCheck(h->n_columns > 0, "%s: has no columns with channels", r->name);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode share_labels(Recording r, int rank)
{
  int64_t shape[2] = {r->all_labels.n, (int64_t)r->all_labels.width};

  PetscFunctionBegin;
  PetscCallMPI(MPI_Bcast(shape, 2, MPI_INT64_T, 0, r->comm));
  if (shape[0] > 0) {
    if (rank > 0) {
      PetscCall(LabelsCreate(shape[0], (size_t)shape[1] - 1, &r->all_labels));
    }
    PetscCallMPI(MPI_Bcast(r->all_labels.text, (int)(shape[0] * shape[1]), MPI_CHAR, 0, r->comm));
  }
  PetscFunctionReturn(0);
}

/* Byte at which the rows of a share of the file begin: the first line that begins in it. */
static PetscErrorCode find_begin(TextTable *t, int64_t share)
{
  PetscFunctionBegin;
  t->begin = share;
  if (share > t->head.body_at) {
    (void)fseek(t->stream, share - 1, SEEK_SET);
    (void)!getline(&t->text, &t->room, t->stream);
    t->begin = ftell(t->stream);
  }
  (void)fseek(t->stream, t->begin, SEEK_SET);
  PetscFunctionReturn(0);
}

/* Goes through this rank's rows for their number, and their times if there are any. */
static PetscErrorCode count_rows(Recording r, TextTable *t, int64_t end, int64_t *n, double **times)
{
  int64_t room = 0;

  PetscFunctionBegin;
  t->line = 0;
  *n = 0;
  *times = NULL;
  while (ftell(t->stream) < end && next_line(t) >= 0) {
    if (t->head.has_times) {
      char *rest = t->text, *field = NextField(&rest, t->head.separator);

      if (*n == room || !*times) {
        room = 2 * room + 1024;
        PetscCall(PetscRealloc((size_t)room * sizeof(double), times));
      }
      UserCheck(FieldNumber(field, &(*times)[*n]), "%s: '%s' is not a time", r->name, field);
      (*times)[*n] *= t->head.time_ms;
    }
    ++*n;
  }
  PetscFunctionReturn(0);
}

/* The rows of all ranks, the lines before those of this one, and the times of all. */
static PetscErrorCode share_rows(Recording r, TextTable *t, int64_t n, double *times)
{
  int size, rank, *counts, *at;
  int64_t lines = t->line;
  double *all;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_size(r->comm, &size));
  PetscCallMPI(MPI_Comm_rank(r->comm, &rank));
  PetscCall(PetscCalloc1(size + 1, &t->row_start));
  PetscCallMPI(MPI_Allgather(&n, 1, MPI_INT64_T, t->row_start + 1, 1, MPI_INT64_T, r->comm));
  PetscCallMPI(MPI_Scan(&lines, &t->first_line, 1, MPI_INT64_T, MPI_SUM, r->comm));
  t->first_line += t->head.head_lines - lines;
  for (int k = 0; k < size; k++) {
    t->row_start[k + 1] += t->row_start[k];
  }
  r->n_all_samples = t->row_start[size];
  UserCheck(r->n_all_samples < INT32_MAX, "%s: has 2^31 lines or more", r->name);
  if (t->head.has_times && r->n_all_samples > 0) {
    PetscCall(PetscMalloc2(size, &counts, size, &at));
    for (int k = 0; k < size; k++) {
      counts[k] = (int)(t->row_start[k + 1] - t->row_start[k]);
      at[k] = (int)t->row_start[k];
    }
    PetscCall(PetscMalloc1(r->n_all_samples, &all));
    PetscCallMPI(MPI_Allgatherv(times, (int)n, MPI_DOUBLE, all, counts, at, MPI_DOUBLE, r->comm));
    PetscCall(PetscFree2(counts, at));
    PetscCall(RecordingSetTimes(r, r->name, all));
  }
  PetscFunctionReturn(0);
}

/* The numbers of the line that has been read. */
static PetscErrorCode parse_line(Recording r, TextTable *t, double *values)
{
  const Header *h = &t->head;
  char *rest = t->text, *field;
  int64_t k = -h->skipped;

  PetscFunctionBegin;
  if (!strncmp(rest, "\xef\xbb\xbf", 3)) {
    rest += 3;
  }
  for (; (field = NextField(&rest, h->separator)); k++) {
    UserCheck(k < 0 || k >= h->n_columns || FieldNumber(field, &values[k]),
              "%s: line %lld, column %lld: '%s' is not a number", r->name,
              (long long)(t->first_line + t->line), (long long)(k + h->skipped + 1), field);
  }
  UserCheck(k == h->n_columns, "%s: line %lld has %lld columns, where the first line has %lld",
            r->name, (long long)(t->first_line + t->line), (long long)(k + h->skipped),
            (long long)(h->n_columns + h->skipped));
  PetscFunctionReturn(0);
}

/* Goes back to this rank's first row. */
static void rewind_rows(TextTable *t, int64_t begin, int64_t row)
{
  (void)fseek(t->stream, begin, SEEK_SET);
  t->line = 0;
  t->row = row;
}

/* Skips to a row and reads it and those after it. */
static PetscErrorCode read_lines(Recording r, int64_t row, int64_t n_rows, double *rows)
{
  TextTable *t = r->context;

  PetscFunctionBegin;
  while (t->row < row + n_rows) {
    UserCheck(next_line(t) >= 0, "%s: has changed while it was read", r->name);
    if (t->row >= row) {
      PetscCall(parse_line(r, t, rows + (t->row - row) * t->head.n_columns));
    }
    t->row++;
  }
  PetscFunctionReturn(0);
}

/* A line per channel: each rank goes through the file to the last of its own. */
static PetscErrorCode read_channels(Recording r, int64_t n_mine, const int64_t channels[],
                                    int64_t first, int64_t count, double *values)
{
  TextTable *t = r->context;
  PetscErrorCode status = 0;
  double *line;

  PetscFunctionBegin;
  t->first_line = t->head.head_lines;
  rewind_rows(t, t->head.body_at, 0);
  PetscCall(PetscMalloc1(t->head.n_columns, &line));
  for (int64_t i = 0; i < n_mine && !status; i++) {
    status = read_lines(r, channels[i], 1, line);
    if (!status) {
      PetscCall(PetscArraycpy(values + i * count, line + first, count));
    }
  }
  PetscCall(PetscFree(line));
  PetscFunctionReturn(ErrorAgree(r->comm, status));
}

static PetscErrorCode read_table(Recording r, int64_t n_mine, const int64_t channels[],
                                 int64_t n_most, int64_t first, int64_t count, double *values)
{
  TextTable *t = r->context;
  int rank;

  PetscFunctionBegin;
  (void)n_most;
  if (r->options.layout == LAYOUT_NEURON_TIME) {
    PetscFunctionReturn(read_channels(r, n_mine, channels, first, count, values));
  }
  PetscCallMPI(MPI_Comm_rank(r->comm, &rank));
  rewind_rows(t, t->begin, t->row_start[rank]);
  PetscCall(RecordingTurn(r, t->row_start, read_lines, first, count, values));
  PetscFunctionReturn(0);
}

static PetscErrorCode close_table(Recording r)
{
  TextTable *t = r->context;

  PetscFunctionBegin;
  if (t->stream) {
    (void)fclose(t->stream);
  }
  free(t->text); /* of getline() */
  PetscCall(PetscFree(t->row_start));
  PetscFunctionReturn(0);
}

/* Rows are channels: names and times of the columns have no meaning. */
static PetscErrorCode turn_shape(Recording r)
{
  const int64_t rows = r->n_all_samples;
  const TextTable *t = r->context;

  PetscFunctionBegin;
  UserCheck(!t->head.has_times,
            "%s: has a column of times, so a line is a sample: leave activity_layout out", r->name);
  PetscCall(LabelsDestroy(&r->all_labels));
  r->n_all_samples = r->n_all_channels;
  r->n_all_channels = rows;
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingOpenText(Recording r)
{
  static const RecordingFormat format = {read_table, close_table};
  PetscErrorCode status = 0;
  double *times = NULL;
  int64_t length, n;
  TextTable *t;
  int rank, size;

  PetscFunctionBegin;
  PetscCall(PetscNew(&t));
  r->context = t;
  r->format = &format;
  PetscCall(PetscStrncpy(r->format_name, "table of text", sizeof(r->format_name)));
  PetscCallMPI(MPI_Comm_rank(r->comm, &rank));
  PetscCallMPI(MPI_Comm_size(r->comm, &size));
  t->stream = fopen(r->name, "r");
  status = t->stream ? 0 : UserError("%s: cannot open the file: %s", r->name, strerror(errno));
  status = status || rank > 0 ? status : read_header(r, t);
  PetscCall(ErrorAgree(r->comm, status));
  PetscCallMPI(MPI_Bcast(&t->head, (int)sizeof(t->head), MPI_BYTE, 0, r->comm));
  PetscCall(share_labels(r, rank));
  r->n_all_channels = t->head.n_columns;
  length = t->head.end - t->head.body_at;
  PetscCall(find_begin(t, t->head.body_at + length / size * rank));
  status =
      count_rows(r, t, rank + 1 < size ? t->head.body_at + length / size * (rank + 1) : t->head.end,
                 &n, &times);
  status = ErrorAgree(r->comm, status);
  status = status ? status : share_rows(r, t, n, times);
  PetscCall(PetscFree(times));
  PetscCall(status);
  if (r->options.layout == LAYOUT_NEURON_TIME) {
    PetscCall(turn_shape(r));
  }
  PetscFunctionReturn(0);
}
