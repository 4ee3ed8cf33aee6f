/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "text_lines.h"

#include "text_fields.h"

#include "causeway/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Number of bytes at the beginning of a file in which line ends are searched. */
enum { LOOKED_AT = 1 << 16 };

/* Finds whether lines end with carriage returns, and where the first line begins. */
static PetscErrorCode look_at(TextLines *t)
{
  static const char mark[] = "\xef\xbb\xbf"; /* byte order mark of UTF-8 */
  char *start;
  size_t n;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(LOOKED_AT, &start));
  n = fread(start, 1, LOOKED_AT, t->stream);
  t->begin = n >= 3 && !memcmp(start, mark, 3) ? 3 : 0;
  t->line_end = memchr(start, '\r', n) && !memchr(start, '\n', n) ? '\r' : '\n';
  PetscCall(PetscFree(start));
  PetscFunctionReturn(TextSeek(t, t->begin));
}

PetscErrorCode TextOpen(const char *name, TextLines *t)
{
  unsigned char start[2] = {0, 0};
  struct stat entry;

  PetscFunctionBegin;
  *t = (TextLines){.name = name, .stream = fopen(name, "r")};
  UserCheck(t->stream && !fstat(fileno(t->stream), &entry), "%s: cannot open the file: %s", name,
            strerror(errno));
  t->end = entry.st_size;
  (void)!fread(start, 1, 2, t->stream);
  if ((start[0] == 0x1f && start[1] == 0x8b) || (start[0] == 0xff && start[1] == 0xfe) ||
      (start[0] == 0xfe && start[1] == 0xff)) {
    (void)fclose(t->stream);
    t->stream = TextUnpack(name, &t->encoding);
    UserCheck(t->stream, "%s: cannot open the file: %s", name, strerror(errno));
    t->is_whole = PETSC_TRUE;
    t->end = INT64_MAX;
  }
  rewind(t->stream);
  PetscCall(look_at(t));
  PetscFunctionReturn(0);
}

void TextClose(TextLines *t)
{
  if (t->stream) {
    (void)fclose(t->stream);
  }
  free(t->text);
  t->stream = NULL;
  t->text = NULL;
}

PetscErrorCode TextSeek(TextLines *t, int64_t at)
{
  PetscFunctionBegin;
  UserCheck(!fseeko(t->stream, at, SEEK_SET), "%s: cannot read: %s", t->name, strerror(errno));
  t->at = at;
  t->line = 0;
  t->n_comments = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode TextSeekAfter(TextLines *t, int64_t byte)
{
  ssize_t rest;

  PetscFunctionBegin;
  if (byte <= t->begin) {
    PetscFunctionReturn(TextSeek(t, t->begin));
  }
  PetscCall(TextSeek(t, byte - 1));
  rest = getdelim(&t->text, &t->room, t->line_end, t->stream);
  PetscFunctionReturn(TextSeek(t, byte - 1 + (rest < 0 ? 1 : rest)));
}

PetscErrorCode TextNextAny(TextLines *t, PetscBool *found)
{
  ssize_t length;

  PetscFunctionBegin;
  errno = 0;
  length = getdelim(&t->text, &t->room, t->line_end, t->stream);
  *found = length >= 0 ? PETSC_TRUE : PETSC_FALSE;
  if (length < 0) {
    UserCheck(feof(t->stream) && !ferror(t->stream), "%s: cannot read beyond byte %lld%s%s%s",
              t->name, (long long)t->at, errno ? ": " : "", errno ? strerror(errno) : "",
              t->encoding ? "; the file may be damaged or cut short" : "");
    PetscFunctionReturn(0);
  }
  t->at += length;
  t->line++;
  t->is_open = length > 0 && t->text[length - 1] != t->line_end ? PETSC_TRUE : PETSC_FALSE;
  t->has_nul = strlen(t->text) != (size_t)length ? PETSC_TRUE : PETSC_FALSE;
  while (length > 0 && (t->text[length - 1] == '\n' || t->text[length - 1] == '\r')) {
    t->text[--length] = 0;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TextNext(TextLines *t, PetscBool *found)
{
  PetscFunctionBegin;
  do {
    PetscCall(TextNextAny(t, found));
    if (*found && (t->has_nul || t->text[strspn(t->text, " \t")])) {
      if (!IsComment(t->text)) {
        break;
      }
      t->n_comments++;
    }
  } while (*found);
  PetscFunctionReturn(0);
}

PetscErrorCode TextNulError(const TextLines *t, int64_t number)
{
  return UserError("%s, line %lld: has a zero byte; the file is damaged, or not UTF-8 text",
                   t->name, (long long)number);
}
