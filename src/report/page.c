/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A page of HTML that needs nothing but itself. */
#include "causeway/internal/report/drawing.h"

#include "causeway/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char look[] =
    ":root{color-scheme:light}*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:72rem;padding:1.5rem 1rem 4rem;background:#fff;color:#1b1f24;"
    "font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}"
    "header{border-bottom:1px solid #d5dae0;padding-bottom:.75rem;margin-bottom:1.5rem}"
    "h1{font-size:1.6rem;line-height:1.25;margin:0;overflow-wrap:anywhere}"
    "h2{font-size:1.2rem;margin:2.5rem 0 .75rem}header p{margin:.25rem 0 0;color:#4a5560}"
    ".facts{display:flex;flex-wrap:wrap;gap:.75rem;padding:0;margin:1.5rem 0;list-style:none}"
    ".facts li{flex:1 1 8.5rem;border:1px solid #d5dae0;border-radius:.5rem;padding:.6rem .8rem}"
    ".facts b{display:block;font-size:1.35rem;line-height:1.2}.facts span{color:#4a5560;font-size:"
    ".85rem}"
    ".figures{display:grid;grid-template-columns:repeat(12,1fr);gap:1.25rem}"
    "figure{margin:0;grid-column:span 12;border:1px solid #d5dae0;border-radius:.5rem;padding:1rem;"
    "min-width:0}"
    "@media(min-width:56rem){figure.half{grid-column:span 6}}"
    "figure h3{font-size:1rem;margin:0 0 .5rem}figure "
    "img{display:block;width:100%;height:auto;margin:0 auto}"
    "figure .wide{overflow-x:auto}@media(max-width:40rem){figure .wide img{width:46rem;max-width:"
    "none}}"
    "figcaption{margin-top:.6rem;color:#4a5560;font-size:.9rem}"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:"
    "tabular-nums}"
    "th,td{text-align:left;padding:.3rem .9rem .3rem 0;border-bottom:1px solid "
    "#e4e8ec;vertical-align:top}"
    "th{font-weight:600;white-space:nowrap}td.n,th.n{text-align:right}"
    "pre{overflow-x:auto;background:#f5f7f9;border-radius:.5rem;padding:.8rem;font:13px/1.45 "
    "ui-monospace,Menlo,Consolas,monospace}"
    "details>summary{cursor:pointer;font-weight:600}.note{border-left:4px solid #e69f00;padding:"
    ".5rem .9rem;background:#fdf6e7}"
    "a{color:#005a8c}footer{margin-top:3rem;color:#4a5560;font-size:.85rem}"
    "@media print{body{max-width:none;padding:0;font-size:11pt}figure{break-inside:avoid}h2{break-"
    "after:avoid}.scroll,figure .wide{overflow:visible}figure .wide img{width:100%}}";

void PageBegin(FILE *page, const char *title, const char *subtitle)
{
  (void)fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
              "name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link "
              "rel=\"icon\" href=\"data:,\">\n<title>",
              page);
  XmlText(page, title);
  (void)fprintf(page, "</title>\n<style>%s</style>\n</head>\n<body>\n<header>\n<h1>", look);
  XmlText(page, title);
  (void)fputs("</h1>\n<p>", page);
  XmlText(page, subtitle);
  (void)fputs("</p>\n</header>\n<main>\n", page);
}

void PageEnd(FILE *page)
{
  (void)fputs("</main>\n<footer>Each figure is also a file of the folder <em>figures</em>, as SVG "
              "and PDF.</footer>\n</body>\n</html>\n",
              page);
}

void PageMissing(FILE *page, const Drawing *drawing)
{
  if (!drawing->has_gnuplot) {
    (void)fputs("<p class=\"note\">There are no figures, because gnuplot was not found. Install it "
                "(on Debian and Ubuntu the package <code>gnuplot-nox</code>) and make the report "
                "again with <code>causeway report DIR</code>.</p>\n",
                page);
  }
  for (int k = 0; k < drawing->n_notes; k++) {
    (void)fputs("<p class=\"note\">n/a: ", page);
    XmlText(page, drawing->notes[k]);
    (void)fputs("</p>\n", page);
  }
}

/* The whole of a file; NULL when it cannot be read. */
static char *read_file(const char *path, size_t *length)
{
  FILE *stream = fopen(path, "rb");
  char *text = NULL;
  long size;

  if (!stream) {
    return NULL;
  }
  if (!fseek(stream, 0, SEEK_END) && (size = ftell(stream)) >= 0 && !fseek(stream, 0, SEEK_SET)) {
    text = MemoryGrow(NULL, size + 1, 1);
    *length = fread(text, 1, (size_t)size, stream);
    text[*length] = 0;
  }
  (void)fclose(stream);
  return text;
}

static void print_base64(FILE *page, const unsigned char *bytes, size_t n)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

  for (size_t k = 0; k < n; k += 3) {
    const unsigned a = bytes[k], b = k + 1 < n ? bytes[k + 1] : 0, c = k + 2 < n ? bytes[k + 2] : 0;
    const char quad[4] = {digits[a >> 2], digits[(a & 3) << 4 | b >> 4],
                          digits[k + 1 < n ? (b & 15) << 2 | c >> 6 : 64],
                          digits[k + 2 < n ? c & 63 : 64]};

    (void)fwrite(quad, 1, sizeof(quad), page);
  }
}

/* Cells of a matrix stay cells when they are magnified; written to the file, and to be embedded. */
static char *sharpen(char *text, size_t *length)
{
  static const char tag[] = "<image ", sharp[] = "<image style='image-rendering:pixelated' ";
  char *result = MemoryGrow(NULL, (int64_t)*length + 1, 1), *to = result;
  size_t room = *length + 1;

  for (const char *from = text, *found; *from; from = found) {
    found = strstr(from, tag);
    if (!found) {
      found = from + strlen(from);
    }
    if ((size_t)(to - result) + (size_t)(found - from) + sizeof(sharp) >= room) {
      const size_t used = (size_t)(to - result);

      room += (size_t)(found - from) + 16 * sizeof(sharp);
      result = MemoryGrow(result, (int64_t)room, 1);
      to = result + used;
    }
    memcpy(to, from, (size_t)(found - from));
    to += found - from;
    if (*found) {
      memcpy(to, sharp, sizeof(sharp) - 1);
      to += sizeof(sharp) - 1;
      found += sizeof(tag) - 1;
    }
  }
  *to = 0;
  *length = (size_t)(to - result);
  free(text);
  return result;
}

/* Puts a picture that is drawn into the folder of figures. */
static PetscErrorCode take_figure(const Drawing *drawing, const Figure *figure, const char *ending,
                                  char **text, size_t *length)
{
  char path[PETSC_MAX_PATH_LEN];
  FILE *stream;

  PathPrint(path, "%s/%s.%s", drawing->scratch, figure->name, ending);
  *text = read_file(path, length);
  if (!*text) {
    return UserError("%s: cannot read: %s", path, strerror(errno));
  }
  if (!strcmp(ending, "svg")) {
    *text = sharpen(*text, length);
  }
  PathPrint(path, "%s/figures/%s.%s", drawing->directory, figure->name, ending);
  SerialCall(FileBegin(path, &stream));
  (void)fwrite(*text, 1, *length, stream);
  return FileCommit(path, &stream);
}

PetscErrorCode PageFigure(FILE *page, const Drawing *drawing, const Figure *figure)
{
  const double largest = 1.25; /* magnification */
  const int half = 620;        /* pixels up to which two figures go side by side */
  size_t length = 0;
  char *text;

  SerialCall(take_figure(drawing, figure, "pdf", &text, &length));
  free(text);
  SerialCall(take_figure(drawing, figure, "svg", &text, &length));
  (void)fprintf(page, "<figure class=\"%s\" id=\"%s\">\n<h3>",
                figure->width <= half ? "half" : "full", figure->name);
  XmlText(page, figure->title);
  (void)fprintf(page,
                "</h3>\n<div class=\"%s\"><img width=\"%d\" height=\"%d\" style=\"max-width:%dpx\" "
                "alt=\"",
                figure->width <= half ? "fit" : "wide", figure->width, figure->height,
                (int)(largest * figure->width));
  XmlText(page, figure->title);
  (void)fputs(". ", page);
  XmlText(page, figure->text);
  (void)fputs("\" src=\"data:image/svg+xml;base64,", page);
  print_base64(page, (const unsigned char *)text, length);
  (void)fputs("\"></div>\n<figcaption>", page);
  XmlText(page, figure->text);
  (void)fputs("</figcaption>\n</figure>\n", page);
  free(text);
  return 0;
}
