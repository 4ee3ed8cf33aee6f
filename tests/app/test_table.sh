#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# An option that is added to a table appears in all that is printed of options, with its words, unit and condition.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require python3
table=$(dirname "$CAUSEWAY")/app_table
[ -x "$table" ] || skip "$table is not built"
cd "$work"

expect() { # TEXT ARGUMENT...: the output has the text
  "$table" "${@:2}" >output || fail "${*:2}"
  grep -qF -- "$1" output || fail "${*:2} does not say: $1: $(cat output)"
}

for arguments in granger stripes -all; do
  expect "  -zebra_stripes                 <26> [stripes]     Number of stripes of the herd (with zebra_herd = large)" $arguments
  expect "      countless                  as many as there are" $arguments
done
expect '\fB\-zebra_stripes\fR' -man
expect 'Number of stripes of the herd [stripes]; with zebra_herd = large; default 26' -man
expect '\fBcountless\fR: as many as there are' -man
expect ' -zebra_stripes' -completion bash
expect "-zebra_stripes) echo 'countless' ;;" -completion bash
expect 'zebra_stripes: 26' -yaml
expect '#   countless: as many as there are' -yaml
# shellcheck disable=SC2016  # Markdown
expect '| `zebra_stripes` | 26 | stripes | Number of stripes of the herd; with zebra_herd = large<br>`countless`: as many as there are |' -markdown
"$table" -json >output || fail "-json"
python3 - <<'END' || fail "-json: $(cat output)"
import json
(option,) = json.load(open("output"))["parameters"]
assert option["key"] == "zebra_stripes" and option["default"] == "26" and option["unit"] == "stripes", option
assert option["choices"] == ["countless"] and option["words"][0]["text"] == "as many as there are", option
assert option["needs"] == "zebra_herd=large" and option["changes"] == "result", option
END
echo "an option of a table is in all lists of options"
