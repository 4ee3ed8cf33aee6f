#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# network.h5 and activity.h5 opened by libsonata, the field's own reader, with the numbers we wrote.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
find_python h5py libsonata numpy || skip "no Python with h5py, libsonata, numpy"

for ranks in 1 3; do
  run_causeway "$ranks" simulate "$CAUSEWAY_SOURCE/inputs/lu2023_n20.yaml" -output "$work/$ranks"
  [ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
  "$python" "$tests_app/check_sonata.py" "$work/$ranks" || fail "libsonata on the files of $ranks ranks"
done
