#!/usr/bin/env bash
# Every link of the manual leads somewhere: to a file of the project, and to a heading of it where it names one. Every
# page is named in the index, docs/README.md.
#   MS_SOURCE_DIR=source links.sh
set -euo pipefail
cd "$MS_SOURCE_DIR"
failures=0
failed() {
    echo "$*"
    failures=$((failures + 1))
}
# headings FILE: their anchors, as GitHub makes them
headings() {
    awk '/^```/ { code = !code } !code && /^#+ / { sub(/^#+ /, ""); print tolower($0) }' "$1" |
        sed -e 's/[^a-z0-9 _-]//g' -e 's/ /-/g'
}
for page in README.md docs/*.md docs/dev/*.md; do
    while read -r link; do
        [ -n "$link" ] || continue
        file=${link%%#*}
        target=$page
        [ -z "$file" ] || target=$(dirname "$page")/$file
        if [ ! -e "$target" ]; then
            failed "$page: $link: no such file"
        elif [[ "$link" == *#* ]] && ! headings "$target" | grep -xF -- "${link#*#}" >/dev/null; then
            failed "$page: $link: no such heading"
        fi
    done < <(awk '/^```/ { code = !code } !code' "$page" | grep -oE '\]\([^) ]+\)' | sed -e 's/^](//' -e 's/)$//' | grep -v '^[a-z]*:' || true)
done
for page in docs/*.md; do
    [ "$page" = docs/README.md ] || grep -qF "(${page#docs/})" docs/README.md || failed "docs/README.md does not name $page"
done
[ "$failures" -eq 0 ]
