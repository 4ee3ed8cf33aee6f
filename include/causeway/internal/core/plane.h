/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_PLANE_H
#define CAUSEWAY_PLANE_H

#include <petscsys.h>
#include <stdint.h>

/* Neurons at random places of a periodic unit square, the same on every rank, sorted into the cells of a grid. */
typedef struct {
  int64_t n, cells; /* cells along a side */
  double *place;    /* (n, 2) in units of the side */
  int64_t *start;   /* (cells^2 + 1) first entry of each cell in `neuron` */
  int32_t *neuron;  /* (n) by cell, ascending within a cell */
} Plane;

/*@
  PlaneCreate - draws the places of n neurons; freed with PlaneDestroy()

  Not collective
  Cost: 28 bytes per neuron
@*/
PetscErrorCode PlaneCreate(uint32_t seed, int64_t n, Plane *plane);
PetscErrorCode PlaneDestroy(Plane *plane);

/* Periodic distance of two places; distance of a place from the nearest point of a cell. */
double PlaneDistance(const double a[2], const double b[2]);
double PlaneDistanceOfCell(const Plane *plane, const double at[2], int64_t cell);

#endif
