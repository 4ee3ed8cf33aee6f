/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_CHANNEL_WORDS_H
#define CAUSEWAY_CHANNEL_WORDS_H

#include <petscsys.h>

/* One word of a list of channels. */
typedef struct {
  char *text;
  PetscBool quoted;   /* a literal name */
  PetscBool excludes; /* preceded by a minus */
} ChannelWord;

/*@
  ChannelWordsSplit - splits a list at commas; "..." encloses a name with commas, and "" in it is a quotation mark

  Not collective
  Output: words - (n), freed with ChannelWordsFree(); blanks around a word are removed
  Errors: CAUSEWAY_ERR_USER for an empty word, or quotation marks that do not enclose a word
@*/
PetscErrorCode ChannelWordsSplit(const char *list, int64_t *n, ChannelWord **words);
PetscErrorCode ChannelWordsFree(int64_t n, ChannelWord **words);

#endif
