/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Text in XML and HTML. */
#include "serial.h"

#include <string.h>

/* Bytes of the UTF-8 character at `text` that XML 1.0 allows; 0 for another one. */
static size_t xml_character(const unsigned char *text)
{
  const unsigned char c = text[0];
  const size_t n = c < 0x80                ? 1
                   : c >= 0xc2 && c < 0xe0 ? 2
                   : c >= 0xe0 && c < 0xf0 ? 3
                   : c >= 0xf0 && c < 0xf5 ? 4
                                           : 0;
  uint32_t code = n == 1 ? c : c & (0x7fU >> n);

  for (size_t k = 1; k < n; k++) {
    if ((text[k] & 0xc0) != 0x80) {
      return 0;
    }
    code = code << 6 | (text[k] & 0x3fU);
  }
  if ((n == 3 && code < 0x800) || (n == 4 && (code < 0x10000 || code > 0x10ffff)) ||
      (code >= 0xd800 && code < 0xe000) || code == 0xfffe || code == 0xffff) {
    return 0;
  }
  return code < 0x20 && !strchr("\t\n\r", (int)code) ? 0 : n;
}

void XmlText(FILE *stream, const char *text)
{
  static const char replacement[] = "\xef\xbf\xbd";

  while (*text) {
    const size_t n = xml_character((const unsigned char *)text);

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
      (void)fwrite(n ? text : replacement, 1, n ? n : sizeof(replacement) - 1, stream);
    }
    text += n ? n : 1;
  }
}
