/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Classifies the columns of a table: channels, times, running numbers, or neurons of spikes. */
#include "text_columns.h"

#include "column_look.h"
#include "text_fields.h"

#include "causeway/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Largest number of columns with which a table of unknown names may be a list of spikes. */
enum { MOST_BARE = 8 };

/* Appends to the note for the log. */
__attribute__((format(printf, 2, 3))) static void note(TextHead *h, const char *format, ...)
{
  const size_t length = strlen(h->note);
  va_list arguments;

  va_start(arguments, format);
  (void)vsnprintf(h->note + length, sizeof(h->note) - length, format, arguments);
  va_end(arguments);
}

/* What names or options say about each column. */
typedef struct {
  NameKind *kind;  /* (n_fields) */
  double *unit_ms; /* (n_fields) unit of times, 0 without one */
  char **name;     /* (n_fields), in `text`; "" without a name */
  char *text;
} Names;

static PetscErrorCode free_names(Names *names)
{
  PetscFunctionBegin;
  PetscCall(PetscFree3(names->kind, names->unit_ms, names->name));
  PetscCall(PetscFree(names->text));
  PetscFunctionReturn(0);
}

static PetscErrorCode classify(const TextColumns *c, Names *names)
{
  const TextHead *h = c->head;
  static char none[] = "";
  char *rest = NULL;

  PetscFunctionBegin;
  PetscCall(PetscCalloc3(h->n_fields, &names->kind, h->n_fields, &names->unit_ms, h->n_fields,
                         &names->name));
  if (c->names) {
    PetscCall(PetscStrallocpy(c->names, &names->text));
    rest = names->text;
  }
  for (int64_t k = 0; k < h->n_fields; k++) {
    char *field = rest && !(k == 0 && c->is_first_unnamed) ? NextField(&rest, h->separator) : NULL;

    names->name[k] = field ? field : none;
    if (c->names && (k == 0 || names->name[k][0])) {
      names->kind[k] = ClassifyName(names->name[k], &names->unit_ms[k]);
    }
  }
  PetscFunctionReturn(0);
}

/* Finds the column of activity_time_column: a name, or a number from 1. */
static PetscErrorCode choose_time_column(const TextColumns *c, Names *names)
{
  const TextHead *h = c->head;
  const char *wanted = c->recording->options.time_column;
  const long long number = strtoll(wanted, NULL, 10);
  int64_t found = -1;

  PetscFunctionBegin;
  if (!wanted[0] || !strcmp(wanted, "auto")) {
    PetscFunctionReturn(0);
  }
  if (!strcmp(wanted, "none")) {
    PetscCall(PetscArrayzero(names->kind, h->n_fields));
    PetscFunctionReturn(0);
  }
  for (int64_t k = 0; k < h->n_fields && found < 0; k++) {
    found = !strcmp(names->name[k], wanted) ? k : -1;
  }
  if (found < 0 && strspn(wanted, "0123456789") == strlen(wanted) && number >= 1 &&
      number <= h->n_fields) {
    found = number - 1;
  }
  UserCheck(found >= 0,
            "activity_time_column = %s: %s has no such column; expected a name, a number from 1 "
            "to %lld, auto or none",
            wanted, c->recording->name, (long long)h->n_fields);
  for (int64_t k = 0; k < h->n_fields;
       k++) { /* further columns of times count as running numbers */
    names->kind[k] = k == found                    ? NAME_TIME
                     : names->kind[k] == NAME_TIME ? NAME_INDEX
                                                   : names->kind[k];
  }
  if (names->unit_ms[found] == 0) {
    const NameKind kind = ClassifyName(names->name[found], &names->unit_ms[found]);

    if (kind != NAME_TIME) {
      names->unit_ms[found] = UnitInName(names->name[found]);
    }
  }
  PetscFunctionReturn(0);
}

static int64_t find_kind(const TextHead *h, const Names *names, NameKind kind, int64_t *n)
{
  int64_t first = -1;

  *n = 0;
  for (int64_t k = h->n_fields - 1; k >= 0; k--) {
    if (names->kind[k] == kind) {
      ++*n;
      first = k;
    }
  }
  return first;
}

/* Looks for an integer column and a column of possible spike times whose names tell nothing. `id`: of two columns, the one
   of the neurons, -1 when neither may be. */
static PetscErrorCode look_for_bare_events(const TextColumns *c, const Names *names, int64_t *id,
                                           PetscBool *may_be)
{
  ColumnLook look[MOST_BARE];
  const int64_t n = c->head->n_fields;

  PetscFunctionBegin;
  *id = -1;
  *may_be = PETSC_FALSE;
  for (int64_t k = 0; k < n; k++) {
    if (n > MOST_BARE || names->kind[k] == NAME_TIME || names->kind[k] == NAME_STEP) {
      PetscFunctionReturn(0);
    }
    PetscCall(ColumnLookAt(c, k, &look[k]));
  }
  if (n == 2) {
    *id = look[0].is_whole && !ColumnMayBeTimes(c, &look[0]) ? 0 : (look[1].is_whole ? 1 : -1);
  }
  for (int64_t k = 0; k < n; k++) {
    PetscBool is_other = PETSC_FALSE; /* another column may hold the neurons */

    for (int64_t j = 0; j < n; j++) {
      is_other =
          is_other || (j != k && look[j].is_whole && !look[j].ascends) ? PETSC_TRUE : PETSC_FALSE;
    }
    *may_be =
        *may_be || (is_other && names->kind[k] == NAME_CHANNEL && ColumnMayBeTimes(c, &look[k]))
            ? PETSC_TRUE
            : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

/* Whether each line is a spike: the columns are a neuron, a time and nothing else. */
static PetscErrorCode find_events(const TextColumns *c, Names *names)
{
  TextHead *h = c->head;
  int64_t n_ids, n_times, n_steps, n_channels, id, time, step, bare_id;
  ColumnLook look = {.n = 0}, times = {.n = 0};
  PetscBool may_be;
  const int table = c->recording->options.table;

  PetscFunctionBegin;
  id = find_kind(h, names, NAME_ID, &n_ids);
  (void)find_kind(h, names, NAME_CHANNEL, &n_channels);
  step = find_kind(h, names, NAME_STEP, &n_steps);
  time = find_kind(h, names, NAME_TIME, &n_times);
  time = time >= 0 ? time : step;
  if (id >= 0) {
    PetscCall(ColumnLookAt(c, id, &look));
  }
  if (time >= 0) {
    PetscCall(ColumnLookAt(c, time, &times));
  }
  h->is_events = table == TABLE_EVENTS || (table == TABLE_AUTO && n_ids == 1 && n_channels == 0 &&
                                           (n_times == 1 || n_steps == 1) && look.is_whole)
                     ? PETSC_TRUE
                     : PETSC_FALSE;
  h->may_be_long =
      !h->is_events && n_ids == 1 && n_times > 0 && look.is_whole ? PETSC_TRUE : PETSC_FALSE;
  UserCheck(!h->may_be_long || table == TABLE_SAMPLES || times.ascends,
            "%s: has a neuron and a time in each line (columns \"%s\" and \"%s\"); give "
            "-activity_table events for spikes; for samples write a line for each time, with a "
            "column for each neuron (pivot() of pandas does it)",
            c->recording->name, names->name[id], names->name[time]);
  UserCheck(
      h->is_events || table != TABLE_AUTO || n_ids != 1 || time < 0 || times.is_even ||
          (look.n && look.ascends),
      "%s: may be a list of spikes (columns \"%s\" and \"%s\"), or have a line for each time; "
      "choose with -activity_table events or samples",
      c->recording->name, names->name[id], names->name[time]);
  PetscCall(look_for_bare_events(c, names, &bare_id, &may_be));
  if (h->is_events && n_ids == 0 && bare_id >= 0) { /* columns without names */
    names->kind[bare_id] = NAME_ID;
    names->kind[1 - bare_id] = NAME_TIME;
    n_ids = n_times = 1;
  }
  UserCheck(!h->is_events || (n_ids == 1 && (n_times > 0 || n_steps > 0)),
            "activity_table = events: %s needs one column with the neuron of each spike and one "
            "with its time; name them for example neuron and time_ms",
            c->recording->name);
  UserCheck(h->is_events || !may_be || table != TABLE_AUTO,
            "%s: may be a list of spikes with a neuron and a time in each line, or have %lld "
            "channels; choose with -activity_table events or samples",
            c->recording->name, (long long)h->n_fields);
  PetscFunctionReturn(0);
}

/* Records a column that is not a channel, and why. */
static PetscErrorCode put_apart(const TextColumns *c, int64_t column, NameKind kind,
                                const char *name)
{
  TextHead *h = c->head;

  PetscFunctionBegin;
  UserCheck(h->n_apart < MOST_APART,
            "%s: has more than %d columns of times and running numbers; -activity_time_column none "
            "takes all columns as channels",
            c->recording->name, MOST_APART);
  h->apart[h->n_apart] = column;
  h->kind[h->n_apart++] = kind;
  if (kind == NAME_INDEX) {
    note(h, ", column %lld (\"%s\") left out as a running number", (long long)column + 1,
         FieldExcerpt(name).text);
  }
  PetscFunctionReturn(0);
}

/* Checks a column of running numbers. Names mean that lines may be channels. Ascending fractions are times unless another
   column has the times. */
static PetscErrorCode check_index(const TextColumns *c, const Names *names, int64_t column)
{
  const char *name = names->name[column];
  ColumnLook look;
  int64_t n_times;

  PetscFunctionBegin;
  PetscCall(ColumnLookAt(c, column, &look));
  (void)find_kind(c->head, names, NAME_TIME, &n_times);
  UserCheck(!look.is_text,
            "%s: column %lld (\"%s\") has names instead of running numbers; give -activity_layout "
            "neuron_time if lines are channels, else remove the column",
            c->recording->name, (long long)column + 1, FieldExcerpt(name).text);
  UserCheck(look.is_whole || n_times > 0 || look.n < 2 || !look.ascends,
            "%s: column %lld (\"%s\") has ascending fractions, as times do, instead of running "
            "numbers; give -activity_time_column %lld, or remove the column",
            c->recording->name, (long long)column + 1, FieldExcerpt(name).text,
            (long long)column + 1);
  PetscFunctionReturn(0);
}

/* Notes what the numbers of a first column look like that is taken as a channel. */
static PetscErrorCode look_at_first(const TextColumns *c, const Names *names)
{
  ColumnLook look;

  PetscFunctionBegin;
  if (names->kind[0] != NAME_CHANNEL || !strcmp(c->recording->options.time_column, "none")) {
    PetscFunctionReturn(0);
  }
  PetscCall(ColumnLookAt(c, 0, &look));
  if (look.n > 2 && look.n == c->n_lines && look.ascends) {
    note(c->head,
         ", column 1 (\"%s\") is a channel although it ascends as times do (as times: "
         "-activity_time_column 1)",
         FieldExcerpt(names->name[0]).text);
  }
  PetscFunctionReturn(0);
}

/* For samples: separates times and running numbers; the first column of times counts. */
static PetscErrorCode separate_samples(const TextColumns *c, const Names *names)
{
  const TextHead *h = c->head;

  PetscFunctionBegin;
  PetscCall(look_at_first(c, names));
  for (int64_t k = 0; k < h->n_fields; k++) {
    const PetscBool is_further = TextHeadFind(h, NAME_TIME) >= 0 ? PETSC_TRUE : PETSC_FALSE;

    if (names->kind[k] == NAME_TIME && !is_further) {
      PetscCall(put_apart(c, k, NAME_TIME, names->name[k]));
    } else if (names->kind[k] == NAME_TIME || names->kind[k] == NAME_INDEX ||
               names->kind[k] == NAME_STEP) {
      PetscCall(check_index(c, names, k));
      PetscCall(put_apart(c, k, NAME_INDEX, names->name[k]));
    }
  }
  PetscFunctionReturn(0);
}

/* Takes the population of the first spike; all spikes must have it. */
static PetscErrorCode take_group(const TextColumns *c, int64_t column)
{
  char *copy, *rest, *field;

  PetscFunctionBegin;
  PetscCall(PetscStrallocpy(c->line[0], &copy));
  rest = copy;
  field = NextField(&rest, c->head->separator);
  for (int64_t k = 0; k < column && field; k++) {
    field = NextField(&rest, c->head->separator);
  }
  PetscCall(PetscStrncpy(c->head->group, field ? field : "", sizeof(c->head->group)));
  PetscCall(PetscFree(copy));
  PetscFunctionReturn(0);
}

/* For spikes: separates the neuron, the time or step, and their attributes. */
static PetscErrorCode separate_events(const TextColumns *c, const Names *names)
{
  const TextHead *h = c->head;
  int64_t n_times;

  PetscFunctionBegin;
  (void)find_kind(h, names, NAME_TIME, &n_times);
  for (int64_t k = 0; k < h->n_fields; k++) {
    const NameKind kind = names->kind[k];
    const PetscBool is_used =
        kind == NAME_ID || kind == NAME_GROUP ||
                (kind == NAME_TIME && TextHeadFind(h, NAME_TIME) < 0) ||
                (n_times == 0 &&
                 ((kind == NAME_STEP && TextHeadFind(h, NAME_STEP) < 0) || kind == NAME_OFFSET))
            ? PETSC_TRUE
            : PETSC_FALSE;

    PetscCall(put_apart(c, k, is_used ? kind : NAME_CHANNEL, names->name[k]));
    if (!is_used) {
      note(c->head, ", column %lld (\"%s\") left out", (long long)k + 1,
           FieldExcerpt(names->name[k]).text);
    }
    if (kind == NAME_GROUP && c->n_lines > 0) {
      PetscCall(take_group(c, k));
    }
  }
  PetscFunctionReturn(0);
}

/* Rows are channels; the first column may have their names. */
static PetscErrorCode separate_rows(const TextColumns *c, const Names *names)
{
  ColumnLook look;

  PetscFunctionBegin;
  UserCheck(names->kind[0] != NAME_TIME,
            "%s: has a column of times, so each line is a sample; leave activity_layout out",
            c->recording->name);
  if (c->names) {
    note(c->head, " (not used: lines are channels; give -activity_interval)");
  }
  PetscCall(ColumnLookAt(c, 0, &look));
  if (look.is_text || c->is_first_unnamed || names->kind[0] == NAME_ID ||
      names->kind[0] == NAME_INDEX) {
    UserCheck(c->head->n_fields > 1, "%s: has names of channels, but no values",
              c->recording->name);
    c->head->names_rows = PETSC_TRUE;
    PetscCall(put_apart(c, 0, NAME_ID, ""));
    note(c->head, ", names of the channels in column 1");
  }
  PetscFunctionReturn(0);
}

/* Unit of the times: as the user says, else by the column's name, else the usual one. */
static void find_unit(const TextColumns *c, const Names *names)
{
  static const double units[] = {0,    1e3, 1,    1e-3,
                                 1e-6, 6e4, 3.6e6}; /* units of the option's choices */
  TextHead *h = c->head;
  const int at = TextHeadFind(h, NAME_TIME);

  if (at < 0) {
    return;
  }
  h->time_ms = c->recording->options.time_unit ? units[c->recording->options.time_unit]
                                               : names->unit_ms[h->apart[at]];
  if (h->time_ms == 0) {
    h->is_unit_assumed = PETSC_TRUE;
    h->time_ms = h->is_events ? 1 : 1e3;
  }
  note(h, ", times in column %lld", (long long)h->apart[at] + 1);
  if (names->name[h->apart[at]][0]) {
    note(h, " (\"%s\")", FieldExcerpt(names->name[h->apart[at]]).text);
  }
  note(h, " in %s%s", NameOfUnit(h->time_ms),
       h->is_unit_assumed ? " (assumed; change it with -activity_time_unit)" : "");
}

static PetscBool is_apart(const TextHead *h, int64_t column)
{
  for (int k = 0; k < h->n_apart; k++) {
    if (h->apart[k] == column) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* Takes the names of the channels, as wide as the longest one. */
static PetscErrorCode take_labels(const TextColumns *c, const Names *names, Labels *labels)
{
  const TextHead *h = c->head;
  size_t width = 0;
  int64_t n = 0;

  PetscFunctionBegin;
  for (int64_t k = 0; k < h->n_fields; k++) {
    const size_t length = strlen(names->name[k]);

    UserCheck(is_apart(h, k) || IsPlainText(names->name[k]),
              "%s, line %lld, column %lld: the name \"%s\" is not UTF-8 or has control "
              "characters; convert the file, for example with iconv -f latin1 -t utf8",
              c->recording->name, (long long)c->names_line, (long long)k + 1,
              FieldExcerpt(names->name[k]).text);
    UserCheck(is_apart(h, k) || length <= LONGEST_LABEL,
              "%s, line %lld, column %lld: the name \"%s\" has %zu bytes, more than %d",
              c->recording->name, (long long)c->names_line, (long long)k + 1,
              FieldExcerpt(names->name[k]).text, length, LONGEST_LABEL);
    width = is_apart(h, k) ? width : PetscMax(width, length);
  }
  if (!width) {
    PetscFunctionReturn(0);
  }
  PetscCall(LabelsCreate(h->n_columns, width, labels));
  for (int64_t k = 0; k < h->n_fields; k++) {
    if (!is_apart(h, k)) {
      PetscCall(LabelsSet(labels, n++, names->name[k]));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode separate(const TextColumns *c, Names *names, Labels *labels)
{
  TextHead *h = c->head;
  const PetscBool rows_are_channels =
      c->recording->options.layout == LAYOUT_NEURON_TIME ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  note(h, "%s",
       h->separator == '\t'
           ? "tabs"
           : (h->separator == ';' ? "semicolons" : (h->separator == ',' ? "commas" : "blanks")));
  note(h, " between fields%s", h->decimal == ',' ? ", decimal commas" : "");
  if (c->names) {
    note(h, ", names in line %lld%s", (long long)c->names_line,
         h->has_numbers ? " (numbers; -activity_header none takes them as a sample)" : "");
  } else {
    note(h, ", no names");
  }
  if (rows_are_channels) {
    PetscCall(separate_rows(c, names));
  } else {
    PetscCall(choose_time_column(c, names));
    PetscCall(find_events(c, names));
    PetscCall(h->is_events ? separate_events(c, names) : separate_samples(c, names));
    find_unit(c, names);
  }
  h->n_columns = h->n_fields - h->n_apart;
  UserCheck(h->is_events || h->n_columns > 0, "%s: has no columns with channels",
            c->recording->name);
  if (c->names && !rows_are_channels && !h->is_events) {
    PetscCall(take_labels(c, names, labels));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TextColumnsFind(const TextColumns *c, Labels *labels)
{
  Names names = {NULL, NULL, NULL, NULL};
  PetscErrorCode status;

  PetscFunctionBegin;
  if (IsQuoteOpen(c->names ? c->names : "", c->head->separator)) {
    PetscFunctionReturn(UserError("%s, line %lld: a quotation mark is not closed",
                                  c->recording->name, (long long)c->names_line));
  }
  PetscCall(classify(c, &names));
  status = separate(c, &names, labels);
  PetscCall(free_names(&names));
  PetscFunctionReturn(status);
}
