/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_HDF5_OBJECTS_H
#define CAUSEWAY_HDF5_OBJECTS_H

#include <hdf5.h>

/* HDF5 1.12 changed the types of traversal and of object information; the code uses only the members that both versions
   have. */
#if H5_VERSION_GE(1, 12, 0)
typedef H5O_info2_t ObjectInfo;
#define HDF5Visit(file, visit, context)                                                            \
  H5Ovisit3(file, H5_INDEX_NAME, H5_ITER_INC, visit, context, H5O_INFO_BASIC)
#else
typedef H5O_info_t ObjectInfo;
#define HDF5Visit(file, visit, context)                                                            \
  H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, visit, context, H5O_INFO_BASIC)
#endif

#endif
