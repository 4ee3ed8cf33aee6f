/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PetscErrorCode LabelsCreate(int64_t n, size_t width, Labels *labels)
{
  PetscFunctionBegin;
  *labels = (Labels){n, width + 1, NULL};
  PetscCall(PetscCalloc1((size_t)n * labels->width, &labels->text));
  PetscFunctionReturn(0);
}

PetscErrorCode LabelsDestroy(Labels *labels)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(labels->text));
  *labels = (Labels){0, 0, NULL};
  PetscFunctionReturn(0);
}

PetscErrorCode LabelsSet(Labels *labels, int64_t k, const char *name)
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(labels->text + (size_t)k * labels->width, name, labels->width));
  PetscFunctionReturn(0);
}

const char *LabelsGet(const Labels *labels, int64_t k)
{
  return labels->n ? labels->text + (size_t)k * labels->width : "";
}

PetscErrorCode LabelsTake(const Labels *from, int64_t n, const int64_t index[], Labels *to)
{
  Labels taken = {0, 0, NULL};

  PetscFunctionBegin;
  if (from->n) {
    PetscCall(LabelsCreate(n, from->width - 1, &taken));
    for (int64_t k = 0; k < n; k++) {
      PetscCall(LabelsSet(&taken, k, LabelsGet(from, index ? index[k] : k)));
    }
  }
  PetscCall(LabelsDestroy(to));
  *to = taken;
  PetscFunctionReturn(0);
}

static int by_text(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

PetscErrorCode LabelsRepeated(const Labels *labels, const char **name)
{
  const char **names;

  PetscFunctionBegin;
  *name = NULL;
  PetscCall(PetscMalloc1(labels->n, &names));
  for (int64_t k = 0; k < labels->n; k++) {
    names[k] = LabelsGet(labels, k);
  }
  if (labels->n > 1) {
    qsort((void *)names, (size_t)labels->n, sizeof(*names), by_text);
  }
  for (int64_t k = 1; k < labels->n && !*name; k++) {
    *name = strcmp(names[k - 1], names[k]) ? NULL : names[k];
  }
  PetscCall(PetscFree(names));
  PetscFunctionReturn(0);
}

PetscErrorCode LabelsRead(DataFile file, const char *path, Labels *labels)
{
  PetscFunctionBegin;
  PetscCall(LabelsDestroy(labels));
  PetscCall(DataFileReadTexts(file, path, &labels->n, &labels->width, &labels->text));
  PetscFunctionReturn(0);
}

PetscErrorCode LabelsWrite(const Labels *labels, DataFile file, const char *path)
{
  PetscFunctionBegin;
  if (labels->n) {
    PetscCall(DataFileWriteTexts(file, path, labels->n, labels->width, labels->text));
  }
  PetscFunctionReturn(0);
}
