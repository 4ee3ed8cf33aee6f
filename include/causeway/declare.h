/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_DECLARE_H
#define CAUSEWAY_DECLARE_H

/* Enclose the declarations of a public header. They give C linkage in C++ and make the names visible in the shared
   library, which hides all other names. */
#ifdef __cplusplus
#define CAUSEWAY_BEGIN_DECLARATIONS                                                                \
  extern "C" {                                                                                     \
  _Pragma("GCC visibility push(default)")
#define CAUSEWAY_END_DECLARATIONS                                                                  \
  _Pragma("GCC visibility pop")                                                                    \
  }
#else
#define CAUSEWAY_BEGIN_DECLARATIONS _Pragma("GCC visibility push(default)")
#define CAUSEWAY_END_DECLARATIONS   _Pragma("GCC visibility pop")
#endif

#endif
