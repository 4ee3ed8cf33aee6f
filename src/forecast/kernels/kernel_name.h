/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_KERNEL_NAME_H
#define CAUSEWAY_KERNEL_NAME_H

/* A kernel source is compiled once for each instruction set, with CAUSEWAY_KERNEL_ISA its name. */
#ifndef CAUSEWAY_KERNEL_ISA
#define CAUSEWAY_KERNEL_ISA portable
#endif
#define KERNEL_JOIN(name, isa)   name##_##isa
#define KERNEL_EXPAND(name, isa) KERNEL_JOIN(name, isa)
#define KERNEL_NAME(name)        KERNEL_EXPAND(name, CAUSEWAY_KERNEL_ISA)

#endif
