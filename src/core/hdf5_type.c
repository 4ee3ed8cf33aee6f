/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Descriptions of datasets that do not hold numbers. */
#include "causeway/internal/core/hdf5_file.h"

#include <stdio.h>
#include <string.h>

static PetscBool is_pair(const char *a, const char *b, const char *first, const char *second)
{
  return !strcmp(a, first) && !strcmp(b, second) ? PETSC_TRUE : PETSC_FALSE;
}

/* Whether a type is a pair of real numbers, as h5py, MATLAB and others name them. */
static PetscBool is_complex(hid_t type)
{
  char *a = H5Tget_member_name(type, 0), *b = H5Tget_member_name(type, 1);
  const PetscBool found = H5Tget_nmembers(type) == 2 && a && b &&
                                  H5Tget_member_class(type, 0) == H5T_FLOAT &&
                                  H5Tget_member_class(type, 1) == H5T_FLOAT &&
                                  (is_pair(a, b, "r", "i") || is_pair(a, b, "real", "imag") ||
                                   is_pair(a, b, "re", "im"))
                              ? PETSC_TRUE
                              : PETSC_FALSE;

  (void)H5free_memory(a);
  (void)H5free_memory(b);
  return found;
}

static void tell_compound(hid_t type, size_t length, char text[])
{
  const int n = H5Tget_nmembers(type);
  size_t at;

  (void)snprintf(text, length, "a table of compound entries (");
  for (int k = 0; k < n; k++) {
    char *name = H5Tget_member_name(type, (unsigned)k);

    at = strlen(text);
    if (at + strlen(name) > length / 2) { /* leaves room for the advice */
      (void)snprintf(text + at, length - at, "%s...", k ? ", " : "");
      k = n;
    } else {
      (void)snprintf(text + at, length - at, "%s%s", k ? ", " : "", name);
    }
    (void)H5free_memory(name);
  }
  at = strlen(text);
  (void)snprintf(text + at, length - at, "); write the wanted entry as a dataset of its own");
}

void HDF5TypeRefusal(hid_t type, size_t length, char text[])
{
  const char *holds = "something else";

  switch (H5Tget_class(type)) {
  case H5T_STRING:
    holds = "text";
    break;
  case H5T_REFERENCE:
    holds = "references to other objects";
    break;
  case H5T_OPAQUE:
  case H5T_BITFIELD:
    holds = "opaque bytes";
    break;
  case H5T_VLEN:
    holds = "lists of varying length; write them one after the other with an index, as NWB does";
    break;
  case H5T_ARRAY:
    holds = "an array in each entry; write a dataset with one more dimension";
    break;
  case H5T_ENUM:
    holds = "names of an enumeration; write numbers";
    break;
  case H5T_COMPOUND:
    if (!is_complex(type)) {
      tell_compound(type, length, text);
      return;
    }
    holds = "complex numbers; write the real part, magnitude or phase";
    break;
  default:
    break;
  }
  (void)snprintf(text, length, "%s", holds);
}
