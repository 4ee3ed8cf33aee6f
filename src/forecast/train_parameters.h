/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TRAIN_PARAMETERS_H
#define CAUSEWAY_TRAIN_PARAMETERS_H

#include "causeway/parameters.h"

#include "forecast_model.h"

/* Parameters of several types of forecasters: rows for the tables of a ForecasterType, each with the default of the type. */

/* Parameters of the shape, which begins with a ModelShape. */

#define TRAIN_CONTEXT(value)                                                                       \
  {                                                                                                \
    .key = "train_context", .kind = PARAMETER_INTEGER, .unit = "samples", .standard = (value),     \
    .low = 1, .high = CONTEXT_MOST, .text = "Number of past samples the model sees",               \
    PARAMETER_MEMBER(ModelShape, context)                                                          \
  }

/* note: remark of the type, or "" */
#define TRAIN_HORIZON(value, note)                                                                 \
  {                                                                                                \
    .key = "train_horizon", .kind = PARAMETER_INTEGER, .unit = "samples", .standard = (value),     \
    .low = 1, .high = CONTEXT_MOST, .text = "Number of samples the model forecasts" note,          \
    PARAMETER_MEMBER(ModelShape, horizon)                                                          \
  }

#define TRAIN_WIDTH(value)                                                                         \
  {                                                                                                \
    .key = "train_width", .kind = PARAMETER_INTEGER, .unit = "1", .standard = (value), .low = 1,   \
    .high = 65536, .text = "Number of channels of a token", PARAMETER_MEMBER(ModelShape, width)    \
  }

#define TRAIN_HEADS(value)                                                                         \
  {                                                                                                \
    .key = "train_heads", .kind = PARAMETER_INTEGER, .unit = "1", .standard = (value), .low = 1,   \
    .high = 1024, .text = "Number of heads of each attention layer",                               \
    PARAMETER_MEMBER(ModelShape, heads)                                                            \
  }

#define TRAIN_HEAD_WIDTH(value)                                                                    \
  {                                                                                                \
    .key = "train_head_width", .kind = PARAMETER_INTEGER, .unit = "1", .standard = (value),        \
    .low = 1, .high = HEAD_WIDTH_MOST, .text = "Number of channels of a head",                     \
    PARAMETER_MEMBER(ModelShape, head_width)                                                       \
  }

#define TRAIN_HIDDEN(value)                                                                        \
  {                                                                                                \
    .key = "train_hidden", .kind = PARAMETER_INTEGER, .unit = "1", .standard = (value), .low = 1,  \
    .high = 1 << 20, .text = "Number of channels inside a feed-forward layer",                     \
    PARAMETER_MEMBER(ModelShape, hidden)                                                           \
  }

/* losses: words of the type, LossWords or words that begin with LOSS_WORDS */
#define TRAIN_LOSS(value, losses)                                                                  \
  {                                                                                                \
    .key = "train_loss", .kind = PARAMETER_CHOICE, .standard = (value), .words = (losses),         \
    .text = "Loss that training minimises", PARAMETER_MEMBER(ModelShape, loss)                     \
  }

#define TRAIN_DROPOUT(value)                                                                       \
  {                                                                                                \
    .key = "train_dropout", .kind = PARAMETER_REAL, .unit = "1", .standard = (value),              \
    .high = 0.95, .text = "Fraction of the channels dropped in training",                          \
    PARAMETER_MEMBER(ModelShape, dropout)                                                          \
  }

/* Parameters of the training, a TrainingPlan. */

#define TRAIN_MEMBERS(value)                                                                       \
  {                                                                                                \
    .key = "train_members", .kind = PARAMETER_INTEGER, .unit = "1", .standard = (value), .low = 1, \
    .high = 65535, .text = "Number of models in the ensemble, each with its own initial weights",  \
    .priority = 6, PARAMETER_MEMBER(TrainingPlan, n_members)                                       \
  }

#define TRAIN_BATCH(value)                                                                         \
  {                                                                                                \
    .key = "train_batch", .kind = PARAMETER_INTEGER, .unit = "windows", .standard = (value),       \
    .low = 1, .high = 1 << 20, .text = "Number of windows in an optimiser step",                   \
    PARAMETER_MEMBER(TrainingPlan, batch_size)                                                     \
  }

#define TRAIN_EPOCHS(value)                                                                        \
  {                                                                                                \
    .key = "train_epochs", .kind = PARAMETER_INTEGER, .unit = "1", .standard = (value), .low = 1,  \
    .high = 1000000, .text = "Largest number of passes over the training windows",                 \
    .effect = PARAMETER_EXTENT, .priority = 5, PARAMETER_MEMBER(TrainingPlan, n_epochs)            \
  }

#define TRAIN_PATIENCE(value)                                                                      \
  {                                                                                                \
    .key = "train_patience", .kind = PARAMETER_INTEGER, .unit = "epochs", .standard = (value),     \
    .low = 1, .high = 1000000,                                                                     \
    .text = "Number of epochs without a lower validation loss before stopping early",              \
    PARAMETER_MEMBER(TrainingPlan, patience)                                                       \
  }

#define TRAIN_RATE(value)                                                                          \
  {                                                                                                \
    .key = "train_rate", .kind = PARAMETER_REAL, .unit = "1", .standard = (value), .high = 1e6,    \
    .text = "Learning rate of AdamW; the highest one of the schedule onecycle",                    \
    PARAMETER_MEMBER(TrainingPlan, optimizer.rate)                                                 \
  }

#define TRAIN_DECAY(value)                                                                         \
  {                                                                                                \
    .key = "train_decay", .kind = PARAMETER_REAL, .unit = "1", .standard = (value), .high = 1e6,   \
    .text = "Weight decay of AdamW", PARAMETER_MEMBER(TrainingPlan, optimizer.decay)               \
  }

#define TRAIN_SCHEDULE(value)                                                                      \
  {                                                                                                \
    .key = "train_schedule", .kind = PARAMETER_CHOICE, .standard = (value),                        \
    .words = ScheduleWords, .text = "Learning rate over the training",                             \
    PARAMETER_MEMBER(TrainingPlan, optimizer.schedule)                                             \
  }

#define TRAIN_CLIP(value)                                                                          \
  {                                                                                                \
    .key = "train_clip", .kind = PARAMETER_REAL, .unit = "1", .standard = (value), .high = 1e12,   \
    .text = "Largest norm of the gradient, to which a larger one is scaled down; 0 for no limit",  \
    PARAMETER_MEMBER(TrainingPlan, optimizer.clip)                                                 \
  }

#endif
