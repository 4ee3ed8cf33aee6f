/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "channel_words.h"

#include "causeway/error.h"

#include <string.h>

/* The name between quotation marks at *at, which moves behind them; NULL unless they enclose a word. */
static char *unquote(const char **at, char *text)
{
  const char *from = *at + 1;
  char *to = text;

  while (*from && (from[0] != '"' || from[1] == '"')) {
    from += from[0] == '"' ? 1 : 0;
    *to++ = *from++;
  }
  *to = 0;
  if (*from != '"') {
    return NULL;
  }
  from++;
  *at = from + strspn(from, " ");
  return **at == ',' || !**at ? text : NULL;
}

static PetscErrorCode take_word(const char *list, const char **at, ChannelWord *word)
{
  PetscFunctionBegin;
  *at += strspn(*at, " ");
  PetscCall(PetscCalloc1(strlen(*at) + 1, &word->text));
  if ((*at)[0] == '-') {
    word->excludes = PETSC_TRUE;
    (*at)++;
  }
  word->quoted = **at == '"' ? PETSC_TRUE : PETSC_FALSE;
  if (word->quoted) {
    UserCheck(unquote(at, word->text),
              "activity_channels = %s: quotation marks must enclose a whole name; write \"\" for "
              "one within it",
              list);
  } else {
    size_t length = strcspn(*at, ",");

    (void)strncpy(word->text, *at, length);
    *at += length;
    while (length > 0 && word->text[length - 1] == ' ') {
      word->text[--length] = 0;
    }
  }
  UserCheck(word->text[0], "activity_channels = %s: a word between commas is empty", list);
  PetscFunctionReturn(0);
}

PetscErrorCode ChannelWordsSplit(const char *list, int64_t *n, ChannelWord **words)
{
  const char *at = list;
  int64_t most = 1;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  for (const char *c = list; *c; c++) {
    most += *c == ',';
  }
  PetscCall(PetscCalloc1(most, words));
  *n = 0;
  do {
    at += *n > 0 ? 1 : 0; /* the comma */
    status = take_word(list, &at, &(*words)[(*n)++]);
  } while (!status && *at);
  if (status) {
    PetscCall(ChannelWordsFree(*n, words));
  }
  PetscFunctionReturn(status);
}

PetscErrorCode ChannelWordsFree(int64_t n, ChannelWord **words)
{
  PetscFunctionBegin;
  for (int64_t k = 0; k < n; k++) {
    PetscCall(PetscFree((*words)[k].text));
  }
  PetscCall(PetscFree(*words));
  PetscFunctionReturn(0);
}
