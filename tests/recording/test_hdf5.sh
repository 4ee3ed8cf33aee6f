#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Recordings in HDF5: what is read of each convention, and what is said of those that cannot be read.
# shellcheck source-path=SCRIPTDIR source=../app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../app/common.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
find_python h5py numpy || skip "no Python with h5py, numpy"
cd "$work"
for script in "$here"/test_*.py; do
  PYTHONDONTWRITEBYTECODE=1 "$python" "$script" || fail "$(basename "$script")"
done
