/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Derives the form of a table from its first lines: separator, decimal comma, names, columns that are not channels. */
#include "text_head.h"

#include "text_columns.h"
#include "text_fields.h"

#include "causeway/error.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Number of lines that are examined, and their largest size [bytes]. */
enum { MOST_LINES = 64, MOST_BYTES = 1 << 26 };

/* The first lines that are neither empty nor comments, and the last comment before them. */
typedef struct {
  int n;
  char *line[MOST_LINES];
  int64_t number[MOST_LINES], behind_first; /* line numbers; byte after the first line */
  char *comment;
  char separator;              /* stated by the file, 0 otherwise */
  int64_t begin, lines_before; /* place after the line that states it */
} Beginning;

/* Parses the line sep=; that Excel reads. */
static PetscBool says_separator(const char *line, char *separator)
{
  line += *line == '"' ? 1 : 0;
  if (strncasecmp(line, "sep=", 4) != 0 || !line[4] || !strchr(",;\t ", line[4]) ||
      line[5 + strspn(line + 5, "\"")]) {
    return PETSC_FALSE;
  }
  *separator = line[4];
  return PETSC_TRUE;
}

static PetscErrorCode free_beginning(Beginning *b)
{
  PetscFunctionBegin;
  for (int k = 0; k < b->n; k++) {
    PetscCall(PetscFree(b->line[k]));
  }
  PetscCall(PetscFree(b->comment));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_beginning(TextLines *lines, Beginning *b)
{
  size_t bytes = 0;
  PetscBool found = PETSC_TRUE;

  PetscFunctionBegin;
  while (b->n < MOST_LINES && bytes < MOST_BYTES && found) {
    PetscCall(TextNextAny(lines, &found));
    UserCheck(!found || !lines->has_nul || b->n > 0,
              "%s, line %lld: has a zero byte; the file is damaged, or not UTF-8 text", lines->name,
              (long long)lines->line);
    if (!found || !lines->text[strspn(lines->text, " \t")]) {
      continue;
    }
    if (!b->n && says_separator(lines->text, &b->separator)) {
      b->begin = lines->at;
      b->lines_before = lines->line;
      continue;
    }
    if (IsComment(lines->text)) {
      if (!b->n) {
        PetscCall(PetscFree(b->comment));
        PetscCall(PetscStrallocpy(lines->text, &b->comment));
      }
      continue;
    }
    bytes += strlen(lines->text);
    b->number[b->n] = lines->line;
    PetscCall(PetscStrallocpy(lines->text, &b->line[b->n]));
    b->behind_first = b->n ? b->behind_first : lines->at;
    b->n++;
  }
  PetscFunctionReturn(0);
}

/* Called for each field of a line until it returns false. */
typedef PetscBool (*FieldVisitor)(int64_t column, const char *field, void *context);

static PetscErrorCode visit_fields(const char *line, char separator, FieldVisitor visit,
                                   void *context)
{
  char *copy, *rest, *field;

  PetscFunctionBegin;
  PetscCall(PetscStrallocpy(line, &copy));
  rest = copy;
  for (int64_t k = 0; (field = NextField(&rest, separator)) && visit(k, field, context); k++) {
  }
  PetscCall(PetscFree(copy));
  PetscFunctionReturn(0);
}

static PetscBool is_whole(const char *field)
{
  return *field && strspn(field, "0123456789") == strlen(field) ? PETSC_TRUE : PETSC_FALSE;
}

/* Counts of the uses of commas in fields. */
typedef struct {
  int64_t n[COMMA_EITHER + 1], n_points, column, line;
  Excerpt either;
} Commas;

static PetscBool count_commas(int64_t column, const char *field, void *context)
{
  Commas *commas = context;
  const CommaUse use = FieldComma(field);
  double value;

  commas->n[use]++;
  commas->n_points += strchr(field, '.') && FieldNumber(field, '.', &value) == FIELD_NUMBER ? 1 : 0;
  if (use == COMMA_EITHER && commas->n[use] == 1) {
    commas->column = column + 1;
    commas->either = FieldExcerpt(field);
  }
  return PETSC_TRUE;
}

static PetscErrorCode find_decimal(Recording r, const Beginning *b, TextHead *h)
{
  Commas commas = {.column = 0};

  PetscFunctionBegin;
  h->decimal = '.';
  for (int k = 0; k < b->n; k++) {
    const int64_t before = commas.n[COMMA_EITHER];

    PetscCall(visit_fields(b->line[k], h->separator, count_commas, &commas));
    commas.line = !before && commas.n[COMMA_EITHER] ? b->number[k] : commas.line;
  }
  if (commas.n[COMMA_THOUSANDS] || commas.n_points) {
    PetscFunctionReturn(0);
  }
  UserCheck(commas.n[COMMA_DECIMAL] || !commas.n[COMMA_EITHER],
            "%s, line %lld, column %lld: the comma in \"%s\" may be decimal or separate thousands; "
            "write numbers with a decimal point",
            r->name, (long long)commas.line, (long long)commas.column, commas.either.text);
  h->decimal = commas.n[COMMA_DECIMAL] ? ',' : '.';
  PetscFunctionReturn(0);
}

/* Properties of the fields of a line, from which its being a header is decided. */
typedef struct {
  char decimal;
  int64_t n, n_whole, n_text, last;
  PetscBool starts_text, starts_index, ascends; /* the first field; all integers */
  int64_t first;                                /* the first integer */
  PetscBool climbs;                             /* numbers of any kind after the first field */
  double highest;                               /* the last of these numbers */
} LineKind;

static PetscBool look_at_field(int64_t column, const char *field, void *context)
{
  LineKind *kind = context;
  double value, unit;
  const FieldKind is = FieldNumber(field, kind->decimal, &value);

  kind->n++;
  kind->n_text += is == FIELD_TEXT ? 1 : 0;
  if (column > 0 && is == FIELD_NUMBER) {
    kind->climbs =
        column == 1 || (kind->climbs && value > kind->highest) ? PETSC_TRUE : PETSC_FALSE;
    kind->highest = value;
  }
  if (column == 0) {
    kind->starts_text = is == FIELD_TEXT ? PETSC_TRUE : PETSC_FALSE;
    kind->starts_index =
        !is_whole(field) && ClassifyName(field, &unit) != NAME_CHANNEL ? PETSC_TRUE : PETSC_FALSE;
  }
  if (is_whole(field)) {
    const int64_t whole = strtoll(field, NULL, 10);

    kind->first = kind->n_whole ? kind->first : whole;
    kind->ascends =
        kind->n_whole == 0 || (kind->ascends && whole > kind->last) ? PETSC_TRUE : PETSC_FALSE;
    kind->last = whole;
    kind->n_whole++;
  }
  return PETSC_TRUE;
}

static PetscErrorCode kind_of_line(const char *line, const TextHead *h, LineKind *kind)
{
  PetscFunctionBegin;
  *kind = (LineKind){.decimal = h->decimal};
  PetscCall(visit_fields(line, h->separator, look_at_field, kind));
  PetscFunctionReturn(0);
}

/* Names are words, or 0, 1, ... or 1, 2, ... as some programs number columns without names. */
static PetscErrorCode find_header(Recording r, const Beginning *b, TextHead *h)
{
  LineKind first, second = {.n = 0};
  int64_t n_numbers;
  PetscBool is_counted;

  PetscFunctionBegin;
  if (r->options.header != HEADER_AUTO) {
    h->has_names = r->options.header == HEADER_NAMES ? PETSC_TRUE : PETSC_FALSE;
    PetscFunctionReturn(0);
  }
  PetscCall(kind_of_line(b->line[0], h, &first));
  if (b->n > 1) {
    PetscCall(kind_of_line(b->line[1], h, &second));
  }
  n_numbers = first.n - (first.starts_text || first.starts_index ? 1 : 0);
  is_counted = first.n_whole == n_numbers && first.ascends && n_numbers > 0 && first.first <= 1 &&
                       first.last - first.first == n_numbers - 1
                   ? PETSC_TRUE
                   : PETSC_FALSE;
  h->has_names = first.n_text > (first.starts_text ? 1 : 0) ||
                         (first.starts_text && !(second.starts_text && second.n_text == 1)) ||
                         (first.starts_text && first.climbs && !second.climbs) /* times */
                     ? PETSC_TRUE
                     : PETSC_FALSE;
  if (!h->has_names) {
    h->has_numbers = is_counted && (first.starts_index || first.starts_text || n_numbers >= 4 ||
                                    (n_numbers >= 2 && second.n > 0 && second.n_whole < second.n))
                         ? PETSC_TRUE
                         : PETSC_FALSE;
    h->has_names = h->has_numbers;
    UserCheck(h->has_names || !(first.ascends && first.n_whole == first.n && first.n >= 2 &&
                                second.n > 0 && second.n_whole == 0),
              "%s, line %lld: may be column numbers or the first sample; choose with "
              "-activity_header names or none",
              r->name, (long long)b->number[0]);
  }
  PetscFunctionReturn(0);
}

/* Whether all lines from `from` on end with an empty field, and the number of fields. */
static PetscErrorCode look_at_ends(const Beginning *b, int from, char separator, int64_t *n,
                                   PetscBool *trail)
{
  PetscFunctionBegin;
  *trail = separator != ' ' && from < b->n ? PETSC_TRUE : PETSC_FALSE;
  *n = 0;
  for (int k = from; k < b->n; k++) {
    PetscBool is_last_empty = PETSC_FALSE;
    int64_t n_here;

    PetscCall(CountFields(b->line[k], separator, &n_here, &is_last_empty));
    *n = k == from ? n_here : *n;
    *trail = *trail && is_last_empty && n_here > 1 ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

/* Counts the fields of a line; R omits the name of the column of row names. */
static PetscErrorCode count_columns(const Beginning *b, TextHead *h, PetscBool *is_first_unnamed)
{
  int64_t n_names, n_numbers;
  PetscBool names_trail, numbers_trail;

  PetscFunctionBegin;
  *is_first_unnamed = PETSC_FALSE;
  PetscCall(look_at_ends(b, 0, h->separator, &n_names, &names_trail));
  PetscCall(look_at_ends(b, 1, h->separator, &n_numbers, &numbers_trail));
  h->n_fields = n_names;
  if (names_trail) {
    h->n_fields--;
    h->trails = PETSC_TRUE;
  } else if (h->has_names && n_numbers == n_names + 1) {
    h->trails = numbers_trail;
    *is_first_unnamed = numbers_trail ? PETSC_FALSE : PETSC_TRUE;
    h->n_fields += numbers_trail ? 0 : 1;
  }
  PetscFunctionReturn(0);
}

/* Finds names in the comment before the numbers, as numpy.savetxt() writes them. */
static PetscErrorCode find_commented_names(const Beginning *b, TextHead *h, const char **names)
{
  const char *line = b->comment;
  char *copy, *rest, *field;
  PetscBool tells = h->separator == ' ' ? PETSC_FALSE : PETSC_TRUE;
  int64_t n;
  double unit;

  PetscFunctionBegin;
  if (!line || h->has_names) {
    PetscFunctionReturn(0);
  }
  line += strspn(line, "#% \t");
  PetscCall(CountFields(line, h->separator, &n, NULL));
  PetscCall(PetscStrallocpy(line, &copy));
  rest = copy;
  while ((field = NextField(&rest, h->separator))) { /* words are separated by single blanks */
    tells = tells || ClassifyName(field, &unit) == NAME_TIME ? PETSC_TRUE : PETSC_FALSE;
  }
  PetscCall(PetscFree(copy));
  if (n == h->n_fields && n > 1 && tells) {
    *names = line;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TextFieldError(const char *name, int64_t line, int64_t column, const char *field,
                              char decimal)
{
  const Excerpt excerpt = FieldExcerpt(field);
  double value;
  const char *what = "is not a number; write NA for a missing value";

  if (FieldNumber(field, decimal, &value) == FIELD_INFINITE) {
    what = "is not a finite number; write NA for a missing value";
  } else if (decimal == '.' && FieldComma(field) == COMMA_DECIMAL) {
    what = "is not a number; write a decimal point";
  } else if (FieldComma(field) != COMMA_NONE) {
    what = "is not a number; remove separators of thousands";
  } else if (decimal == ',' && FieldNumber(field, '.', &value) == FIELD_NUMBER) {
    what = "is not a number like the others, which have decimal commas";
  } else if (column == 1) {
    what = "is not a number; separate fields with commas, semicolons, tabs or blanks, and begin "
           "comments "
           "with # or %; where lines are channels, with their names first, use -activity_layout "
           "neuron_time";
  }
  return UserError("%s, line %lld, column %lld: \"%s\" %s", name, (long long)line,
                   (long long)column, excerpt.text, what);
}

PetscErrorCode TextHeadRead(Recording r, TextLines *lines, TextHead *h, Labels *labels)
{
  Beginning b = {.n = 0};
  const char *names = NULL;
  PetscBool is_first_unnamed = PETSC_FALSE;
  PetscErrorCode status;

  PetscFunctionBegin;
  *h = (TextHead){.body_at = lines->begin};
  status = read_beginning(lines, &b);
  if (!status && !b.n) {
    status = UserError("%s: has no line of numbers", r->name);
  }
  if (!status) {
    h->body_at = PetscMax(h->body_at, b.begin);
    h->head_lines = b.lines_before;
    h->separator = b.separator;
    if (!h->separator) {
      h->separator = FieldSeparator(b.line[0], b.n > 1 ? b.line[1] : NULL);
    }
    status = find_decimal(r, &b, h);
  }
  status = status ? status : find_header(r, &b, h);
  status = status ? status : count_columns(&b, h, &is_first_unnamed);
  if (!status && h->has_names) {
    names = b.line[0];
    h->body_at = b.behind_first;
    h->head_lines = b.number[0];
  }
  status = status ? status : find_commented_names(&b, h, &names);
  if (!status) {
    const TextColumns columns = {r,
                                 h,
                                 names,
                                 h->has_names ? b.number[0] : b.number[0] - 1,
                                 b.n - (h->has_names ? 1 : 0),
                                 (const char *const *)b.line + (h->has_names ? 1 : 0),
                                 is_first_unnamed};

    status = TextColumnsFind(&columns, labels);
  }
  PetscCall(free_beginning(&b));
  PetscFunctionReturn(status);
}
