#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Random changes of every kind of input (fuzz.py says which, and what must hold of each). CAUSEWAY_FUZZ is their number for
# each kind; the program should be one with sanitizers (-DCAUSEWAY_SANITIZE=ON).
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../app/common.sh"
require h5repack h5dump python3
find_python h5py || skip "no Python with h5py"

kept=${CAUSEWAY_FUZZ_FOLDER:-$scratch/fuzz}
mkdir -p "$kept"
"$python" "$CAUSEWAY_SOURCE/tests/fuzz/fuzz.py" "$CAUSEWAY" "$kept" -n "${CAUSEWAY_FUZZ:-300}" -seed "${CAUSEWAY_SEED:-1}"
