/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Selects the channels of a recording. */
#include "recording_impl.h"

#include "causeway/error.h"
#include "causeway/internal/core/nearest.h"

#include "channel_words.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Largest number of unknown words in a message. */
enum { MOST_UNKNOWN = 10 };

/* State while a list of channels is processed. */
typedef struct {
  Recording recording;
  const Labels *names;
  PetscBool numbers_are_names; /* some channel's name is a number, so numbers mean names */
  PetscBool used_numbers;
  unsigned char *meant, *chosen; /* (n_all_channels) by the present word, and by the list so far */
  int64_t n_unknown;
  char unknown[1024];
} Choice;

/* Parses a whole word as a nonnegative number. */
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

/* Number of channels with a name; `found` is the first. */
static int64_t count_named(const Labels *names, const char *name, size_t length, int64_t *found)
{
  int64_t n = 0;

  for (int64_t k = 0; k < names->n; k++) {
    if (strlen(LabelsGet(names, k)) == length && !strncmp(LabelsGet(names, k), name, length)) {
      *found = n++ ? *found : k;
    }
  }
  return n;
}

static PetscErrorCode mean_one(Choice *c, const char *name, int64_t n, int64_t channel)
{
  PetscFunctionBegin;
  UserCheck(n == 1,
            "activity_channels = %s: %lld channels of %s have the name %s; choose one with "
            "at:POSITION, counted from 0",
            c->recording->options.channels, (long long)n, c->recording->specification, name);
  c->meant[channel] = 1;
  PetscFunctionReturn(0);
}

static PetscErrorCode mean_positions(Choice *c, int64_t first, int64_t last)
{
  Recording r = c->recording;

  PetscFunctionBegin;
  UserCheck(first <= last, "activity_channels = %s: the range %lld-%lld runs backwards",
            r->options.channels, (long long)first, (long long)last);
  UserCheck(last < r->n_all_channels,
            "activity_channels = %s: %s has only %lld channels, counted from 0",
            r->options.channels, r->specification, (long long)r->n_all_channels);
  memset(c->meant + first, 1, (size_t)(last - first + 1));
  PetscFunctionReturn(0);
}

/* Marks channels whose names are the numbers from first to last; both ends must exist. */
static void mean_numbers(Choice *c, int64_t first, int64_t last, PetscBool *known)
{
  PetscBool has_first = PETSC_FALSE, has_last = PETSC_FALSE;

  for (int64_t k = 0; k < c->names->n; k++) {
    const char *name = LabelsGet(c->names, k);
    int64_t value;

    if (is_number(name, strlen(name), &value) && value >= first && value <= last) {
      has_first = has_first || value == first ? PETSC_TRUE : PETSC_FALSE;
      has_last = has_last || value == last ? PETSC_TRUE : PETSC_FALSE;
      c->meant[k] = 1;
    }
  }
  *known = has_first && has_last ? PETSC_TRUE : PETSC_FALSE;
}

/* Parses FIRST or FIRST-LAST as numbers. */
static PetscBool parse_range(const char *word, int64_t range[2])
{
  const char *dash = strchr(word, '-');

  if (is_number(word, strlen(word), &range[0])) {
    range[1] = range[0];
    return PETSC_TRUE;
  }
  return dash && is_number(word, (size_t)(dash - word), &range[0]) &&
                 is_number(dash + 1, strlen(dash + 1), &range[1])
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* Parses FIRST-LAST as names, which may contain dashes themselves. */
static PetscErrorCode mean_named_range(Choice *c, const char *word, PetscBool *known)
{
  int64_t ends[2];

  PetscFunctionBegin;
  for (const char *dash = strchr(word, '-'); dash && !*known; dash = strchr(dash + 1, '-')) {
    if (count_named(c->names, word, (size_t)(dash - word), &ends[0]) == 1 &&
        count_named(c->names, dash + 1, strlen(dash + 1), &ends[1]) == 1) {
      PetscCall(mean_positions(c, ends[0], ends[1]));
      *known = PETSC_TRUE;
    }
  }
  PetscFunctionReturn(0);
}

static void mean_pattern(Choice *c, const char *word, PetscBool *known)
{
  for (int64_t k = 0; k < c->names->n; k++) {
    if (!fnmatch(word, LabelsGet(c->names, k), 0)) {
      c->meant[k] = 1;
      *known = PETSC_TRUE;
    }
  }
}

/* Marks the channels of a word; names take precedence. */
static PetscErrorCode mean(Choice *c, const ChannelWord *word, PetscBool *known)
{
  const char *text = word->text;
  int64_t range[2], channel = 0, n = count_named(c->names, text, strlen(text), &channel);

  PetscFunctionBegin;
  *known = PETSC_TRUE;
  if (n > 0) {
    c->used_numbers =
        c->used_numbers || is_number(text, strlen(text), range) ? PETSC_TRUE : PETSC_FALSE;
    PetscCall(mean_one(c, text, n, channel));
  } else if (word->quoted) {
    *known = PETSC_FALSE;
  } else if (!strcmp(text, "all")) {
    PetscCall(mean_positions(c, 0, c->recording->n_all_channels - 1));
  } else if (!strncmp(text, "every:", 6) && is_number(text + 6, strlen(text + 6), &n) && n > 0) {
    for (int64_t k = 0; k < c->recording->n_all_channels; k += n) {
      c->meant[k] = 1;
    }
  } else if (!strncmp(text, "at:", 3) && parse_range(text + 3, range)) {
    PetscCall(mean_positions(c, range[0], range[1]));
  } else if (parse_range(text, range) && c->numbers_are_names) {
    mean_numbers(c, range[0], range[1], known);
    c->used_numbers = PETSC_TRUE;
  } else if (parse_range(text, range)) {
    PetscCall(mean_positions(c, range[0], range[1]));
  } else {
    *known = PETSC_FALSE;
    PetscCall(mean_named_range(c, text, known));
    if (!*known && strpbrk(text, "*?[")) {
      mean_pattern(c, text, known);
    }
  }
  PetscFunctionReturn(0);
}

/* Adds a word that matches no channel to the message. */
static void add_unknown(Choice *c, const char *word)
{
  const size_t length = strlen(c->unknown);
  const char *nearest = NULL;
  int best = 1 << 20;

  if (c->n_unknown++ >= MOST_UNKNOWN) {
    return;
  }
  for (int64_t k = 0; k < c->names->n; k++) {
    const int distance = NearestDistance(word, LabelsGet(c->names, k));

    if (distance < best) {
      best = distance;
      nearest = LabelsGet(c->names, k);
    }
  }
  (void)snprintf(c->unknown + length, sizeof(c->unknown) - length, "%s%.60s%s%.60s%s",
                 length ? ", " : "", word, nearest ? " (the nearest is " : "",
                 nearest ? nearest : "", nearest ? ")" : "");
}

/* Adds the channels of a word to the selection, or removes them. */
static PetscErrorCode apply(Choice *c, const ChannelWord *word)
{
  Recording r = c->recording;
  int64_t n_hit = 0, same = -1;

  PetscFunctionBegin;
  for (int64_t k = 0; k < r->n_all_channels; k++) {
    if (c->meant[k]) {
      n_hit += c->chosen[k];
      same = c->chosen[k] ? k : same;
      c->chosen[k] = word->excludes ? 0 : 1;
    }
  }
  UserCheck(word->excludes || n_hit == 0,
            "activity_channels = %s: channel %s%lld (counted from 0) is chosen twice, the second "
            "time by %s",
            r->options.channels, c->names->n ? LabelsGet(c->names, same) : "", (long long)same,
            word->text);
  UserCheck(!word->excludes || n_hit > 0,
            "activity_channels = %s: -%s excludes channels that are not chosen",
            r->options.channels, word->text);
  PetscFunctionReturn(0);
}

/* Applies first the words that choose (all channels without any), then those that exclude. */
static PetscErrorCode apply_words(Choice *c, int64_t n, const ChannelWord words[],
                                  PetscBool excluding)
{
  Recording r = c->recording;
  int64_t unused;

  PetscFunctionBegin;
  for (int64_t k = 0; k < n; k++) {
    const ChannelWord *word = &words[k];
    char dashed[PETSC_MAX_PATH_LEN];
    PetscBool known;

    if (word->excludes != excluding) {
      continue;
    }
    (void)snprintf(dashed, sizeof(dashed), "-%s", word->text);
    UserCheck(!excluding || word->quoted || !count_named(c->names, dashed, strlen(dashed), &unused),
              "activity_channels = %s: %s is the name of a channel and also excludes another one; "
              "write \"%s\" for the name, or -\"%s\" to exclude",
              r->options.channels, dashed, dashed, word->text);
    memset(c->meant, 0, (size_t)r->n_all_channels);
    PetscCall(mean(c, word, &known));
    if (known) {
      PetscCall(apply(c, word));
    } else if (excluding && !word->quoted && c->names->n && strpbrk(word->text, "*?[")) {
      RecordingNote(r, "activity_channels: no channel matches -%s", word->text);
    } else {
      add_unknown(c, word->text);
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode choose(Choice *c, int64_t n, const ChannelWord words[])
{
  Recording r = c->recording;
  PetscBool includes = PETSC_FALSE;

  PetscFunctionBegin;
  for (int64_t k = 0; k < c->names->n; k++) {
    const char *name = LabelsGet(c->names, k);
    int64_t value;

    c->numbers_are_names =
        c->numbers_are_names || is_number(name, strlen(name), &value) ? PETSC_TRUE : PETSC_FALSE;
  }
  for (int64_t k = 0; k < n; k++) {
    includes = includes || !words[k].excludes ? PETSC_TRUE : PETSC_FALSE;
  }
  memset(c->chosen, includes ? 0 : 1, (size_t)r->n_all_channels);
  PetscCall(apply_words(c, n, words, PETSC_FALSE));
  PetscCall(apply_words(c, n, words, PETSC_TRUE));
  UserCheck(c->n_unknown == 0,
            "activity_channels = %s: %s has no channel %s%s; expected names, patterns such as A*, "
            "%s from 0, FIRST-LAST, every:K",
            r->options.channels, r->specification, c->unknown,
            c->n_unknown > MOST_UNKNOWN ? ", ..." : "",
            c->numbers_are_names ? "at:POSITION" : "numbers");
  if (c->used_numbers) {
    RecordingNote(r,
                  "the numbers in activity_channels are names of channels, the first of which is "
                  "%s; at:0 is its position",
                  LabelsGet(c->names, 0));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode take_names(Recording r)
{
  PetscFunctionBegin;
  PetscCall(LabelsTake(&r->all_labels, r->n_channels, r->channels, &r->labels));
  if (r->identity.id) {
    PetscCall(PetscMalloc1(r->n_channels, &r->names));
    for (int64_t k = 0; k < r->n_channels; k++) {
      r->names[k] = IdentityId(&r->identity, r->channels ? r->channels[k] : k);
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode take_chosen(Recording r, const unsigned char chosen[])
{
  PetscFunctionBegin;
  PetscCall(PetscMalloc1(r->n_all_channels, &r->channels));
  r->n_channels = 0;
  for (int64_t k = 0; k < r->n_all_channels; k++) {
    if (chosen[k]) {
      r->channels[r->n_channels++] = k;
    }
  }
  UserCheck(r->n_channels > 0, "activity_channels = %s: leaves no channel of %s",
            r->options.channels, r->specification);
  PetscCall(take_names(r));
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingIdLabels(Recording r, Labels *labels)
{
  enum { LONGEST_NUMBER = 20 };

  PetscFunctionBegin;
  PetscCall(LabelsCreate(r->identity.n, LONGEST_NUMBER, labels));
  for (int64_t k = 0; k < r->identity.n; k++) {
    char number[LONGEST_NUMBER + 1];

    (void)snprintf(number, sizeof(number), "%lld", (long long)IdentityId(&r->identity, k));
    PetscCall(LabelsSet(labels, k, number));
  }
  PetscFunctionReturn(0);
}

/* Names of channels: labels, else ids of neurons. */
static PetscErrorCode name_channels(Recording r, Labels *ids, const Labels **names)
{
  PetscFunctionBegin;
  *names = &r->all_labels;
  if (!r->all_labels.n && r->identity.id) {
    PetscCall(RecordingIdLabels(r, ids));
    *names = ids;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingSelectChannels(Recording r)
{
  Choice choice = {.recording = r};
  Labels ids = {.n = 0};
  ChannelWord *words;
  int64_t n;
  PetscErrorCode status;

  PetscFunctionBegin;
  r->n_channels = r->n_all_channels;
  if (!strcmp(r->options.channels, "all")) {
    PetscCall(take_names(r));
    PetscFunctionReturn(0);
  }
  PetscCall(name_channels(r, &ids, &choice.names));
  PetscCall(ChannelWordsSplit(r->options.channels, &n, &words));
  PetscCall(PetscMalloc2(r->n_all_channels, &choice.meant, r->n_all_channels, &choice.chosen));
  status = choose(&choice, n, words);
  status = status ? status : take_chosen(r, choice.chosen);
  PetscCall(PetscFree2(choice.meant, choice.chosen));
  PetscCall(ChannelWordsFree(n, &words));
  PetscCall(LabelsDestroy(&ids));
  PetscFunctionReturn(status);
}
