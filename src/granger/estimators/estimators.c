/* SPDX-License-Identifier: GPL-3.0-or-later */

/* All estimators. */
#include "estimators/estimator.h"

/* One line per estimator; snapshots store the line number. */
/* clang-format off */
#define ESTIMATORS(estimator)            \
  estimator(EstimatorAuto)               \
  estimator(EstimatorGram)               \
  estimator(EstimatorQr)                 \
  estimator(EstimatorLwr)                \
  estimator(EstimatorRidge)
/* clang-format on */

#define DECLARE(type) extern const GrangerEstimator type;
#define LIST(type)    &(type),
ESTIMATORS(DECLARE)
static const GrangerEstimator *const estimators[] = {ESTIMATORS(LIST)};

const GrangerEstimator *GrangerEstimatorGet(int k)
{
  return k >= 0 && k < (int)PETSC_STATIC_ARRAY_LENGTH(estimators) ? estimators[k] : NULL;
}

const char *GrangerEstimatorWord(int k, const char **text)
{
  const GrangerEstimator *type = GrangerEstimatorGet(k);

  *text = type ? type->text : NULL;
  return type ? type->name : NULL;
}

int GrangerEstimatorIndex(const GrangerEstimator *estimator)
{
  int k = 0;

  while (GrangerEstimatorGet(k) && GrangerEstimatorGet(k) != estimator) {
    k++;
  }
  return k;
}
