/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Notes on the assumptions about a file. */
#include "recording_impl.h"

#include <stdarg.h>
#include <string.h>

void RecordingNote(Recording r, const char *format, ...)
{
  const size_t length = strlen(r->notes);
  va_list arguments;
  int added;

  va_start(arguments, format);
  added = vsnprintf(r->notes + length, sizeof(r->notes) - length - 1, format, arguments);
  va_end(arguments);
  if (added < 0 || (size_t)added >= sizeof(r->notes) - length - 1) {
    r->notes[length] = 0; /* drop a line that does not fit */
  } else {
    r->notes[length + (size_t)added] = '\n';
    r->notes[length + (size_t)added + 1] = 0;
  }
}

const char *RecordingNotes(Recording r)
{
  return r->notes;
}
