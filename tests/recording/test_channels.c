/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which channels of a recording are meant by names, numbers, ranges, patterns and exclusions. */
#include "check.h"
#include "scratch.h"

#include "causeway/recording.h"

#include <math.h>
#include <string.h>

enum { MOST = 9, WIDTH = 8 };

static const struct {
  const char *file;
  int n;
  PetscBool named;
  char names[MOST][WIDTH];
} sources[] = {
    {"named.h5", 9, PETSC_TRUE, {"A1", "A2", "B1", "bad", "bad-2", "x,y", "q\"", "1e3", " lead"}},
    {"ids.h5", 5, PETSC_TRUE, {"3", "1", "0", "2", "12"}},
    {"bare.h5", 6, PETSC_FALSE, {""}},
    {"dashed.h5", 4, PETSC_TRUE, {"a-1", "a-2", "b", "-b"}},
    {"twins.h5", 3, PETSC_TRUE, {"E", "E", "F"}},
    {"mixed.h5", 3, PETSC_TRUE, {"7", "left", "right"}},
    {"starred.h5", 3, PETSC_TRUE, {"A*", "A1", "all"}}};

/* The positions of the channels as digits, and a word of the notes; or of the message that refuses. */
static const struct {
  const char *file, *words, *channels, *says;
} cases[] = {
    /* names */
    {"named.h5", "B1,A1", "02", ""},
    {"named.h5", " A1 , B1 ", "02", ""},
    {"named.h5", "\"x,y\",A2", "15", ""},
    {"named.h5", "\"q\"\"\"", "6", ""},
    {"named.h5", "\" lead\"", "8", ""},
    {"named.h5", "A1-B1", "012", ""},
    {"named.h5", "bad-2", "4", ""},
    {"named.h5", "bad-bad-2", "34", ""},
    {"named.h5", "A*", "01", ""},
    {"named.h5", "?1,bad*", "0234", ""},
    {"named.h5", "[AB]1", "02", ""},
    {"named.h5", "0-1", "01", ""},
    {"named.h5", "1e3", "7", ""},
    {"starred.h5", "A*", "0", ""},
    {"starred.h5", "\"all\"", "2", ""},
    {"dashed.h5", "a-1-b", "012", ""},
    /* one rule for single numbers and ranges */
    {"ids.h5", "0,1", "12", "names of channels"},
    {"ids.h5", "0-1", "12", "names of channels"},
    {"ids.h5", "0-3", "0123", "names of channels"},
    {"ids.h5", "3-12", "04", ""},
    {"ids.h5", "at:0-1", "01", ""},
    {"ids.h5", "at:4", "4", ""},
    {"bare.h5", "0,1", "01", ""},
    {"bare.h5", "0-1", "01", ""},
    {"mixed.h5", "7", "0", ""},
    {"mixed.h5", "1", NULL, "no channel 1 (the nearest is 7)"},
    {"mixed.h5", "1", NULL, "at:POSITION"},
    {"ids.h5", "2-5", NULL, "no channel 2-5"},
    {"ids.h5", "4", NULL, "no channel 4 (the nearest is"},
    /* exclusion */
    {"named.h5", "all,-A*,-bad,-\"x,y\"", "24678", ""},
    {"named.h5", "-1", "02345678", ""},
    {"bare.h5", "-0-2", "345", ""},
    {"ids.h5", "all,-3", "1234", ""},
    {"named.h5", "0-5,-bad*", "0125", ""},
    {"named.h5", "all,-dead*", "012345678", "no channel matches -dead*"},
    {"bare.h5", "every:2,-at:4", "02", ""},
    {"dashed.h5", "\"-b\"", "3", ""},
    {"dashed.h5", "all,-\"b\"", "013", ""},
    {"dashed.h5", "all,-b", NULL, "is the name of a channel and also excludes another"},
    {"named.h5", "A*,-B1", NULL, "-B1 excludes channels that are not chosen"},
    {"bare.h5", "all,-0-5", NULL, "leaves no channel"},
    /* twice, and what is not there */
    {"named.h5", "A1,0-2", NULL, "chosen twice, the second time by 0-2"},
    {"named.h5", "A1,A1", NULL, "chosen twice"},
    {"twins.h5", "E", NULL, "twins.h5 have the name E; choose one with at:POSITION"},
    {"twins.h5", "at:1", "1", ""},
    {"named.h5", "A1,A3,C9,baad", NULL, "no channel A3 (the nearest is A1), C9"},
    {"named.h5", "A1,A3,C9,baad", NULL, ", baad (the nearest is bad);"},
    {"named.h5", "all,-A3,-nobody", NULL, ", nobody ("},
    {"named.h5", "\"A*\"", NULL, "no channel A*"},
    {"named.h5", "\"x,y", NULL, "quotation marks must enclose"},
    {"named.h5", "\"A1\"B1", NULL, "quotation marks must enclose"},
    {"named.h5", "A1,,B1", NULL, "a word between commas is empty"},
    {"named.h5", "A1,", NULL, "a word between commas is empty"},
    {"bare.h5", "A*", NULL, "no channel A*"},
    {"bare.h5", "2-1", NULL, "backwards"},
    {"bare.h5", "5-6", NULL, "only 6 channels"},
    {"bare.h5", "at:6", NULL, "only 6 channels"},
    {"bare.h5", "every:0", NULL, "no channel every:0"},
    {"bare.h5", "99999999999999999999", NULL, "no channel 9999"}};

static PetscErrorCode write_sources(void)
{
  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(sources); k++) {
    const int64_t dims[2] = {1, sources[k].n}, first[2] = {0, 0};
    const int64_t count[2] = {scratch_rank() ? 0 : 1, sources[k].n};
    double row[MOST];
    DataFile file;

    for (int i = 0; i < sources[k].n; i++) {
      row[i] = i;
    }
    PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch(sources[k].file), &file));
    PetscCall(DataFileAddDataset(file, "/report/r/data", DATA_FLOAT64, 2, dims, NULL));
    PetscCall(DataFileWrite(file, "/report/r/data", DATA_FLOAT64, first, count, row));
    if (sources[k].named) {
      PetscCall(DataFileWriteTexts(file, "/labels", sources[k].n, WIDTH, &sources[k].names[0][0]));
    }
    PetscCall(DataFileClose(&file));
  }
  PetscFunctionReturn(0);
}

/* The values of the source are the positions of its channels. */
static PetscErrorCode check_channels(Recording recording, const char *words, const char *expected)
{
  RecordingInfo info;
  Partition partition;
  double values[MOST];

  PetscFunctionBegin;
  RecordingGetInfo(recording, &info);
  CHECK(info.n_channels == (int64_t)strlen(expected), "%s: %lld channels, expected %s", words,
        (long long)info.n_channels, expected);
  if (info.n_channels == (int64_t)strlen(expected)) {
    PetscCall(PartitionMake(PETSC_COMM_WORLD, info.n_channels, &partition));
    PetscCall(RecordingRead(recording, &partition, values));
    for (int64_t i = 0; i < partition.n_local; i++) {
      CHECK(values[i] == expected[partition.first + i] - '0', "%s: channel %g, expected %s", words,
            values[i], expected);
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode test_case(size_t k)
{
  RecordingOptions options = {.time_ms = {-INFINITY, INFINITY}};
  Recording recording = NULL;
  PetscErrorCode code;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(options.channels, cases[k].words, sizeof(options.channels)));
  code = RecordingOpen(PETSC_COMM_WORLD, in_scratch(cases[k].file), &options, &recording);
  if (!cases[k].channels) {
    CHECK(code == CAUSEWAY_ERR_USER && strstr(UserErrorMessage(), cases[k].says),
          "%s: code %d, '%s' has no '%s'", cases[k].words, (int)code, UserErrorMessage(),
          cases[k].says);
    PetscCall(RecordingClose(&recording));
    PetscFunctionReturn(0);
  }
  CHECK(!code, "%s: %s", cases[k].words, UserErrorMessage());
  if (!code) {
    CHECK(strstr(RecordingNotes(recording), cases[k].says), "%s: '%s' has no '%s'", cases[k].words,
          RecordingNotes(recording), cases[k].says);
    PetscCall(check_channels(recording, cases[k].words, cases[k].channels));
  }
  PetscCall(RecordingClose(&recording));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  scratch_begin("channels");
  CHECK(!write_sources(), "sources");
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(cases); k++) {
    CHECK(!test_case(k), "%s", cases[k].words);
  }
  scratch_end();
  return check_end();
}
