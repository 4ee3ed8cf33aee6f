/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/export/export.h"

#include "causeway/error.h"
#include "causeway/internal/core/process.h"
#include "causeway/parameters.h"
#include "export_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char ExportHelp[] =
    "causeway export: scores of pairs as a file of another format\n\n"
    "causeway export FILE.h5:/METHOD/READING -output FILE [-format csv|graphml|npy]\n"
    "causeway export FILE.h5:/granger -output FILE [-format csv|graphml]\n"
    "  [-select all|significant|top:K] [-scores_sense larger|smaller|magnitude] [-overwrite]\n"
    "  FILE.h5 may be the directory of a run, whose causality.h5 is taken, or FILE.npy without a "
    "path;\n"
    "  the scores are an N x N matrix, rows targets and columns sources, or a group of sparse "
    "scores;\n"
    "  /granger alone stands for the couplings of -granger_statistics conditional,coupling\n"
    "-format: by the ending of -output unless it is given\n"
    "  csv      an edge a line: source, target, their labels, score, p_value, significant, sign;\n"
    "           of couplings: source, target, their labels if there are any, weight, sign, "
    "latency [ms],\n"
    "           z, p_value, q_value, significant;\n"
    "           labels are as they are, so a spreadsheet may take one that begins with = for a "
    "formula\n"
    "  graphml  a directed graph of all neurons, with the same values on its edges\n"
    "  npy      the whole matrix for NumPy, rows are targets\n"
    "-select: edges of csv and graphml, without the diagonal and scores of 0\n"
    "  significant  by the method's Benjamini-Hochberg mask, or that rule on the p-values; "
    "default\n"
    "               where there are such\n"
    "  top:K        the K strongest, the strongest first, of couplings by the size of the weight;\n"
    "               default otherwise, with 10 for each neuron\n"
    "  all          every one; pairs without a score are never written\n"
    "-scores_sense: which scores are stronger, where neither the file nor a name says it\n\n"
    "Exit status: 0 done, 2 the input is wrong.\n";

enum { OPTION_OUTPUT, OPTION_FORMAT, OPTION_SELECT, OPTION_SENSE, OPTION_OVERWRITE };
const SerialOption ExportOptions[] = {[OPTION_OUTPUT] = {"output", "FILE"},
                                      [OPTION_FORMAT] = {"format", "csv|graphml|npy"},
                                      [OPTION_SELECT] = {"select", "all|significant|top:K"},
                                      [OPTION_SENSE] = {"scores_sense", "larger|smaller|magnitude"},
                                      [OPTION_OVERWRITE] = {"overwrite", NULL},
                                      {NULL, NULL}};

typedef struct {
  const char *name;
  PetscErrorCode (*write)(Export *export);
} Format;

static const Format formats[] = {
    {"csv", ExportCsv}, {"graphml", ExportGraphml}, {"npy", ExportNpy}};

static PetscErrorCode find_format(const char *word, const char *output, const Format **format)
{
  const char *dot = strrchr(output, '.'), *name = word ? word : (dot ? dot + 1 : "");

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(formats); k++) {
    if (!strcmp(name, formats[k].name)) {
      *format = &formats[k];
      return 0;
    }
  }
  return word ? UserError("-format = %s: must be one of %s", word,
                          ExportOptions[OPTION_FORMAT].value)
              : UserError("-output = %s: the ending is none of .csv, .graphml and .npy; give "
                          "-format",
                          output);
}

/* FILE.h5:/METHOD/READING, where FILE.h5 may be the directory of a run. */
static PetscErrorCode split_input(const char *input, char file[PETSC_MAX_PATH_LEN],
                                  char path[PETSC_MAX_PATH_LEN])
{
  char name[PETSC_MAX_PATH_LEN];
  struct stat entry;

  SerialCall(ParseFilePath(input, PETSC_MAX_PATH_LEN, name, path));
  while (path[0] && path[strlen(path) - 1] == '/') {
    path[strlen(path) - 1] = 0;
  }
  PathPrint(file, "%s", name);
  if (!stat(name, &entry) && S_ISDIR(entry.st_mode)) {
    PathPrint(file, "%s/causality.h5", name);
  }
  if (!path[0] && !access(file, R_OK) && !NpyIs(file) && H5Fis_hdf5(file) == 0) {
    return UserError("%s: is neither an HDF5 file nor a .npy array of NumPy, as scores are; in "
                     "Python numpy.save(\"scores.npy\", matrix) makes one",
                     file);
  }
  return path[0] || NpyIs(file)
             ? 0
             : UserError("%s: does not say which scores: causeway export %s:/METHOD/READING; "
                         "causeway info %s lists them",
                         input, name, file);
}

static PetscErrorCode check_output(const char *output, const char *input, PetscBool overwrite)
{
  struct stat there, from;

  if (stat(output, &there)) {
    return 0;
  }
  if (!stat(input, &from) && from.st_dev == there.st_dev && from.st_ino == there.st_ino) {
    return UserError("-output = %s: is the file that is read; choose another one", output);
  }
  if (S_ISDIR(there.st_mode)) {
    return UserError("-output = %s: is a directory; name a file", output);
  }
  /* a pipe or a terminal holds nothing that could be lost */
  return overwrite || !S_ISREG(there.st_mode)
             ? 0
             : UserError("-output = %s: exists already; choose another one, or replace it "
                         "with -overwrite",
                         output);
}

static void print_outcome(const Export *export, const Format *format, const char *output)
{
  const Scores *s = export->scores;
  const char *colon = s->path[0] ? ":" : "";
  char rule[2 * PETSC_MAX_PATH_LEN] = "all";

  if (export->selection->rule == SELECT_TOP) {
    (void)snprintf(rule, sizeof(rule), "top:%" PRId64, export->selection->k);
  } else if (export->selection->rule == SELECT_SIGNIFICANT && export->n_pairs == 0) {
    (void)snprintf(rule, sizeof(rule), "none is significant by %s", s->test);
  } else if (export->selection->rule == SELECT_SIGNIFICANT && ScoresHave(s, COLUMN_MASK)) {
    (void)snprintf(rule, sizeof(rule), "significant by %s", s->test);
  } else if (export->selection->rule == SELECT_SIGNIFICANT) {
    (void)snprintf(rule, sizeof(rule), "significant by %s <= %.3g", s->test,
                   PetscMax(s->largest_p, 0));
  }
  if (format->write == ExportNpy) {
    (void)printf("export     %s%s%s, %" PRId64 " x %" PRId64 ", in %s\n", s->file, colon, s->path,
                 s->n, s->n, output);
  } else {
    (void)printf("export     %s%s%s, %" PRId64 " neurons, %" PRId64 " edges (%s) in %s\n", s->file,
                 colon, s->path, s->n, export->n_pairs, rule, output);
  }
}

/* The file is begun when all that can be wrong with the input is known. */
static PetscErrorCode write_output(Export *export, const Format *format, const char *output)
{
  PetscErrorCode status;

  SerialCall(DirectoryLockOf(output));
  SerialCall(FileBegin(output, &export->stream));
  status = format->write(export);
  if (status) {
    FileDiscard(output, &export->stream);
    return status;
  }
  SerialCall(FileCommit(output, &export->stream));
  print_outcome(export, format, output);
  return 0;
}

const char *ExportName(const Export *export, int column)
{
  static const char *const names[] = {
      [COLUMN_SCORE] = "score",    [COLUMN_P_VALUE] = "p_value", [COLUMN_MASK] = "significant",
      [COLUMN_EFFECT] = "sign",    [COLUMN_LATENCY] = "latency", [COLUMN_Z] = "z",
      [COLUMN_Q_VALUE] = "q_value"};

  return column == COLUMN_SCORE && export->scores->is_coupling ? "weight" : names[column];
}

double ExportValue(const Pair *pair, int column)
{
  const double values[] = {[COLUMN_SCORE] = pair->score,      [COLUMN_P_VALUE] = pair->p_value,
                           [COLUMN_MASK] = pair->significant, [COLUMN_EFFECT] = pair->sign,
                           [COLUMN_LATENCY] = pair->latency,  [COLUMN_Z] = pair->z,
                           [COLUMN_Q_VALUE] = pair->q_value};

  return values[column];
}

static void choose_columns(Export *export)
{
  static const int orders[][N_COLUMNS] = {{COLUMN_SCORE, COLUMN_P_VALUE, COLUMN_MASK, COLUMN_EFFECT,
                                           COLUMN_LATENCY, COLUMN_Z, COLUMN_Q_VALUE},
                                          {COLUMN_SCORE, COLUMN_EFFECT, COLUMN_LATENCY, COLUMN_Z,
                                           COLUMN_P_VALUE, COLUMN_Q_VALUE, COLUMN_MASK}};
  const Scores *s = export->scores;

  for (int k = 0; k < N_COLUMNS; k++) {
    const int column = orders[s->is_coupling ? 1 : 0][k];

    if (column == COLUMN_SCORE ||
        (column == COLUMN_MASK ? s->test[0] != 0 : ScoresHave(s, column))) {
      export->columns[export->n_columns++] = column;
    }
  }
}

static PetscErrorCode parse_sense(const char *word, ScoreSense *sense)
{
  *sense = word ? ScoreSenseFind(word) : SENSE_UNKNOWN;
  return word && *sense == SENSE_UNKNOWN ? UserError("-scores_sense = %s: must be one of %s", word,
                                                     ExportOptions[OPTION_SENSE].value)
                                         : 0;
}

static PetscErrorCode export_scores(const char *file, const char *path, ScoreSense sense,
                                    const Format *format, Selection *selection, const char *output)
{
  Names names = {0, NULL};
  Scores scores;
  Export export = {.scores = &scores, .names = &names, .selection = selection};
  PetscErrorCode status = ScoresOpen(file, path, sense, &scores);

  if (!status && scores.why[0] && format->write != ExportNpy) {
    (void)fprintf(stderr, "export     %s%s%s %s\n", file, path[0] ? ":" : "", path, scores.why);
  }
  if (!status && format->write != ExportNpy) {
    status = NamesOpen(&scores, &names);
    status = status ? status : SelectionSetUp(selection, &scores);
  }
  if (!status) {
    choose_columns(&export);
    status = write_output(&export, format, output);
  }
  NamesFree(&names);
  ScoresClose(&scores);
  return status;
}

static PetscErrorCode run(int argc, char **argv)
{
  static const char *const needs[] = {"scores", "FILE.h5:/METHOD/READING -output FILE.csv"};
  const char *input, *values[SERIAL_MOST_OPTIONS];
  char file[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  const Format *format = formats;
  const char *output;
  Selection selection;
  ScoreSense sense;

  SerialCall(OptionsParse("export", needs, ExportOptions, argc, argv, &input, values));
  output = values[OPTION_OUTPUT];
  if (!output) {
    return UserError("export: needs -output FILE.csv, FILE.graphml or FILE.npy");
  }
  SerialCall(find_format(values[OPTION_FORMAT], output, &format));
  SerialCall(SelectionParse(values[OPTION_SELECT], &selection));
  SerialCall(parse_sense(values[OPTION_SENSE], &sense));
  if (format->write == ExportNpy && values[OPTION_SELECT]) {
    return UserError("-select = %s: npy holds the whole matrix; leave -select out, or choose csv "
                     "or graphml",
                     values[OPTION_SELECT]);
  }
  SerialCall(split_input(input, file, path));
  SerialCall(check_output(output, file, values[OPTION_OVERWRITE] ? PETSC_TRUE : PETSC_FALSE));
  return export_scores(file, path, sense, format, &selection, output);
}

int ExportMain(int argc, char **argv)
{
  if (WantsHelp(argc, argv)) {
    (void)fputs(ExportHelp, stdout);
    return SerialEnd(0, EXIT_SUCCESS);
  }
  return SerialEnd(run(argc - 2, argv + 2), EXIT_SUCCESS);
}
