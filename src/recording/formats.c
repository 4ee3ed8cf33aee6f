/* SPDX-License-Identifier: GPL-3.0-or-later */

/* All file formats, in the order in which a file is checked for them. */
#include "recording_impl.h"

/* A line for each format; HDF5, the first, is known to others. */
#define FORMATS(format) format(FormatNpy) format(FormatNpz) format(FormatText)

#define DECLARE(format) extern const FileFormat format;
#define LIST(format)    &(format),
FORMATS(DECLARE)
static const FileFormat *const formats[] = {&FormatHdf5, FORMATS(LIST)};

const FileFormat *RecordingFileFormat(int k)
{
  return k < (int)PETSC_STATIC_ARRAY_LENGTH(formats) ? formats[k] : NULL;
}
