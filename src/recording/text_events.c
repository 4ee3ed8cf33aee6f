/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lists of spikes in text: each line has the neuron and the time of a spike. */
#include "text_impl.h"

#include "bins.h"
#include "text_fields.h"

#include "causeway/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  TextTable table; /* must be first: closing it closes this context */
  Bins bins;
  SpikeShare share;
} TextEvents;

static PetscErrorCode list_events(Recording r, int64_t n_mine, const int64_t channels[],
                                  int64_t first, int64_t count, SampleList *list)
{
  const TextEvents *e = r->context;
  const Observed neurons = {r->n_all_channels, r->n_channels, r->channels};

  PetscFunctionBegin;
  (void)channels; /* the same as those of the partition */
  (void)n_mine;
  PetscCall(BinsListShare(&e->bins, r, &e->share, &neurons, first, count, list));
  PetscFunctionReturn(0);
}

static PetscErrorCode close_events(Recording r)
{
  TextEvents *e = r->context;

  PetscFunctionBegin;
  TextClose(&e->table.lines);
  PetscCall(SpikeShareDestroy(&e->share));
  PetscFunctionReturn(0);
}

/* An invalid field; its line number is completed when the lines of lower ranks are known. */
typedef struct {
  int64_t line, column; /* from 1; line 0: no error */
  const char *what;
  Excerpt field;
} Trouble;

/* Parses a spike from the line that has been read. */
static PetscErrorCode take_spike(Recording r, TextTable *t, double *time, int64_t *neuron,
                                 Trouble *trouble)
{
  const TextHead *h = &t->head;
  char *rest = t->lines.text, *field;
  int64_t column = 0;

  *time = 0;
  if (t->lines.has_nul && !trouble->line) {
    *trouble =
        (Trouble){t->lines.line, 1, "has a zero byte: the file is damaged", FieldExcerpt("")};
  }
  for (int k = 0; (field = NextField(&rest, h->separator)); column++) {
    const char *what = NULL;
    double value = 0;

    if (k >= h->n_apart || h->apart[k] != column) {
      what = h->trails && column == h->n_fields && !*field ? NULL : "is one field too many";
    } else if (h->kind[k] == NAME_GROUP) {
      what = strcmp(field, h->group) != 0 ? "is a second population; write one per file" : NULL;
    } else if (h->kind[k] == NAME_ID) {
      const PetscBool is_id = FieldNumber(field, h->decimal, &value) == FIELD_NUMBER &&
                                      value == floor(value) && value >= 0 && value < 9e15
                                  ? PETSC_TRUE
                                  : PETSC_FALSE;

      what = is_id ? NULL : "is not the number of a neuron; number the neurons";
      *neuron = is_id ? (int64_t)value : 0;
    } else if (h->kind[k] != NAME_CHANNEL) {
      what = FieldNumber(field, h->decimal, &value) == FIELD_NUMBER ? NULL : "is not a time";
      *time += h->kind[k] == NAME_TIME   ? value * h->time_ms
               : h->kind[k] == NAME_STEP ? value * r->options.interval_ms
                                         : -value;
    }
    if (what && !trouble->line) {
      *trouble = (Trouble){t->lines.line, column + 1, what, FieldExcerpt(field)};
    }
    k++; /* every column is one of those set apart */
  }
  if (column < h->n_fields && !trouble->line) {
    *trouble = (Trouble){t->lines.line, column, "is the last field of a line that is too short",
                         FieldExcerpt("")};
  }
  return 0;
}

/* Reads the lines of this rank. */
static PetscErrorCode read_share(Recording r, TextTable *t, SpikeShare *share, Trouble *trouble)
{
  int64_t room = 0;

  PetscFunctionBegin;
  PetscCall(TextSeekShare(r, t));
  while (t->lines.at < t->end) {
    PetscBool found;

    PetscCall(TextNext(&t->lines, &found));
    if (!found) {
      break;
    }
    if (share->n == room) {
      room = 2 * room + 1024;
      PetscCall(PetscRealloc((size_t)room * sizeof(double), &share->times));
      PetscCall(PetscRealloc((size_t)room * sizeof(int64_t), &share->nodes));
    }
    PetscCall(take_spike(r, t, &share->times[share->n], &share->nodes[share->n], trouble));
    share->n++;
  }
  PetscFunctionReturn(0);
}

/* The numbers in the file are ids and names of neurons; the share then holds positions among them. */
static PetscErrorCode find_neurons(Recording r, SpikeShare *share)
{
  PetscFunctionBegin;
  PetscCall(IdentityGather(r->comm, r->name, share->n, share->nodes, &r->identity));
  r->n_all_channels = r->identity.n;
  for (int64_t k = 0; k < share->n; k++) {
    share->nodes[k] = IdentityFind(&r->identity, share->nodes[k]);
  }
  PetscCall(RecordingIdLabels(r, &r->all_labels));
  PetscFunctionReturn(0);
}

static PetscErrorCode use_share(Recording r, TextEvents *e, const Trouble *trouble)
{
  int64_t n_spikes = e->share.n;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(TextCountLines(r, &e->table));
  if (trouble->line) {
    status = UserError("%s, line %lld, column %lld: \"%s\" %s", r->name,
                       (long long)(e->table.first_line + trouble->line), (long long)trouble->column,
                       trouble->field.text, trouble->what);
  }
  PetscCall(ErrorAgree(r->comm, status));
  PetscCall(find_neurons(r, &e->share));
  PetscCall(BinsSet(r, e->share.n, e->share.times, NULL, &e->bins));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &n_spikes, 1, MPI_INT64_T, MPI_SUM, r->comm));
  if (e->table.head.is_unit_assumed) {
    PetscCall(BinsCheckUnit(r, e->share.n, "give -activity_time_unit s, ms or us"));
  }
  TextNote(r, &e->table);
  RecordingNote(r,
                "list of spikes: %lld spikes of %lld neurons; neurons without spikes are unknown",
                (long long)n_spikes, (long long)r->n_all_channels);
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingOpenTextEvents(Recording r, TextTable *t)
{
  static const RecordingReader reader = {.list = list_events, .close = close_events};
  Trouble trouble = {.line = 0};
  TextEvents *e;

  PetscFunctionBegin;
  PetscCall(PetscNew(&e));
  e->table = *t;
  PetscCall(PetscFree(r->context));
  r->context = e;
  r->reader = &reader;
  PetscCall(PetscStrncpy(r->format_name, "list of spikes", sizeof(r->format_name)));
  UserCheck(TextHeadFind(&e->table.head, NAME_TIME) >= 0 || r->options.interval_ms > 0,
            "%s: has times in simulation steps; give -activity_interval, the length of a step "
            "[ms]",
            r->name);
  PetscCall(ErrorAgree(r->comm, read_share(r, &e->table, &e->share, &trouble)));
  PetscCall(use_share(r, e, &trouble));
  PetscFunctionReturn(0);
}
