#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every relative link of the documentation leads to a file or folder, and its anchor to a heading there; the index lists
# every page.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../app/common.sh"
cd "$CAUSEWAY_SOURCE"

# "PAGE TARGET" for each link, outside of code
links() { # PAGE...
  awk 'FNR == 1 { inside = 0 } /^```/ { inside = !inside; next } inside { next } {
    gsub(/`[^`]*`/, "")
    while (match($0, /\]\([^) ]+/)) {
      print FILENAME, substr($0, RSTART + 2, RLENGTH - 2)
      $0 = substr($0, RSTART + RLENGTH)
    }
  }' "$@"
}

# "PAGE#ANCHOR" for each heading, as GitHub makes anchors: lower case, letters, digits, - and _ alone, - for spaces; a
# heading that occurs again in its page gets a number
headings() { # PAGE...
  awk 'FNR == 1 { inside = 0 } /^```/ { inside = !inside; next } !inside && /^#+ / {
    gsub(/^#+ +|\]\([^)]*\)/, "")
    anchor = tolower($0)
    gsub(/[^a-z0-9_ -]/, "", anchor)
    gsub(/ /, "-", anchor)
    again = seen[FILENAME, anchor]++
    print FILENAME "#" anchor (again ? "-" again : "")
  }' "$@"
}

pages=(*.md docs/*.md)
declare -A anchors
while read -r anchor; do
  anchors[$anchor]=1
done < <(headings "${pages[@]}")

n=0
while read -r page target; do
  n=$((n + 1))
  case $target in
    *://* | mailto:*) continue ;;
    '#'*) file=$page ;;
    *) file=${target%%#*} ;;
  esac
  case $page in
    docs/*) [ "$file" = "$page" ] || file=docs/$file ;;
  esac
  file=${file/#docs\/..\//}
  [ -e "$file" ] || fail "$page: the link $target leads to no file"
  [[ $target != *#* ]] || [ -n "${anchors[$file#${target#*#}]:-}" ] || fail "$page: the link $target leads to no heading"
done < <(links "${pages[@]}")
[ "$n" -ge 100 ] || fail "found $n links"

for page in docs/*.md; do
  page=${page#docs/}
  [ "$page" = README.md ] || grep -qF "]($page)" docs/README.md || fail "docs/README.md does not list $page"
done
echo "$n links"
