/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Figures by gnuplot: one process for each, so that one that fails takes no other with it. */
#define _GNU_SOURCE /* posix_spawn_file_actions_addchdir_np(), environ */
#include "causeway/internal/report/drawing.h"

#include "causeway/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char PaletteMagnitude[] =
    "set palette defined (0 '#440154', 0.125 '#482878', 0.25 '#3e4a89', 0.375 '#31688e', 0.5 "
    "'#26828e', 0.625 '#1f9e89', 0.75 '#35b779', 0.875 '#6dcd59', 1 '#fde725')\n";
const char PaletteSigned[] =
    "set palette defined (-1 '#0072b2', -0.4 '#7fbadb', 0 '#ffffff', 0.4 '#eeb08a', 1 '#d55e00')\n";

const char *DrawingColour(int k)
{
  static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                        "#e69f00", "#56b4e9", "#555555", "#000000"};

  return colours[k % (int)PETSC_STATIC_ARRAY_LENGTH(colours)];
}

/* Runs gnuplot on a file of commands, or only asks for its version; its words go to scratch/messages. It works in the
   scratch folder and sees no names but ours: it takes a path that begins with | or < for a command of the shell. */
static int run_gnuplot(const Drawing *d, const char *file)
{
  char program[] = "gnuplot", version[] = "--version", plain[] = "--default-settings";
  char path[PETSC_MAX_PATH_LEN], messages[PETSC_MAX_PATH_LEN];
  char *argv[4] = {program, file ? plain : version, file ? path : NULL, NULL};
  posix_spawn_file_actions_t actions;
  int status = -1;
  pid_t child;

  PathPrint(path, "%s", file ? file : "");
  PathPrint(messages, "%s/messages", d->scratch);
  (void)posix_spawn_file_actions_init(&actions);
  (void)posix_spawn_file_actions_addopen(&actions, 1, messages, O_CREAT | O_WRONLY | O_TRUNC, 0600);
  (void)posix_spawn_file_actions_adddup2(&actions, 1, 2);
  (void)posix_spawn_file_actions_addchdir_np(&actions, d->scratch);
  if (posix_spawnp(&child, program, &actions, NULL, argv, environ) == 0) {
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  (void)posix_spawn_file_actions_destroy(&actions);
  return status;
}

PetscErrorCode DrawingBegin(const char *directory, Drawing *d)
{
  const char *temporary = getenv("TMPDIR");
  char path[PETSC_MAX_PATH_LEN];

  *d = (Drawing){.n = 0};
  PathPrint(d->directory, "%s", directory);
  PathPrint(d->scratch, "%s/causeway_report.XXXXXX", temporary ? temporary : "/tmp");
  if (!mkdtemp(d->scratch)) {
    const int reason = errno;

    d->scratch[0] = 0;
    return UserError("%s: cannot make a folder for the figures: %s; set TMPDIR",
                     temporary ? temporary : "/tmp", strerror(reason));
  }
  d->has_gnuplot = run_gnuplot(d, NULL) == 0 ? PETSC_TRUE : PETSC_FALSE;
  if (d->has_gnuplot) {
    PathPrint(path, "%s/figures", directory);
    SerialCall(DirectoryMake(path));
  }
  return 0;
}

void DrawingEnd(Drawing *d)
{
  DIR *list = d->scratch[0] ? opendir(d->scratch) : NULL;
  char path[PETSC_MAX_PATH_LEN];

  for (struct dirent *entry; list && (entry = readdir(list));) {
    if (entry->d_name[0] != '.') {
      PathPrint(path, "%s/%s", d->scratch, entry->d_name);
      (void)unlink(path);
    }
  }
  if (list) {
    (void)closedir(list);
    (void)rmdir(d->scratch);
  }
}

FILE *DrawingData(Drawing *d, const char *name, char from[PETSC_MAX_PATH_LEN])
{
  char path[PETSC_MAX_PATH_LEN];
  FILE *stream;

  PathPrint(from, "%s", name);
  PathPrint(path, "%s/%s", d->scratch, name);
  stream = fopen(path, "w");
  if (!stream) {
    (void)fprintf(stderr, "causeway: error: %s: cannot write: %s\n", path, strerror(errno));
    exit(EXIT_FAILURE);
  }
  return stream;
}

/* Characters that a picture can show; a few of them twice, as gnuplot wants them. */
static void print_characters(FILE *stream, const char *text, const char *twice)
{
  while (*text) {
    uint32_t code;
    const size_t n = Utf8Character(text, &code);

    if (n == 0 || code == 0xfffe || code == 0xffff) {
      (void)fputs(Utf8Replacement, stream);
    } else if (code < 32 || (code >= 0x7f && code < 0xa0)) {
      (void)fputc(' ', stream);
    } else {
      if (n == 1 && strchr(twice, *text)) {
        (void)fputc(*text, stream);
      }
      (void)fwrite(text, 1, n, stream);
    }
    text += n ? n : 1;
  }
}

void PrintQuoted(FILE *stream, const char *text)
{
  (void)fputc('\'', stream);
  print_characters(stream, text, "'");
  (void)fputc('\'', stream);
}

void PrintTick(FILE *stream, const char *text)
{
  (void)fputc('\'', stream);
  print_characters(stream, text, "'%");
  (void)fputc('\'', stream);
}

void DrawingNote(Drawing *d, const char *text)
{
  if (d->n_notes < MOST_NOTES) {
    (void)snprintf(d->notes[d->n_notes++], LONGEST_TEXT, "%s", text);
  }
}

/* gnuplot has no way to write a quote or a backslash here. */
void PrintCell(FILE *stream, const char *text)
{
  char *plain = TextCopy(text);

  for (char *c = plain; *c; c++) {
    *c = (char)(*c == '"' || *c == '\\' ? '\'' : *c);
  }
  (void)fputc('"', stream);
  print_characters(stream, plain, "");
  (void)fputc('"', stream);
  free(plain);
}

/* Looks of all figures. */
static const char style[] =
    "set termoption noenhanced\n"
    "set border 3 lc rgb '#555555' lw 0.8\n"
    "set tics nomirror out scale 0.5 textcolor rgb '#333333'\n"
    "set xlabel textcolor rgb '#222222'\nset ylabel textcolor rgb '#222222'\n"
    "set title textcolor rgb '#222222' offset 0,-0.3\n"
    "set key textcolor rgb '#222222' samplen 1.6 spacing 1.15\n"
    "set style fill solid 0.85 noborder\n"
    "set datafile missing 'nan'\nset encoding utf8\n";

Figure *FigureBegin(Drawing *d, const char *name, const char *title, int width, int height)
{
  char path[PETSC_MAX_PATH_LEN], file[80];
  Figure *figure = &d->figures[d->n];

  if (!d->has_gnuplot || d->n == MOST_FIGURES) {
    return NULL;
  }
  *figure = (Figure){.width = width, .height = height};
  (void)snprintf(figure->name, sizeof(figure->name), "%s", name);
  (void)snprintf(figure->title, sizeof(figure->title), "%s", title);
  (void)snprintf(file, sizeof(file), "%s.gp", name);
  d->commands = DrawingData(d, file, path);
  (void)fputs(style, d->commands);
  return figure;
}

void FigureText(Figure *figure, const char *format, ...)
{
  const size_t used = strlen(figure->text);
  va_list arguments;

  va_start(arguments, format);
  (void)vsnprintf(figure->text + used, sizeof(figure->text) - used, format, arguments);
  va_end(arguments);
}

/* Draws the commands of a figure to a file. */
static void draw_to(const Figure *f, const char *ending, FILE *all)
{
  (void)fprintf(all, "set output '%s.%s'\nload '%s.gp'\nset output\nreset\n", f->name, ending,
                f->name);
}

void FigureEnd(Drawing *d)
{
  const double inch = 96; /* pixels, of the text in a PDF too */
  const Figure *f = &d->figures[d->n];
  char path[PETSC_MAX_PATH_LEN], name[80];
  FILE *all;

  (void)fclose(d->commands);
  d->commands = NULL;
  (void)snprintf(name, sizeof(name), "%s_all.gp", f->name);
  all = DrawingData(d, name, path);
  (void)fprintf(all, "set terminal svg size %d,%d dynamic font 'Arial,13' background rgb 'white'\n",
                f->width, f->height);
  draw_to(f, "svg", all);
  (void)fprintf(all, "set terminal pdfcairo size %gin,%gin font 'Arial,10'\n",
                (double)f->width / inch, (double)f->height / inch);
  draw_to(f, "pdf", all);
  (void)fclose(all);
  if (run_gnuplot(d, path) == 0) {
    d->n++;
  } else {
    (void)fprintf(stderr, "causeway: warning: gnuplot cannot draw the figure %s\n", f->name);
  }
}
