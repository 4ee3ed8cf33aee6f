/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_SIGNED_SHAPE_H
#define CAUSEWAY_SIGNED_SHAPE_H

#include "model.h"

/* The loss of type signed only: events, and the squared error of the values between them. */
enum { LOSS_HURDLE = LOSS_TYPES };

typedef enum { EVENTS_NONE, EVENTS_FLAG } EventsType;
typedef enum { PAIR_BIAS_NONE, PAIR_BIAS_FULL } PairBiasType;
typedef enum { QUERIES_IDENTITY, QUERIES_CONTENT } QueriesType;

typedef struct {
  ModelShape base;
  int key_width;                  /* channels of a query or key per head */
  int source_lags;                /* number of last samples of a source that are seen */
  int events, pair_bias, queries; /* EventsType, PairBiasType, QueriesType */
} SignedShape;

#endif
