/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_DRAWING_H
#define CAUSEWAY_DRAWING_H

#include "causeway/internal/serial/serial.h"

enum { MOST_FIGURES = 24, MOST_NOTES = 8, LONGEST_TEXT = 1024 };

/* A picture, drawn by gnuplot. */
typedef struct {
  char name[64]; /* of its files */
  char title[128];
  char text[LONGEST_TEXT]; /* what it shows, with numbers: caption and alternative */
  int width, height;       /* [px] */
} Figure;

/* The figures of a page. */
typedef struct {
  char directory[PETSC_MAX_PATH_LEN]; /* of the page; figures go to its folder figures */
  char scratch[PETSC_MAX_PATH_LEN];   /* for data and commands, removed at the end */
  PetscBool has_gnuplot;
  int n;
  Figure figures[MOST_FIGURES];
  FILE *commands; /* of the figure under way */
  int n_notes;
  char notes[MOST_NOTES][LONGEST_TEXT]; /* what could not be drawn, and why */
} Drawing;

/* What the page goes without, and why. */
void DrawingNote(Drawing *drawing, const char *text);

/* Makes the scratch folder, and looks whether gnuplot can be started. */
PetscErrorCode DrawingBegin(const char *directory, Drawing *drawing);
void DrawingEnd(Drawing *drawing);

/*@
  FigureBegin - opens a new figure, whose commands are written to drawing->commands
  FigureEnd   - draws it as SVG and PDF; a figure that gnuplot cannot draw is left out with a line of warning

  Input:  width, height - [px]
          text - in the format of printf
  Output: (return value) the figure, or NULL without gnuplot
@*/
Figure *FigureBegin(Drawing *drawing, const char *name, const char *title, int width, int height);
void FigureText(Figure *figure, const char *format, ...) __attribute__((format(printf, 2, 3)));
void FigureEnd(Drawing *drawing);

/* A new file for numbers in the scratch folder; `from` is what gnuplot, which works there, calls it. */
FILE *DrawingData(Drawing *drawing, const char *name, char from[PETSC_MAX_PATH_LEN]);

/* A text of any kind between single quotes of gnuplot; as the label of a tick, which is a format; and between double
   quotes in a file of data. */
void PrintQuoted(FILE *stream, const char *text);
void PrintTick(FILE *stream, const char *text);
void PrintCell(FILE *stream, const char *text);

/* Colours that everybody can tell apart (Okabe & Ito), k counts around. */
const char *DrawingColour(int k);

/* A palette of magnitudes from 0 to 1, and of signed numbers from -1 to 1. */
extern const char PaletteMagnitude[], PaletteSigned[];

/*@
  The page: begins with what every page has, figures are parts of it
@*/
void PageBegin(FILE *page, const char *title, const char *subtitle);
void PageEnd(FILE *page);
PetscErrorCode PageFigure(FILE *page, const Drawing *drawing, const Figure *figure);
/* What is to be said when there are no pictures. */
void PageMissing(FILE *page, const Drawing *drawing);

#endif
