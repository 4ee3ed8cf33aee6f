/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Converts gzip and UTF-16 text into a stream of UTF-8. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* fopencookie() */
#endif
#include "text_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct {
  gzFile file; /* compressed or plain */
  enum { UTF8, UTF16_LITTLE, UTF16_BIG } encoding;
  int64_t at; /* bytes returned so far */
} Unpacked;

/* The next 16-bit unit, -1 at the end. */
static int next_unit(Unpacked *u)
{
  const int first = gzgetc(u->file), second = gzgetc(u->file);

  if (second < 0) {
    return -1;
  }
  return u->encoding == UTF16_BIG ? first << 8 | second : second << 8 | first;
}

/* The next character, -1 at the end; half a surrogate pair also ends the text, with errno set. */
static int32_t next_character(Unpacked *u)
{
  const int unit = next_unit(u);
  int low;

  if (unit < 0xd800 || unit > 0xdfff) {
    return unit;
  }
  low = unit < 0xdc00 ? next_unit(u) : -1;
  if (low < 0xdc00 || low > 0xdfff) {
    errno = EILSEQ;
    return -1;
  }
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

static size_t put_utf8(int32_t c, char *to)
{
  if (c < 0x80) {
    to[0] = (char)c;
    return 1;
  }
  if (c < 0x800) {
    to[0] = (char)(0xc0 | c >> 6);
    to[1] = (char)(0x80 | (c & 0x3f));
    return 2;
  }
  if (c < 0x10000) {
    to[0] = (char)(0xe0 | c >> 12);
    to[1] = (char)(0x80 | (c >> 6 & 0x3f));
    to[2] = (char)(0x80 | (c & 0x3f));
    return 3;
  }
  to[0] = (char)(0xf0 | c >> 18);
  to[1] = (char)(0x80 | (c >> 12 & 0x3f));
  to[2] = (char)(0x80 | (c >> 6 & 0x3f));
  to[3] = (char)(0x80 | (c & 0x3f));
  return 4;
}

/* Whether the compressed data are intact and, at their end, complete. */
static PetscBool is_complete(const Unpacked *u)
{
  int status = Z_OK;

  (void)gzerror(u->file, &status);
  if (status == Z_OK || status == Z_STREAM_END) {
    return PETSC_TRUE;
  }
  errno = EIO;
  return PETSC_FALSE;
}

static ssize_t read_text(void *cookie, char *to, size_t size)
{
  Unpacked *u = cookie;
  size_t n = 0;
  int32_t c;

  if (u->encoding == UTF8) {
    const int got = gzread(u->file, to, (unsigned)PetscMin(size, 1 << 30));

    u->at += PetscMax(got, 0);
    return got > 0 || is_complete(u) ? got : -1;
  }
  errno = 0;
  while (n + 4 <= size && (c = next_character(u)) >= 0) {
    n += put_utf8(c, to + n);
  }
  u->at += (int64_t)n;
  return !n && (errno || !is_complete(u)) ? -1 : (ssize_t)n;
}

/* Goes to the place after the byte order mark. */
static int rewind_text(Unpacked *u)
{
  u->at = 0;
  if (gzrewind(u->file)) {
    return -1;
  }
  return u->encoding == UTF8 || next_unit(u) >= 0 ? 0 : -1;
}

static int seek_text(void *cookie, off64_t *offset, int whence)
{
  Unpacked *u = cookie;
  const int64_t wanted = *offset + (whence == SEEK_CUR ? u->at : 0);
  char skipped[4096];

  if (whence == SEEK_END || (wanted < u->at && rewind_text(u))) {
    return -1;
  }
  while (u->at < wanted) {
    const int64_t rest = wanted - u->at;

    /* UTF-16 writes only whole characters into the buffer */
    if (rest < 4 && u->encoding != UTF8) {
      char last[4];
      const int32_t c = next_character(u);

      if (c < 0) {
        return -1;
      }
      u->at += (int64_t)put_utf8(c, last);
    } else if (read_text(u, skipped, (size_t)PetscMin(rest, (int64_t)sizeof(skipped))) <= 0) {
      return -1;
    }
  }
  *offset = u->at;
  return u->at == wanted ? 0 : -1;
}

static int close_text(void *cookie)
{
  Unpacked *u = cookie;
  const int status = gzclose(u->file);

  free(u);
  return status == Z_OK ? 0 : EOF;
}

FILE *TextUnpack(const char *name, const char **encoding)
{
  const cookie_io_functions_t functions = {read_text, NULL, seek_text, close_text};
  Unpacked *u = calloc(1, sizeof(*u));
  unsigned char mark[2];
  FILE *stream;

  if (!u || !(u->file = gzopen(name, "rb"))) {
    free(u);
    return NULL;
  }
  (void)gzbuffer(u->file, 1 << 18);
  if (gzread(u->file, mark, 2) == 2) {
    u->encoding = mark[0] == 0xff && mark[1] == 0xfe
                      ? UTF16_LITTLE
                      : (mark[0] == 0xfe && mark[1] == 0xff ? UTF16_BIG : UTF8);
  }
  *encoding = u->encoding == UTF8 ? "packed by gzip"
                                  : (gzdirect(u->file) ? "UTF-16" : "UTF-16, packed by gzip");
  stream = rewind_text(u) ? NULL : fopencookie(u, "r", functions);
  if (!stream) {
    (void)close_text(u);
  }
  return stream;
}
