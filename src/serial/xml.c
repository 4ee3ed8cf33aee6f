/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Text in XML and HTML. */
#include "causeway/internal/serial/serial.h"

#include <string.h>

/* Bytes of the character at `text`; 0 when it is none, or one that XML 1.0 does not allow. */
static size_t xml_character(const char *text)
{
  uint32_t code;
  const size_t n = Utf8Character(text, &code);

  return (code < 0x20 && !strchr("\t\n\r", (int)code)) || code == 0xfffe || code == 0xffff ? 0 : n;
}

void XmlText(FILE *stream, const char *text)
{
  while (*text) {
    const size_t n = xml_character(text);

    switch (*text) {
    case '&':
      (void)fputs("&amp;", stream);
      break;
    case '<':
      (void)fputs("&lt;", stream);
      break;
    case '>':
      (void)fputs("&gt;", stream);
      break;
    case '"':
      (void)fputs("&quot;", stream);
      break;
    case '\r': /* else read as an end of line */
      (void)fputs("&#13;", stream);
      break;
    default:
      (void)fwrite(n ? text : Utf8Replacement, 1, n ? n : strlen(Utf8Replacement), stream);
    }
    text += n ? n : 1;
  }
}
