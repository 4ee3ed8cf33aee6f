/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_INVERSE_FORM_H
#define CAUSEWAY_INVERSE_FORM_H

/*@
  InverseForm - b' S^-1 b of a small symmetric matrix

  Not collective
  Input:  s - (n, n) lower triangle, column-major; destroyed
          b - (n); destroyed
  Output: (return value) the form; infinite where S is not positive definite
@*/
double InverseForm(int n, double *s, double *b);

#endif
