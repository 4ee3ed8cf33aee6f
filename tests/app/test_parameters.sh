#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# inputs/parameter_reference.yaml documents every parameter that the program accepts, with its default,
# and nothing else.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
reference=$CAUSEWAY_SOURCE/inputs/parameter_reference.yaml
cd "$work"

run_causeway 1 help
[ "$run_status" -eq 0 ] || fail "help: $(cat "$run_stderr")"
# "-key <default unit> text" becomes "key default"; "none" without a value stands commented in the file
sed -nE 's/^  -([a-z_0-9]+) +<([^ >]*)[^>]*>.*/\1 \2/p' "$run_stdout" | sort >accepted
sed -nE 's/^(# )?([a-z_0-9]+): ([^ ]*).*/\2 \3/p' "$reference" |
  sed -E 's/ FILE\.h5.*/ none/' | sort >documented
[ "$(wc -l <accepted)" -gt 25 ] || fail "help lists $(wc -l <accepted) parameters"
# the default directory is named after the input file
sed -i '/^output /d' accepted documented
diff accepted documented || fail "program (<) and reference (>) disagree"

# the reference is itself an input
run_causeway 1 run "$reference" -dry_run -output none_such
[ "$run_status" -eq 0 ] || fail "the reference is refused: $(cat "$run_stderr")"
echo "$(wc -l <accepted) parameters documented"
