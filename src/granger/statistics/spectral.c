/* SPDX-License-Identifier: GPL-3.0-or-later */

/* State-space causality in frequency bands. */
#include "statistics/statistic.h"

#include "causeway/error.h"
#include "causeway/internal/core/number.h"

#include <stdio.h>
#include <string.h>

enum { MAX_BANDS = MOST_SCORES };

typedef struct {
  char words[WORDS_LENGTH];
  int64_t n;
  double edges[MAX_BANDS + 1]; /* [cycles per sample] */
  char names[MAX_BANDS][32], texts[MAX_BANDS][128];
} Bands;

static const ParameterSpec parameters[] = {
    {.key = "granger_bands",
     .kind = PARAMETER_TEXT,
     .standard = "8",
     .form = "NUMBER|EDGE,EDGE,...",
     .text =
         "Number of equal frequency bands, or the edges between bands, ascending between 0 and 0.5 "
         "[cycles per sample]",
     PARAMETER_MEMBER(Bands, words)},
    {.key = NULL}};

/* Parses "8" for equal bands, or "0.05,0.1" for inner edges. */
static PetscErrorCode set_up(Granger g, StatisticUse *use, Parameters p)
{
  Bands *b = use->settings;
  char *words = b->words, copy[WORDS_LENGTH], *rest = copy, *item;

  PetscFunctionBegin;
  (void)g;
  if (NumberInteger(words, &b->n) && b->n >= 1 && b->n <= MAX_BANDS) {
    for (int64_t k = 0; k <= b->n; k++) {
      b->edges[k] = 0.5 * (double)k / (double)b->n;
    }
  } else {
    PetscCall(PetscStrncpy(copy, words, sizeof(copy)));
    for (b->n = 1; (item = strsep(&rest, ",")); b->n++) {
      double edge = -1;

      UserCheck(b->n < MAX_BANDS && NumberReal(item, &edge) && edge > b->edges[b->n - 1] &&
                    edge < 0.5,
                "%s = %s: expected a number of bands up to %d, or their inner edges, ascending "
                "between 0 and 0.5 cycles per sample",
                ParametersSource(p, "granger_bands"), words, MAX_BANDS);
      b->edges[b->n] = edge;
    }
    b->edges[b->n] = 0.5;
  }
  for (int64_t k = 0; k < b->n; k++) {
    (void)snprintf(b->names[k], sizeof(b->names[k]), "spectral_gc_%02d", (int)k);
    (void)snprintf(b->texts[k], sizeof(b->texts[k]),
                   "part of the state-space causality from %.6g to %.6g cycles per sample",
                   b->edges[k], b->edges[k + 1]);
  }
  PetscFunctionReturn(0);
}

static int list_scores(Granger g, const StatisticUse *use, GrangerScore list[])
{
  const Bands *b = use->settings;

  (void)g;
  for (int64_t k = 0; k < b->n; k++) {
    list[k] = (GrangerScore){
        .info = {.reading = b->names[k], .description = b->texts[k], .order = 104 + (int)k}};
  }
  return (int)b->n;
}

static PetscErrorCode work(GrangerSolution *s, StatisticUse *use)
{
  const Bands *b = use->settings;

  PetscFunctionBegin;
  for (int64_t k = 0; k < b->n; k++) {
    PetscCall(SpectralGc(s->state, b->edges[k], b->edges[k + 1], s->partition, use->values[k]));
  }
  PetscFunctionReturn(0);
}

/* Memory of the responses of all sources. */
static double numbers(Granger g, const StatisticUse *use, const GrangerSize *size)
{
  const double n = (double)size->n_neurons, p = (double)size->order;

  (void)g;
  (void)use;
  return 2.0 * p * p * n * (double)SpectralPoints(size->n_neurons, size->order) +
         n * n / size->ranks;
}

const GrangerStatistic StatisticSpectral = {.name = "spectral",
                                            .text = "state_space in bands of frequency; needs lwr",
                                            .parameters = parameters,
                                            .size = sizeof(Bands),
                                            .needs = FIT_STATE_SPACE,
                                            .set_up = set_up,
                                            .scores = list_scores,
                                            .work = {[PHASE_FIT] = work},
                                            .numbers = numbers};
