/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_TRAFFIC_H
#define CAUSEWAY_TRAFFIC_H

#include <stdint.h>

/* What this rank has sent since the program began, by whatever library: calls of MPI are counted on their way. Parts
   of all-to-all exchanges are messages unless they are empty or stay on the rank; reductions, broadcasts and
   gatherings are counted by themselves, with the bytes of what the rank receives. */
typedef struct {
  int64_t messages, bytes;
  int64_t collectives, collective_bytes;
} Traffic;

Traffic TrafficCount(void);

#endif
