/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The shape of a model as attributes of its group in a file. */
#include "forecaster_impl.h"

#include "causeway/error.h"

#include <stddef.h>
#include <string.h>

const char *const NormNames[] = {"batch", "layer", "none", NULL};
const char *const EncoderNames[] = {"none", "full", NULL};
const char *const LossNames[] = {"mse", "poisson", "bce", "hurdle", NULL};
const char *const EventsNames[] = {"none", "flag", NULL};
const char *const PairBiasNames[] = {"none", "full", NULL};
const char *const QueriesNames[] = {"identity", "content", NULL};

/* Entries of the shape that are parameters too; those with words are choices. */
static const struct {
  const char *name, *key;
  size_t offset;
  const char *const *words;
} entries[] = {
    {"context", "train_context", offsetof(ModelShape, context), NULL},
    {"horizon", "train_horizon", offsetof(ModelShape, horizon), NULL},
    {"width", "train_width", offsetof(ModelShape, width), NULL},
    {"heads", "train_heads", offsetof(ModelShape, heads), NULL},
    {"head_width", "train_head_width", offsetof(ModelShape, head_width), NULL},
    {"hidden", "train_hidden", offsetof(ModelShape, hidden), NULL},
    {"encoder_layers", "train_encoder_layers", offsetof(ModelShape, encoder_layers), NULL},
    {"decoder_layers", "train_decoder_layers", offsetof(ModelShape, decoder_layers), NULL},
    {"key_width", "train_key_width", offsetof(ModelShape, key_width), NULL},
    {"source_lags", "train_source_lags", offsetof(ModelShape, source_lags), NULL},
    {"events", "train_events", offsetof(ModelShape, events), EventsNames},
    {"pair_bias", "train_pair_bias", offsetof(ModelShape, pair_bias), PairBiasNames},
    {"queries", "train_queries", offsetof(ModelShape, queries), QueriesNames},
    {"norm", "train_norm", offsetof(ModelShape, norm), NormNames},
    {"encoder_attention", "train_encoder_attention", offsetof(ModelShape, encoder), EncoderNames},
    {"loss", "train_loss", offsetof(ModelShape, loss), LossNames}};

static int *entry_of(ModelShape *shape, size_t k)
{
  return (int *)((char *)shape + entries[k].offset);
}

PetscErrorCode ShapeRemember(Forecaster f, Parameters p)
{
  PetscBool set;

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(entries); k++) {
    PetscCall(ParametersIsSet(p, entries[k].key, &set));
    f->given |= (uint64_t)(set ? 1 : 0) << k;
  }
  PetscFunctionReturn(0);
}

void ShapeReset(Forecaster f)
{
  ModelShape before = f->shape;

  f->shape = f->type->shape;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(entries); k++) {
    if ((f->given >> k) & 1) {
      *entry_of(&f->shape, k) = *entry_of(&before, k);
    }
  }
}

PetscErrorCode ShapeWrite(Forecaster f, DataFile file, const char *group)
{
  ModelShape copy = f->shape;

  PetscFunctionBegin;
  PetscCall(DataFileSetString(file, group, "forecaster", f->type->name));
  PetscCall(DataFileSetInteger(file, group, "neurons", copy.n_neurons));
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(entries); k++) {
    const int value = *entry_of(&copy, k);

    if (entries[k].words) {
      PetscCall(DataFileSetString(file, group, entries[k].name, entries[k].words[value]));
    } else {
      PetscCall(DataFileSetInteger(file, group, entries[k].name, value));
    }
  }
  PetscCall(DataFileSetReal(file, group, "dropout", copy.dropout));
  PetscFunctionReturn(0);
}

/* The value of an entry in the file; `found` false when it has none. */
static PetscErrorCode read_entry(DataFile file, const char *group, size_t k, int *value,
                                 PetscBool *found)
{
  char word[64];
  double number;

  PetscFunctionBegin;
  if (!entries[k].words) {
    PetscCall(DataFileGetReal(file, group, entries[k].name, &number, found));
    *value = *found ? (int)number : 0;
    UserCheck(!*found || (number >= 0 && number <= 1 << 20), "%s:%s: has %s = %g, which is none",
              DataFileName(file), group, entries[k].name, number);
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileGetString(file, group, entries[k].name, sizeof(word), word, found));
  if (*found) {
    for (*value = 0; entries[k].words[*value]; (*value)++) {
      if (!strcmp(entries[k].words[*value], word)) {
        PetscFunctionReturn(0);
      }
    }
    UserCheck(PETSC_FALSE, "%s:%s: has %s = %s, which this version does not know",
              DataFileName(file), group, entries[k].name, word);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ShapeRead(Forecaster f, DataFile file, const char *group)
{
  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(entries); k++) {
    int *entry = entry_of(&f->shape, k), value = 0;
    PetscBool found;

    PetscCall(read_entry(file, group, k, &value, &found));
    UserCheck(!found || value == *entry || !((f->given >> k) & 1),
              "%s: the model %s of %s has another %s; leave the parameter out", entries[k].key,
              group, DataFileName(file), entries[k].name);
    *entry = found ? value : *entry;
  }
  UserCheck(f->shape.context <= CONTEXT_MOST && f->shape.head_width <= HEAD_WIDTH_MOST,
            "%s:%s: has context %d and head_width %d, beyond what this version holds (%d and %d)",
            DataFileName(file), group, f->shape.context, f->shape.head_width, CONTEXT_MOST,
            HEAD_WIDTH_MOST);
  PetscFunctionReturn(0);
}
