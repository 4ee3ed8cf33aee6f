#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The man page has every parameter and no mistake of roff; the completion completes commands, keys and values.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$work"

run_causeway 1 help -man
[ "$run_status" -eq 0 ] || fail "help -man: $(cat "$run_stderr")"
cp "$run_stdout" causeway.1
for section in NAME SYNOPSIS DESCRIPTION COMMANDS OPTIONS "EXIT STATUS" ENVIRONMENT FILES EXAMPLES; do
  grep -qx ".SH \"$section\"" causeway.1 || fail "no section $section"
done
if command -v groff >/dev/null; then
  groff -man -Tutf8 -ww causeway.1 >page 2>warnings || fail "groff: $(cat warnings)"
  [ ! -s warnings ] || fail "groff warns: $(cat warnings)"
fi
if command -v mandoc >/dev/null; then
  # a version stands in place of a date
  mandoc -T lint -W warning causeway.1 2>&1 | grep -v 'missing date' >warnings || true
  [ ! -s warnings ] || fail "mandoc warns: $(cat warnings)"
fi
if man --version >/dev/null 2>&1; then
  MANWIDTH=80 man --warnings -l causeway.1 2>warnings >/dev/null || fail "man: $(cat warnings)"
  [ ! -s warnings ] || fail "man warns: $(cat warnings)"
fi
sed -nE 's/^(# )?([a-z_0-9]+):( .*)?$/\2/p' "$CAUSEWAY_SOURCE/inputs/parameter_reference.yaml" | sort >documented
sed -nE 's/^\\fB\\-([a-z_0-9]+)\\fR.*/\1/p' causeway.1 | sort >listed
diff documented listed || fail "reference (<) and man page (>) disagree"

run_causeway 1 help -completion bash
[ "$run_status" -eq 0 ] || fail "help -completion: $(cat "$run_stderr")"
cp "$run_stdout" completion.sh
command -v shellcheck >/dev/null && { shellcheck completion.sh || fail "shellcheck"; }
# shellcheck source=/dev/null
. ./completion.sh

completes() { # EXPECTED WORD...: the last word is being typed
  COMP_WORDS=("${@:2}")
  COMP_CWORD=$(($# - 2))
  COMPREPLY=()
  _causeway
  [ "${COMPREPLY[*]}" = "$1" ] || fail "${*:2}: completes to '${COMPREPLY[*]}' instead of '$1'"
}

touch here.yaml
completes run causeway ru
completes "-granger_estimator" causeway run -granger_est
completes "auto neuron_time time_neuron" causeway run in.yaml -activity_layout ""
completes "true" causeway run -overwrite t
completes "here.yaml" causeway run h
completes "here.yaml" causeway granger -activity her
completes "plan run status collect report" causeway sweep ""
completes "-entries" causeway sweep run dir -e
completes "-select" causeway export file -sel
completes "csv graphml npy" causeway export file -format ""
completes "here.yaml" causeway export file -output h
completes "forecast" causeway help fo
completes "-completion" causeway help -c

run_causeway 1 help granger
[ "$run_status" -eq 0 ] || fail "help granger: $(cat "$run_stderr")"
[ "$(grep -c -- '^  -' "$run_stdout")" -eq 10 ] || fail "help granger: $(grep -- '^  -' "$run_stdout")"
grep -q -- '^  -granger_order ' "$run_stdout" || fail "help granger: no order"
run_causeway 1 help granger -all
grep -q -- '^  -granger_bootstrap_block ' "$run_stdout" || fail "help granger -all"
grep -q -- '^  -train_epochs ' "$run_stdout" && fail "help granger -all lists parameters of train"
run_causeway 1 help activity_layo
[ "$(grep -c -- '^  -' "$run_stdout")" -eq 1 ] || fail "help activity_layo"
run_causeway 1 help PERCENTILE
grep -q -- '^  -dff_percentile ' "$run_stdout" || fail "help PERCENTILE"
run_causeway 1 help lag
grep -q -- '^  -granger_order_max ' "$run_stdout" || fail "help lag: no highest order"
grep -q -- '^  -json ' "$run_stdout" && fail "help lag finds letters inside words"
run_causeway 1 help activity_noise
grep -q '<0> \[unit of the source\]' "$run_stdout" || fail "default and unit: $(cat "$run_stdout")"
run_causeway 1 help nonsense
[ "$run_status" -eq 2 ] || fail "help nonsense: status $run_status"
echo "$(wc -l <listed) parameters in the man page"
