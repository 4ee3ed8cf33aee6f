/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Tables of text: a line per sample or per channel. */
#include "text_impl.h"

#include "text_fields.h"

#include "causeway/error.h"
#include "causeway/log.h"

#include <math.h>
#include <string.h>

/* Parses the numbers of the line that has been read. */
static PetscErrorCode parse_line(TextTable *t, double *values)
{
  const TextHead *h = &t->head;
  const long long line = t->first_line + t->lines.line;
  char *rest = t->lines.text, *field;
  int64_t column = 0, n = 0;
  int apart = 0;

  PetscFunctionBegin;
  if (t->lines.has_nul) {
    PetscFunctionReturn(TextNulError(&t->lines, line));
  }
  UserCheck(!strchr(rest, '"') || !IsQuoteOpen(rest, h->separator),
            "%s, line %lld: a quotation mark is not closed", t->lines.name, line);
  for (; (field = NextField(&rest, h->separator)); column++) {
    if (apart < h->n_apart && h->apart[apart] == column) {
      apart++;
    } else if (column < h->n_fields) {
      const FieldKind kind = FieldNumber(field, h->decimal, &values[n++]);

      if (kind == FIELD_TEXT || kind == FIELD_INFINITE) {
        PetscFunctionReturn(TextFieldError(t->lines.name, line, column + 1, field, h->decimal));
      }
    } else if (h->trails && column == h->n_fields && !*field && !rest) {
      PetscFunctionReturn(0);
    }
  }
  UserCheck(column == h->n_fields, "%s, line %lld: has %lld columns, but the first line has %lld",
            t->lines.name, line, (long long)column, (long long)h->n_fields);
  PetscFunctionReturn(0);
}

/* Goes to a row and reads consecutive rows. */
static PetscErrorCode read_lines(Recording r, int64_t row, int64_t n_rows, double *rows)
{
  TextTable *t = r->context;

  PetscFunctionBegin;
  while (t->row < row + n_rows) {
    PetscBool found;

    PetscCall(TextNext(&t->lines, &found));
    UserCheck(found, "%s: has changed while it was read", r->name);
    if (t->row >= row) {
      PetscCall(parse_line(t, rows + (t->row - row) * t->head.n_columns));
    }
    t->row++;
  }
  PetscFunctionReturn(0);
}

/* A line per channel: each rank reads the file up to its own last line. */
static PetscErrorCode read_channels(Recording r, int64_t n_mine, const int64_t channels[],
                                    int64_t first, int64_t count, double *values)
{
  TextTable *t = r->context;
  PetscErrorCode status;
  double *line;

  PetscFunctionBegin;
  t->first_line = t->head.head_lines;
  t->row = 0;
  status = TextSeek(&t->lines, t->head.body_at);
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

static PetscErrorCode read_samples(Recording r, int64_t first, int64_t count, double *values)
{
  TextTable *t = r->context;
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(r->comm, &rank));
  t->row = t->row_start[rank];
  PetscCall(ErrorAgree(r->comm, TextSeek(&t->lines, t->begin)));
  PetscCall(RecordingTurn(r, t->row_start, read_lines, first, count, values));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_table(Recording r, int64_t n_mine, const int64_t channels[],
                                 int64_t n_most, int64_t first, int64_t count, double *values)
{
  PetscFunctionBegin;
  (void)n_most;
  PetscCall(r->options.layout == LAYOUT_NEURON_TIME
                ? read_channels(r, n_mine, channels, first, count, values)
                : read_samples(r, first, count, values));
  PetscFunctionReturn(0);
}

static PetscErrorCode close_table(Recording r)
{
  TextTable *t = r->context;

  PetscFunctionBegin;
  TextClose(&t->lines);
  PetscCall(PetscFree(t->row_start));
  PetscFunctionReturn(0);
}

static PetscErrorCode share_labels(Recording r, int rank)
{
  int64_t shape[2] = {r->all_labels.n, (int64_t)r->all_labels.width};
  MPI_Datatype name;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Bcast(shape, 2, MPI_INT64_T, 0, r->comm));
  if (shape[0] > 0) {
    if (rank > 0) {
      PetscCall(LabelsCreate(shape[0], (size_t)shape[1] - 1, &r->all_labels));
    }
    UserCheck(shape[0] < INT32_MAX, "%s: has 2^31 columns or more", r->name);
    PetscCallMPI(MPI_Type_contiguous((int)shape[1], MPI_CHAR, &name));
    PetscCallMPI(MPI_Type_commit(&name));
    PetscCallMPI(MPI_Bcast(r->all_labels.text, (int)shape[0], name, 0, r->comm));
    PetscCallMPI(MPI_Type_free(&name));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode open_samples(Recording r, TextTable *t, int rank)
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(r->format_name, "table of text", sizeof(r->format_name)));
  PetscCall(share_labels(r, rank));
  r->n_all_channels = t->head.n_columns;
  r->times_among_channels = TIMES_REFUSE;
  PetscCall(TextCountRows(r, t));
  UserCheck(
      r->n_all_samples > 0,
      "%s: its only line is taken as names, and no line of numbers follows; -activity_header none "
      "reads it as numbers",
      r->name);
  if (r->options.layout == LAYOUT_NEURON_TIME) {
    const int64_t rows = r->n_all_samples;

    r->n_all_samples = r->n_all_channels;
    r->n_all_channels = rows;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode open_text(Recording r)
{
  static const RecordingReader reader = {.read = read_table, .close = close_table};
  PetscErrorCode status;
  TextTable *t;
  int rank;

  PetscFunctionBegin;
  PetscCall(PetscNew(&t));
  r->context = t;
  r->reader = &reader;
  PetscCallMPI(MPI_Comm_rank(r->comm, &rank));
  PetscCall(ErrorAgree(r->comm, TextOpen(r->name, &t->lines)));
  status = rank > 0 ? 0 : TextHeadRead(r, &t->lines, &t->head, &r->all_labels);
  PetscCall(ErrorAgree(r->comm, status));
  PetscCallMPI(MPI_Bcast(&t->head, (int)sizeof(t->head), MPI_BYTE, 0, r->comm));
  PetscCall(t->head.is_events ? RecordingOpenTextEvents(r, t) : open_samples(r, t, rank));
  PetscFunctionReturn(0);
}

const FileFormat FormatText = {.open = open_text};
