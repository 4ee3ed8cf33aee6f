/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which channels of a recording are read. */
#include "recording_impl.h"

#include "causeway/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A number from 0 that is the whole word. */
static PetscBool is_number(const char *word, size_t length, int64_t *value)
{
  char *end;

  if (length == 0 || word[0] < '0' || word[0] > '9') {
    return PETSC_FALSE;
  }
  errno = 0;
  *value = strtoll(word, &end, 10);
  return !errno && end == word + length ? PETSC_TRUE : PETSC_FALSE;
}

static int64_t find_label(const Labels *labels, const char *word)
{
  for (int64_t k = 0; k < labels->n; k++) {
    if (!strcmp(LabelsGet(labels, k), word)) {
      return k;
    }
  }
  return -1;
}

/* First and last of the channels that a word of the list means, and the distance between them; names come first. */
static PetscErrorCode parse_word(Recording r, const char *word, int64_t range[2], int64_t *step)
{
  const char *dash = strchr(word, '-');
  const int64_t n = r->n_all_channels;

  PetscFunctionBegin;
  *step = 1;
  range[0] = range[1] = find_label(&r->all_labels, word);
  if (range[0] >= 0) {
    PetscFunctionReturn(0);
  }
  if (!strncmp(word, "every:", 6) && is_number(word + 6, strlen(word + 6), step) && *step > 0) {
    range[0] = 0;
    range[1] = n - 1;
  } else if (is_number(word, strlen(word), &range[0])) {
    range[1] = range[0];
  } else {
    UserCheck(dash && is_number(word, (size_t)(dash - word), &range[0]) &&
                  is_number(dash + 1, strlen(dash + 1), &range[1]) && range[0] <= range[1],
              "activity_channels = %s: %s has no channel %s%s%s; expected names, numbers from 0, "
              "FIRST-LAST, or every:K",
              r->options.channels, r->specification, word,
              r->all_labels.n ? ", the first is called " : "", LabelsGet(&r->all_labels, 0));
  }
  UserCheck(range[1] < n, "activity_channels = %s: %s has only %lld channels, counted from 0",
            r->options.channels, r->specification, (long long)n);
  PetscFunctionReturn(0);
}

/* Marks what the list means. */
static PetscErrorCode mark(Recording r, char *list, unsigned char chosen[])
{
  char *rest = list, *word;

  PetscFunctionBegin;
  while ((word = strsep(&rest, ","))) {
    int64_t range[2], step;

    PetscCall(parse_word(r, word, range, &step));
    for (int64_t k = range[0]; k <= range[1]; k += step) {
      chosen[k] = 1;
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode take_names(Recording r)
{
  PetscFunctionBegin;
  PetscCall(LabelsTake(&r->all_labels, r->n_channels, r->channels, &r->labels));
  if (r->nodes) {
    PetscCall(PetscMalloc1(r->n_channels, &r->names));
    for (int64_t k = 0; k < r->n_channels; k++) {
      r->names[k] = r->nodes[r->channels ? r->channels[k] : k];
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingSelectChannels(Recording r)
{
  char list[PETSC_MAX_PATH_LEN];
  unsigned char *chosen;
  PetscErrorCode status;

  PetscFunctionBegin;
  r->n_channels = r->n_all_channels;
  if (!strcmp(r->options.channels, "all")) {
    PetscCall(take_names(r));
    PetscFunctionReturn(0);
  }
  PetscCall(PetscStrncpy(list, r->options.channels, sizeof(list)));
  PetscCall(PetscCalloc1(r->n_all_channels, &chosen));
  status = mark(r, list, chosen);
  if (!status) {
    PetscCall(PetscMalloc1(r->n_all_channels, &r->channels));
    r->n_channels = 0;
    for (int64_t k = 0; k < r->n_all_channels; k++) {
      if (chosen[k]) {
        r->channels[r->n_channels++] = k;
      }
    }
    PetscCall(take_names(r));
  }
  PetscCall(PetscFree(chosen));
  PetscFunctionReturn(status);
}
