/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_VECTORS_H
#define CAUSEWAY_VECTORS_H

/* Stands before a function that is compiled once for each instruction set; the program calls the best version that the machine
   can run. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define CAUSEWAY_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CAUSEWAY_CLONES
#endif

/* Consecutive numbers at any address, as GCC and Clang offer them on every processor. */
enum { VECTOR = 8 };
typedef double Vector
    __attribute__((vector_size(VECTOR * sizeof(double)), aligned(sizeof(double)), may_alias));

#endif
