#!/usr/bin/env bash
# The tables of a study are as docs/tables.md says: every table has a section, every section is a table of the study
# made by prepare.sh, every column of it is in the section, and every column of the section is there.
#   MS_SOURCE_DIR=source MS_DOCS_FIXTURE=folder columns.sh [PAGE.md]
set -euo pipefail
page=${1:-$MS_SOURCE_DIR/docs/tables.md}
study=$MS_DOCS_FIXTURE/my-study
failures=0
failed() {
    echo "$*"
    failures=$((failures + 1))
}
# documented FILE: the columns of its section, one a line, as shell patterns: words in capitals stand for any text
documented() {
    awk -v name="\`$1\`" '/^## / { on = index($0, name) > 0 } on && /^\| `/ { split($0, cell, "|"); print cell[2] }' "$page" |
        grep -o '`[^`]*`' | tr -d '`' | sed -e 's/[A-Z]\{4,\}/*/g'
}
for table in "$study"/tables/*.csv "$study"/model/*_history.csv; do
    name=${table##*/}
    [[ "$table" != */model/* ]] || name=model/ENDPOINT_history.csv
    mapfile -t patterns < <(documented "$name")
    [ ${#patterns[@]} -gt 0 ] || { failed "$name: has no section"; continue; }
    mapfile -t columns < <(head -n 1 "$table" | tr -d '\r' | tr ',' '\n')
    for column in "${columns[@]}"; do
        found=false
        # shellcheck disable=SC2053
        for pattern in "${patterns[@]}"; do [[ "$column" != $pattern ]] || { found=true; break; }; done
        $found || failed "$name: column $column is not documented"
    done
    for pattern in "${patterns[@]}"; do
        found=false
        # shellcheck disable=SC2053
        for column in "${columns[@]}"; do [[ "$column" != $pattern ]] || { found=true; break; }; done
        $found || failed "$name: the page has a column $pattern, the table not"
    done
done
for name in $(sed -n '/^## /s/[^`]*`\([^`]*\.csv\)`[^`]*/\1 /gp' "$page"); do
    [[ "$name" == model/* ]] || [ -e "$study/tables/$name" ] || failed "$name: the page has it, the study not"
done
echo "$(find "$study/tables" -name '*.csv' | wc -l) tables held to ${page##*/}, $failures failed"
[ "$failures" -eq 0 ]
