#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Rooms of src/ include only what lies below them, and no header includes itself by a way round.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../app/common.sh"
require python3

python3 "$CAUSEWAY_SOURCE/tests/house/includes.py" "$CAUSEWAY_SOURCE" >"$scratch/rooms.dot" 2>"$scratch/faults" ||
  fail "$(cat "$scratch/faults")"
echo "$(grep -c -- '->' "$scratch/rooms.dot") arrows between rooms, none upwards"
