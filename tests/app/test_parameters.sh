#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The reference of parameters, inputs/parameter_reference.yaml and docs/parameters.md, is what the program prints, and
# runs as it is.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
reference=$CAUSEWAY_SOURCE/inputs/parameter_reference.yaml
cd "$work"

for form in "yaml $reference" "markdown $CAUSEWAY_SOURCE/docs/parameters.md"; do
  read -r option file <<<"$form"
  run_causeway 1 help "-$option"
  [ "$run_status" -eq 0 ] || fail "help -$option: $(cat "$run_stderr")"
  diff "$file" "$run_stdout" >differences ||
    fail "$file (<) is not what the program prints (>); causeway help -$option prints it: $(cat differences)"
done

run_causeway 1 help -all
sed -nE 's/^  -([a-z_0-9]+) .*/\1/p' "$run_stdout" | sort >accepted
sed -nE 's/^(# )?([a-z_0-9]+):( .*)?$/\2/p' "$reference" | sort >documented
[ "$(wc -l <accepted)" -gt 100 ] || fail "help lists $(wc -l <accepted) parameters"
diff accepted documented || fail "help (<) and reference (>) disagree"

# the reference is itself an input, and asks for nothing in vain
run_causeway 1 run "$reference" -dry_run -output none_such
[ "$run_status" -eq 0 ] || fail "the reference is refused: $(cat "$run_stderr")"
! grep warning "$run_stdout" "$run_stderr" || fail "the reference is warned of"
echo "$(wc -l <accepted) parameters documented"
