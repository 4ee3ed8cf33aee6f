#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# on_ranks.sh RANKS PROGRAM ARGUMENT...: runs a program on MPI ranks, beside other tests.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=session.sh
source "$(dirname "${BASH_SOURCE[0]}")/session.sh"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/causeway_test.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
own_session "$scratch"
"${MPIEXEC:-mpiexec}" -n "$@"
