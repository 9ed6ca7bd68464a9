#!/usr/bin/env bash
# Runs the commands of one page of the manual, in the page's order, in a copy of the folder that prepare.sh made: what
# stands in blocks marked sh or console and, as whole commands, in tables. Each must end with exit status 0 (or the one
# of a line <!-- exit status N --> before it); what a console block shows below a command must be what goes to standard
# output, where ... stands for anything. A block that no test can run has a line <!-- not run: reason --> before it.
#   MYOSURV=program MS_SOURCE_DIR=source MS_DOCS_FIXTURE=folder run-page.sh PAGE.md
set -euo pipefail
page=$(readlink -f "$1")
here=$(dirname "$(readlink -f "$0")")
[ -d "$MS_DOCS_FIXTURE/my-study" ] || { echo "run-page: $MS_DOCS_FIXTURE: run prepare.sh first" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r --reflink=auto "$MS_DOCS_FIXTURE" "$work/folder"
mkdir "$work/blocks"
export PATH="$work/folder/.bin:$PATH"
cd "$work/folder"

failures=0 ran=0 left=0
failed() {
    echo "${page##*/}:$1: $2"
    failures=$((failures + 1))
}

# as_shown EXPECTED GOT: the printed text is what the page shows
as_shown() {
    local -a expected got
    local i j=0 pattern
    mapfile -t expected <"$1"
    mapfile -t got <"$2"
    while [ ${#expected[@]} -gt 0 ] && [ -z "${expected[-1]}" ]; do unset 'expected[-1]'; done
    while [ ${#got[@]} -gt 0 ] && [ -z "${got[-1]}" ]; do unset 'got[-1]'; done
    for ((i = 0; i < ${#expected[@]}; i++)); do
        if [ "${expected[i]}" = "..." ]; then
            [ $((i + 1)) -eq ${#expected[@]} ] && return 0
            i=$((i + 1))
            while ((j < ${#got[@]})) && ! alike "${expected[i]}" "${got[j]}"; do j=$((j + 1)); done
        fi
        if ((j >= ${#got[@]})) || ! alike "${expected[i]}" "${got[j]}"; then
            echo "shown:   ${expected[i]}"
            echo "printed: ${got[j]-(nothing more)}"
            return 1
        fi
        j=$((j + 1))
    done
    ((j == ${#got[@]})) || { echo "printed as well: ${got[j]}"; return 1; }
}
# alike SHOWN PRINTED: one line; blanks at its end do not count
alike() {
    local pattern=${1//\\/\\\\}
    pattern=${pattern//\*/\\*} pattern=${pattern//\?/\\?} pattern=${pattern//\[/\\[} pattern=${pattern//.../*}
    pattern=${pattern%"${pattern##*[![:space:]]}"}
    # shellcheck disable=SC2053
    [[ "${2%"${2##*[![:space:]]}"}" == $pattern ]]
}

# run FILE STATUS OUTPUT: runs a script as a reader would, standard output to OUTPUT; says why when it fails
run() {
    local got=0
    timeout 300 bash -euE -o pipefail -c 'trap '\''echo "line $LINENO: $BASH_COMMAND" >&2'\'' ERR; . "$1"' bash "$1" \
        </dev/null >"$3" 2>"$work/errors" || got=$?
    [ "$got" -eq "$2" ] || { tail -qn 5 "$3" "$work/errors"; echo "exit status $got instead of $2"; return 1; }
}

run_console() { # FILE STATUS
    local line command="" number=0 at=0
    : >"$work/shown"
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        if [[ "$command" == *\\ ]]; then
            command+=$'\n'${line#> }
        elif [[ "$line" == '$ '* ]]; then
            check_console "$command" "$2" "$at"
            command=${line#'$ '} at=$number
            : >"$work/shown"
        elif [ -n "$command" ]; then
            printf '%s\n' "$line" >>"$work/shown"
        fi
    done <"$1"
    check_console "$command" "$2" "$at"
}
check_console() { # COMMAND STATUS LINE: runs it and compares what it prints with what is shown
    [ -n "$1" ] || return 0
    local text
    printf '%s\n' "$1" >"$work/command"
    if ! text=$(run "$work/command" "$2" "$work/printed"); then
        failed "$3" "$1"$'\n'"$text"
    elif [ -s "$work/shown" ] && ! text=$(as_shown "$work/shown" "$work/printed"); then
        failed "$3" "$1"$'\n'"$text"
    fi
}

if ! awk -v OUT="$work/blocks" -f "$here/blocks.awk" "$page" >"$work/list"; then failures=1; fi
while read -r number kind line status reason; do
    if [ "$reason" != - ]; then
        echo "${page##*/}:$line: not run: $reason"
        left=$((left + 1))
        continue
    fi
    ran=$((ran + 1))
    if [ "$kind" = console ]; then
        run_console "$work/blocks/$number.$kind" "$status"
    elif ! text=$(run "$work/blocks/$number.$kind" "$status" "$work/printed"); then
        failed "$line" "$text"
    fi
done <"$work/list"
echo "${page##*/}: $ran run, $left not run, $failures failed"
[ "$failures" -eq 0 ]
