/* SPDX-License-Identifier: GPL-3.0-or-later */

/* First bytes of the file formats of other programs. */
#include "causeway/internal/io/magic.h"

#include <string.h>

static const char neuro[] = "convert it to NWB, for example with neuroconv";
static const char table[] = "save the table as CSV in UTF-8";
static const char unpack[] = "unpack it first";
static const char picture[] =
    "extract the traces of the cells first, for example with suite2p or CaImAn";
static const char arrays[] = "write the values as .npy, CSV or HDF5";
static const char page[] = "download the data again: the server sent a web page instead";

/* First bytes at one or two offsets; longer patterns precede their own beginnings. */
static const struct {
  size_t at;
  const char *bytes;
  size_t length;
  size_t then_at;
  const char *then; /* or NULL */
  ForeignFormat format;
} formats[] = {
#define MAGIC(at, bytes)                 at, bytes, sizeof(bytes) - 1, 0, NULL
#define MAGIC2(at, bytes, then_at, then) at, bytes, sizeof(bytes) - 1, then_at, then
    {MAGIC2(0, "PK\3\4", 30, "[Content_Types].xml"),
     {"an Excel workbook (.xlsx)", table, PETSC_FALSE}},
    {MAGIC2(0, "PK\3\4", 30, "_rels/"), {"an Excel workbook (.xlsx)", table, PETSC_FALSE}},
    {MAGIC2(0, "PK\3\4", 30, "xl/"), {"an Excel workbook (.xlsx)", table, PETSC_FALSE}},
    {MAGIC2(0, "PK\3\4", 30, "docProps/"), {"an Excel workbook (.xlsx)", table, PETSC_FALSE}},
    {MAGIC2(0, "PK\3\4", 30, "mimetypeapplication/vnd.oasis"),
     {"an OpenDocument sheet", table, PETSC_FALSE}},
    {MAGIC(0, "PK\3\4"), {"a zip archive", unpack, PETSC_FALSE}},
    {MAGIC(0, "PK\5\6"), {"an empty zip archive", unpack, PETSC_FALSE}},
    {MAGIC(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
     {"an old Excel workbook (.xls)", table, PETSC_FALSE}},
    {MAGIC(0, "MATLAB 5.0 MAT-file"),
     {"a MATLAB file of version 5", "save it with save('name.mat', ..., '-v7.3')", PETSC_FALSE}},
    {MAGIC(0, "PAR1"), {"a Parquet table", table, PETSC_FALSE}},
    {MAGIC(0, "ARROW1"), {"an Arrow (Feather) table", table, PETSC_FALSE}},
    {MAGIC(0, "FEA1"), {"a Feather table", table, PETSC_FALSE}},
    {MAGIC(0, "ORC"), {"an ORC table", table, PETSC_FALSE}},
    {MAGIC(0, "SQLite format 3"), {"an SQLite database", table, PETSC_FALSE}},
    {MAGIC(0, "RDX"), {"a file of R", "write the table with write.csv()", PETSC_FALSE}},
    {MAGIC(0, "RDA"), {"a file of R", "write the table with write.csv()", PETSC_FALSE}},
    {MAGIC(0, "X\n\0\0"), {"a file of R (.rds)", "write the table with write.csv()", PETSC_FALSE}},
    {MAGIC(0, "\x80\2"), {"a pickle of Python", arrays, PETSC_FALSE}},
    {MAGIC(0, "\x80\3"), {"a pickle of Python", arrays, PETSC_FALSE}},
    {MAGIC(0, "\x80\4\x95"), {"a pickle of Python", arrays, PETSC_FALSE}},
    {MAGIC(0, "\x80\5\x95"), {"a pickle of Python", arrays, PETSC_FALSE}},
    {MAGIC2(0, "0       ", 170, "."), {"an EDF recording", neuro, PETSC_TRUE}},
    {MAGIC(0, "\xff"
              "BIOSEMI"),
     {"a BDF recording (BioSemi)", neuro, PETSC_FALSE}},
    {MAGIC(0, "GDF 1."), {"a GDF recording (BioSig)", neuro, PETSC_FALSE}},
    {MAGIC(0, "GDF 2."), {"a GDF recording (BioSig)", neuro, PETSC_FALSE}},
    {MAGIC(0, "PLEX"), {"a Plexon recording (.plx)", neuro, PETSC_FALSE}},
    {MAGIC(0, "NEURALEV"), {"a Blackrock file of events (.nev)", neuro, PETSC_FALSE}},
    {MAGIC(0, "BREVENTS"), {"a Blackrock file of events (.nev)", neuro, PETSC_FALSE}},
    {MAGIC(0, "NEURALSG"), {"a Blackrock recording (.nsx)", neuro, PETSC_FALSE}},
    {MAGIC(0, "NEURALCD"), {"a Blackrock recording (.nsx)", neuro, PETSC_FALSE}},
    {MAGIC(0, "BRSMPGRP"), {"a Blackrock recording (.nsx)", neuro, PETSC_FALSE}},
    {MAGIC(0, "ABF "), {"an Axon recording (.abf)", neuro, PETSC_FALSE}},
    {MAGIC(0, "ABF2"), {"an Axon recording (.abf)", neuro, PETSC_FALSE}},
    {MAGIC(2, "(C) CED 87"), {"a Spike2 recording (.smr)", neuro, PETSC_FALSE}},
    {MAGIC(0, "S64"), {"a Spike2 recording (.smrx)", neuro, PETSC_FALSE}},
    {MAGIC(0, "\2\x27\x91\xc6"), {"an Intan recording (.rhd)", neuro, PETSC_FALSE}},
    {MAGIC(0, "\xac\x27\x91\xd6"), {"an Intan recording (.rhs)", neuro, PETSC_FALSE}},
    {MAGIC(0, "######## Neuralynx"), {"a Neuralynx recording", neuro, PETSC_TRUE}},
    {MAGIC(0, "MCSSTRM "), {"a recording of Multi Channel Systems (.mcd)", neuro, PETSC_FALSE}},
    {MAGIC(0, "header.format = "), {"an Open Ephys recording (.continuous)", neuro, PETSC_TRUE}},
    {MAGIC(0, "Brain Vision"), {"a header of BrainVision", neuro, PETSC_TRUE}},
    {MAGIC(0, "BrainVision"), {"a header of BrainVision", neuro, PETSC_TRUE}},
    {MAGIC(0, "II*\0"), {"a TIFF image", picture, PETSC_FALSE}},
    {MAGIC(0, "MM\0*"), {"a TIFF image", picture, PETSC_FALSE}},
    {MAGIC(0, "II+\0"), {"a TIFF image", picture, PETSC_FALSE}},
    {MAGIC(0, "MM\0+"), {"a TIFF image", picture, PETSC_FALSE}},
    {MAGIC(0, "\x89PNG"), {"a PNG image", picture, PETSC_FALSE}},
    {MAGIC(0, "\xff\xd8\xff"), {"a JPEG image", picture, PETSC_FALSE}},
    {MAGIC2(0, "RIFF", 8, "AVI "), {"an AVI film", picture, PETSC_FALSE}},
    {MAGIC2(0, "RIFF", 8, "WAVE"), {"a WAV recording", arrays, PETSC_FALSE}},
    {MAGIC(344, "n+1\0"), {"a NIfTI image", arrays, PETSC_FALSE}},
    {MAGIC(128, "DICM"), {"a DICOM image", arrays, PETSC_FALSE}},
    {MAGIC(0, "SIMPLE  ="), {"a FITS file", arrays, PETSC_TRUE}},
    {MAGIC(0, "CDF\1"),
     {"a netCDF file of version 3", "convert it with nccopy -k netCDF-4", PETSC_FALSE}},
    {MAGIC(0, "CDF\2"),
     {"a netCDF file of version 3", "convert it with nccopy -k netCDF-4", PETSC_FALSE}},
    {MAGIC(0, "CDF\5"),
     {"a netCDF file of version 3", "convert it with nccopy -k netCDF-4", PETSC_FALSE}},
    {MAGIC(0, "\x0e\3\x13\1"), {"an HDF4 file", "convert it to HDF5 with h4toh5", PETSC_FALSE}},
    {MAGIC(0, "%PDF"), {"a PDF document", arrays, PETSC_TRUE}},
    {MAGIC(0, "BZh"), {"packed by bzip2", unpack, PETSC_FALSE}},
    {MAGIC(0, "\xfd"
              "7zXZ"),
     {"packed by xz", unpack, PETSC_FALSE}},
    {MAGIC(0, "\x28\xb5\x2f\xfd"), {"packed by zstd", unpack, PETSC_FALSE}},
    {MAGIC(0, "\4\"M\x18"), {"packed by lz4", unpack, PETSC_FALSE}},
    {MAGIC(0, "7z\xbc\xaf"), {"a 7-zip archive", unpack, PETSC_FALSE}},
    {MAGIC(257, "ustar"), {"a tar archive", unpack, PETSC_FALSE}},
    {MAGIC(0, "version https://git-lfs"),
     {"a pointer of Git LFS, not the data", "fetch the data with git lfs pull", PETSC_TRUE}},
    {MAGIC(0, "/annex/objects/"),
     {"a pointer of git-annex, not the data", "fetch the data with datalad get", PETSC_TRUE}},
    {MAGIC(0, "<!DOCTYPE"), {"a page in HTML", page, PETSC_TRUE}},
    {MAGIC(0, "<!doctype"), {"a page in HTML", page, PETSC_TRUE}},
    {MAGIC(0, "<html"), {"a page in HTML", page, PETSC_TRUE}},
    {MAGIC(0, "<HTML"), {"a page in HTML", page, PETSC_TRUE}},
    {MAGIC(0, "<?xml"), {"a file in XML", arrays, PETSC_TRUE}},
    {MAGIC(0, "{"), {"a file in JSON, or something like it", arrays, PETSC_TRUE}},
#undef MAGIC
#undef MAGIC2
};

static PetscBool has(size_t n, const unsigned char bytes[], size_t at, const char *wanted,
                     size_t length)
{
  return n >= at + length && !memcmp(bytes + at, wanted, length) ? PETSC_TRUE : PETSC_FALSE;
}

const ForeignFormat *ForeignFormatFind(size_t n, const unsigned char bytes[], PetscBool is_text)
{
  for (size_t k = 0; k < sizeof(formats) / sizeof(formats[0]); k++) {
    if ((!is_text || formats[k].format.is_text) &&
        has(n, bytes, formats[k].at, formats[k].bytes, formats[k].length) &&
        (!formats[k].then ||
         has(n, bytes, formats[k].then_at, formats[k].then, strlen(formats[k].then)))) {
      return &formats[k].format;
    }
  }
  return NULL;
}
