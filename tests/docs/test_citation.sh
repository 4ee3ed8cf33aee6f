#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# CITATION.cff cites the version that is built.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../app/common.sh"

version=$(sed -nE 's/^project\(causeway VERSION ([0-9.]+).*/\1/p' "$CAUSEWAY_SOURCE/CMakeLists.txt")
[ -n "$version" ] || fail "CMakeLists.txt has no version"
grep -qx "version: $version" "$CAUSEWAY_SOURCE/CITATION.cff" || fail "CITATION.cff is not of version $version"
echo "version $version"
