/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Converts values of parameters from the user's word to a member of the settings, and back. */
#include "parameters_impl.h"

#include "causeway/error.h"
#include "causeway/internal/core/number.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *ParameterWordName(const ParameterSpec *spec, int k, const char **text)
{
  const char *unused;

  if (spec->word) {
    return spec->word(k, text ? text : &unused);
  }
  if (!spec->words || !spec->words[k].name) {
    return NULL;
  }
  if (text) {
    *text = spec->words[k].text;
  }
  return spec->words[k].name;
}

PetscErrorCode ParameterForms(const ParameterSpec *spec, const char *separator, size_t length,
                              char forms[])
{
  PetscFunctionBegin;
  forms[0] = 0;
  for (int k = 0; ParameterWordName(spec, k, NULL); k++) {
    PetscCall(PetscStrlcat(forms, k ? separator : "", length));
    PetscCall(PetscStrlcat(forms, ParameterWordName(spec, k, NULL), length));
  }
  if (spec->form) {
    PetscCall(PetscStrlcat(forms, forms[0] ? separator : "", length));
    PetscCall(PetscStrlcat(forms, spec->form, length));
  }
  PetscFunctionReturn(0);
}

static int find_word(const ParameterSpec *spec, const char *word)
{
  for (int k = 0; ParameterWordName(spec, k, NULL); k++) {
    if (!strcmp(ParameterWordName(spec, k, NULL), word)) {
      return k;
    }
  }
  return -1;
}

static int64_t get_integer(const ParameterSpec *spec, const void *member)
{
  return spec->size == sizeof(int) ? *(const int *)member : *(const int64_t *)member;
}

static void set_integer(const ParameterSpec *spec, void *member, int64_t value)
{
  if (spec->size == sizeof(int)) {
    *(int *)member = (int)value;
  } else {
    *(int64_t *)member = value;
  }
}

/* ", or one of a, b": the words that are allowed instead of a number. */
static const char *or_words(const ParameterSpec *spec)
{
  static char text[512];

  if (!spec->words) {
    return "";
  }
  (void)snprintf(text, sizeof(text), ", or ");
  (void)ParameterForms(spec, ", ", sizeof(text) - 5, text + 5);
  return text;
}

static PetscErrorCode store_real(const ParameterSpec *spec, const char *source, const char *word,
                                 double *value)
{
  const int k = find_word(spec, word);
  double number;

  PetscFunctionBegin;
  if (k >= 0) {
    *value = spec->words[k].value;
    PetscFunctionReturn(0);
  }
  UserCheck(NumberWithUnit(word, spec->unit, &number), "%s = %s: expected a number [%s]%s", source,
            word, spec->unit, or_words(spec));
  UserCheck(number > 0 || spec->low != DBL_MIN, "%s = %s: must be positive%s", source, word,
            or_words(spec));
  UserCheck(number >= spec->low && number <= spec->high,
            "%s = %s: must lie between %g and %g [%s]%s", source, word, spec->low, spec->high,
            spec->unit, or_words(spec));
  *value = number;
  PetscFunctionReturn(0);
}

static PetscErrorCode store_integer(const ParameterSpec *spec, const char *source, const char *word,
                                    void *member)
{
  const int k = find_word(spec, word);
  int64_t number;

  PetscFunctionBegin;
  if (k >= 0) {
    set_integer(spec, member, (int64_t)spec->words[k].value);
    PetscFunctionReturn(0);
  }
  UserCheck(NumberInteger(word, &number), "%s = %s: expected an integer [%s]%s", source, word,
            spec->unit, or_words(spec));
  UserCheck((double)number >= spec->low && (double)number <= spec->high,
            "%s = %s: must lie between %.0f and %.0f [%s]%s", source, word, spec->low, spec->high,
            spec->unit, or_words(spec));
  set_integer(spec, member, number);
  PetscFunctionReturn(0);
}

static PetscErrorCode store_flag(const char *source, const char *word, PetscBool *value)
{
  static const char *const yes[] = {"", "true", "yes", "on", "1"};
  static const char *const no[] = {"false", "no", "off", "0"};

  PetscFunctionBegin;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(yes); i++) {
    if (!strcasecmp(word, yes[i])) {
      *value = PETSC_TRUE;
      PetscFunctionReturn(0);
    }
  }
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(no); i++) {
    if (!strcasecmp(word, no[i])) {
      *value = PETSC_FALSE;
      PetscFunctionReturn(0);
    }
  }
  PetscFunctionReturn(
      UserError("%s = %s: expected true or false%s", source, word,
                strpbrk(word, "./") ? "; the parameter file comes before the options" : ""));
}

static PetscErrorCode store_choice(const ParameterSpec *spec, const char *source, const char *word,
                                   void *member)
{
  char forms[VALUE_LENGTH];
  const int k = find_word(spec, word);

  PetscFunctionBegin;
  PetscCall(ParameterForms(spec, "|", sizeof(forms), forms));
  PetscCall(k < 0 ? ParametersRefuseOldWord(spec, source, word) : 0);
  UserCheck(k >= 0, "%s = %s: must be one of %s", source, word, forms);
  set_integer(spec, member, k);
  PetscFunctionReturn(0);
}

static PetscErrorCode store_list(const ParameterSpec *spec, const char *source, const char *word,
                                 ParameterList *list)
{
  char forms[VALUE_LENGTH], copy[VALUE_LENGTH], *rest = copy, *item;

  PetscFunctionBegin;
  PetscCall(ParameterForms(spec, ", ", sizeof(forms), forms));
  PetscCall(PetscStrncpy(copy, word, sizeof(copy)));
  list->n = 0;
  while ((item = strsep(&rest, ","))) {
    const int k = find_word(spec, item);
    PetscBool again = PETSC_FALSE;

    for (int i = 0; i < list->n; i++) {
      again = again || list->item[i] == k ? PETSC_TRUE : PETSC_FALSE;
    }
    PetscCall(k < 0 ? ParametersRefuseOldWord(spec, source, item) : 0);
    UserCheck(k >= 0, "%s = %s: %s is not among %s", source, word, item[0] ? item : "nothing",
              forms);
    UserCheck(!again && list->n < PARAMETER_WORDS_MOST,
              "%s = %s: %s occurs twice; expected a list of %s, each once", source, word, item,
              forms);
    list->item[list->n++] = k;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode store_reals(const ParameterSpec *spec, const char *source, const char *word,
                                  double values[], int *count)
{
  const int most = (int)(spec->size / sizeof(double));
  char copy[VALUE_LENGTH], *rest = copy, *item;
  double value;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(copy, word, sizeof(copy)));
  *count = 0;
  while (word[0] && (item = strsep(&rest, ","))) { /* a default may be empty */
    UserCheck(NumberWithUnit(item, spec->unit, &value),
              "%s = %s: expected numbers separated by commas [%s]", source, word, spec->unit);
    UserCheck(value >= spec->low && value <= spec->high, "%s = %s: must lie between %g and %g [%s]",
              source, word, spec->low, spec->high, spec->unit);
    UserCheck(*count < most, "%s: has more than %d numbers", source, most);
    values[(*count)++] = value;
  }
  PetscFunctionReturn(0);
}

/* Refuses a word in other letters, which would be taken for the name of a file or a wrong number. */
static PetscErrorCode check_case(const ParameterSpec *spec, const char *source, const char *word)
{
  const char *name;

  PetscFunctionBegin;
  for (int k = 0; spec->kind != PARAMETER_CHOICE && spec->kind != PARAMETER_LIST &&
                  (name = ParameterWordName(spec, k, NULL));
       k++) {
    UserCheck(strcasecmp(word, name) != 0 || !strcmp(word, name),
              "%s = %s: the word is written %s%s", source, word, name,
              spec->kind == PARAMETER_TEXT && spec->form && strstr(spec->form, "FILE")
                  ? "; put ./ before the name of a file"
                  : "");
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ParameterStore(const ParameterSpec *spec, const char *source, const char *word,
                              void *settings)
{
  char *member = (char *)settings + spec->offset;

  PetscFunctionBegin;
  PetscCall(check_case(spec, source, word));
  switch (spec->kind) {
  case PARAMETER_REAL:
    PetscCall(store_real(spec, source, word, (double *)member));
    break;
  case PARAMETER_INTEGER:
    PetscCall(store_integer(spec, source, word, member));
    break;
  case PARAMETER_FLAG:
    PetscCall(store_flag(source, word, (PetscBool *)member));
    break;
  case PARAMETER_TEXT:
    UserCheck(strlen(word) < spec->size, "%s: is longer than %zu characters", source,
              spec->size - 1);
    PetscCall(PetscStrncpy(member, word, spec->size));
    break;
  case PARAMETER_CHOICE:
    PetscCall(store_choice(spec, source, word, member));
    break;
  case PARAMETER_LIST:
    PetscCall(store_list(spec, source, word, (ParameterList *)member));
    break;
  case PARAMETER_REALS:
    PetscCall(
        store_reals(spec, source, word, (double *)member, (int *)((char *)settings + spec->count)));
    break;
  }
  PetscFunctionReturn(0);
}

/* Prints a number, or the word that stands for it. */
static void print_number(const ParameterSpec *spec, double number, char word[VALUE_LENGTH])
{
  for (int k = 0; spec->words && spec->words[k].name; k++) {
    if (spec->words[k].value == number) {
      (void)snprintf(word, VALUE_LENGTH, "%s", spec->words[k].name);
      return;
    }
  }
  if (spec->kind == PARAMETER_INTEGER) {
    (void)snprintf(word, VALUE_LENGTH, "%.0f", number);
  } else {
    NumberPrint(number, word);
  }
}

static void print_list(const ParameterSpec *spec, const ParameterList *list,
                       char word[VALUE_LENGTH])
{
  size_t used = 0;

  word[0] = 0;
  for (int i = 0; i < list->n && used < VALUE_LENGTH; i++) {
    used += (size_t)snprintf(word + used, VALUE_LENGTH - used, "%s%s", i ? "," : "",
                             ParameterWordName(spec, list->item[i], NULL));
  }
}

static void print_reals(int n, const double values[], char word[VALUE_LENGTH])
{
  size_t used = 0;

  word[0] = 0;
  for (int k = 0; k < n && used < VALUE_LENGTH; k++) {
    char number[NUMBER_LENGTH];

    NumberPrint(values[k], number);
    used += (size_t)snprintf(word + used, VALUE_LENGTH - used, "%s%s", k ? "," : "", number);
  }
}

void ParameterPrint(const ParameterSpec *spec, const void *settings, char word[VALUE_LENGTH])
{
  const char *member = (const char *)settings + spec->offset;

  switch (spec->kind) {
  case PARAMETER_REAL:
    print_number(spec, *(const double *)member, word);
    break;
  case PARAMETER_INTEGER:
    print_number(spec, (double)get_integer(spec, member), word);
    break;
  case PARAMETER_FLAG:
    (void)snprintf(word, VALUE_LENGTH, "%s", *(const PetscBool *)member ? "true" : "false");
    break;
  case PARAMETER_TEXT:
    (void)snprintf(word, VALUE_LENGTH, "%s", member);
    break;
  case PARAMETER_CHOICE:
    (void)snprintf(word, VALUE_LENGTH, "%s",
                   ParameterWordName(spec, (int)get_integer(spec, member), NULL));
    break;
  case PARAMETER_LIST:
    print_list(spec, (const ParameterList *)member, word);
    break;
  case PARAMETER_REALS:
    print_reals(*(const int *)((const char *)settings + spec->count), (const double *)member, word);
    break;
  }
}

PetscErrorCode ParametersDefaults(const ParameterSpec specs[], void *settings)
{
  PetscFunctionBegin;
  for (; specs->key; specs++) {
    if (!specs->varies) {
      PetscCall(ParameterStore(specs, specs->key, specs->standard, settings));
    }
  }
  PetscFunctionReturn(0);
}
