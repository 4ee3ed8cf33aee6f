/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trials and values that cannot be worked with, and what a forecaster cannot take. */
#include "recording.h"

static int rank;

/* Refused on every rank, with a message that has all `words`; `inspect` when it must not take reading. */
static PetscErrorCode expect_refused(const char *file, const Case *c, PetscBool inspect,
                                     const char *words, const char *more)
{
  Activity activity = NULL;
  PetscErrorCode code;
  int64_t n_neurons, n_samples;

  PetscFunctionBegin;
  (void)UserError("(no error)");
  code = configure(PETSC_COMM_WORLD, file, c, &activity);
  if (!code) {
    code = inspect ? ActivityInspect(activity, &n_neurons, &n_samples) : ActivityLoad(activity);
  }
  CHECK(code == CAUSEWAY_ERR_USER, "rank %d: code %d, expected '%s'", rank, (int)code, words);
  CHECK(strstr(UserErrorMessage(), words) && strstr(UserErrorMessage(), more),
        "'%s' has no '%s' and '%s'", UserErrorMessage(), words, more);
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_refused(void)
{
  const Case plain = {"none", SOUND, 0, 0, 0, 2, "all", "clip"};
  Case c = plain;

  PetscFunctionBegin;
  PetscCall(expect_refused("gaps.h5:/v", &plain, PETSC_FALSE,
                           "neuron 0 (counted from 0), sample 0 ", "-activity_missing drop"));
  c.detrend = 1;
  PetscCall(expect_refused("ramp.h5:/v", &c, PETSC_FALSE, "do not vary after the steps",
                           "1 constant (number 4)"));
  c = plain;
  c.difference = 1;
  PetscCall(expect_refused("ramp.h5:/v", &c, PETSC_FALSE, "do not vary after the steps",
                           "1 constant (number 4)"));
  c = plain;
  c.holes = GAPS;
  PetscCall(expect_refused("nothing.h5:/v", &c, PETSC_FALSE, "nothing.h5:/v: 1 of 7 neurons",
                           "1 without any value (number 2); leave them out"));
  PetscCall(
      expect_refused("absent.h5:/v", &c, PETSC_FALSE, "none of the 500 samples", "absent.h5"));
  c = plain;
  c.trials = "2";
  c.difference = 2;
  PetscCall(expect_refused("sound.h5:/v", &c, PETSC_TRUE, "none of the 500 samples", "difference"));
  c = plain;
  c.trials = "trials.h5:/trials";
  c.samples = "320:80";
  PetscCall(expect_refused("sound.h5:/v", &c, PETSC_TRUE, "none of the 500 samples", "selection"));
  c.trials = "nowhere.h5:/trials";
  PetscCall(expect_refused("sound.h5:/v", &c, PETSC_TRUE, "nowhere.h5", "No such file"));
  c.trials = "sound.h5:/v";
  PetscCall(expect_refused("sound.h5:/v", &c, PETSC_TRUE, "activity_trials", "7 x 500"));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_tables(void)
{
  static const struct {
    double values[4];
    const char *words, *more;
  } wrong[] = {
      {{0, 10, 5, 20}, "trial 1 ", "overlap"},      {{50, 60, 0, 10}, "trial 1 ", "ascending"},
      {{0, 10, 20, 20}, "trial 1 ", "20"},          {{-1, 10, 20, 30}, "trial 0 ", "-1"},
      {{0, 10, 20, 501}, "trial 1 ", "500"},        {{0, 10.5, 20, 30}, "trial 0 ", "10.5"},
      {{0, (double)NAN, 20, 30}, "trial 0 ", "nan"}};
  static const char *const words[] = {"0", "-3", "ten", "10x", "1.5", "trials.h5"};
  const Case c = {"wrong.h5:/v", SOUND, 0, 0, 0, 2, "all", "clip"};

  PetscFunctionBegin;
  for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
    PetscCall(write_matrix("wrong.h5", 2, 2, wrong[k].values));
    PetscCall(expect_refused("sound.h5:/v", &c, PETSC_TRUE, wrong[k].words, wrong[k].more));
    CHECK(strstr(UserErrorMessage(), "activity_trials"), "%s", UserErrorMessage());
  }
  for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
    Case word = c;

    word.trials = words[k];
    PetscCall(expect_refused("sound.h5:/v", &word, PETSC_TRUE, "activity_trials", words[k]));
  }
  PetscFunctionReturn(0);
}

/* A forecaster takes only what is in one piece, known before anything is read. */
static PetscErrorCode test_forecaster(void)
{
  static const struct {
    Case c;
    int fits;
  } cases[] = {{{"none", SOUND, 1, 1, 0, 2, "all", "clip"}, 1},
               {{"none", SOUND, 0, 0, 2, 2, "all", "clip"}, 0},
               {{"none", SOUND, 0, 0, 2, 2, "2:300", "clip"}, 1},
               {{"250", SOUND, 0, 0, 0, 2, "all", "clip"}, 0},
               {{"250", SOUND, 0, 0, 0, 2, "250:250", "clip"}, 1},
               {{"trials.h5:/trials", SOUND, 0, 0, 0, 2, "140:10", "clip"}, 0}};
  int64_t n_neurons, n_samples;
  Activity activity;

  PetscFunctionBegin;
  for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
    PetscErrorCode code;

    PetscCall(configure(PETSC_COMM_WORLD, "sound.h5:/v", &cases[k].c, &activity));
    PetscCall(ActivityInspect(activity, &n_neurons, &n_samples));
    code = ForecasterCheckActivity(activity, n_samples);
    CHECK(code == (cases[k].fits ? 0 : CAUSEWAY_ERR_USER), "case %zu: %d", k, (int)code);
    PetscCall(ActivityDestroy(&activity));
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  rank = scratch_rank();
  scratch_begin("refused");
  CHECK(!write_inputs(), "inputs");
  CHECK(!test_refused(), "refused");
  CHECK(!test_tables(), "tables of trials");
  CHECK(!test_forecaster(), "forecaster");
  scratch_end();
  return check_end();
}
