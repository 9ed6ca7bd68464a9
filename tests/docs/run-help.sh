#!/usr/bin/env bash
# Runs the example of every command's --help, in a copy of the folder that prepare.sh made: each must end with exit
# status 0. Numbers of patients, rows and repeats are made smaller, so that this takes a minute and not ten.
#   MYOSURV=program MS_SOURCE_DIR=source MS_DOCS_FIXTURE=folder run-help.sh
set -euo pipefail
# make_ready COMMAND: what its example takes from where people made it, or makes itself
make_ready() {
    case $1 in
    "phantom cohort" | "study init") rm -r sample my-study ;;
    "study merge") for machine in a b; do cp -r my-study from-machine-$machine; done ;;
    diff)
        cp cohort.csv expected.csv && cp cohort.csv found.csv && cp -r out expected && cp -r out found
        for month in march april; do ln -s my-study study-of-$month; done
        ;;
    selftest) [ ! -d "$MS_SHARED_DIR/ibsi" ] || ln -s "$(readlink -f "$MS_SHARED_DIR/ibsi")" ibsi ;;
    select) "$MYOSURV" icc reader1.csv reader2.csv --id case_id --x 'sm_*' -o icc.csv -q ;;
    coxnet) cp f.csv free.csv ;;
    esac
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$MYOSURV" --help | sed -n 's/^  \([a-z0-9]\+\( [a-z]\+\)\?\)  .*/\1/p' | sort -u >"$work/commands"
[ "$(wc -l <"$work/commands")" -gt 40 ] || { echo "run-help: the list of commands was not understood" >&2; exit 1; }
failures=0
TIMEFORMAT='%U s'
while read -r command <&3; do
    # shellcheck disable=SC2086 # "study run" is two words
    "$MYOSURV" $command --help | sed -e '1,/^Example:/d' -e 's/--patients 60/--patients 3 --matrix 96/' \
        -e 's/--rows [0-9]*/--rows 300/' -e 's/--trials 50/--trials 3/' -e 's/--bootstrap [0-9]*/--bootstrap 50/' \
        -e 's/--cv 5x2/--cv 3/' >"$work/example"
    rm -rf "$work/folder"
    cp -r --reflink=auto "$MS_DOCS_FIXTURE" "$work/folder"
    (cd "$work/folder" && make_ready "$command")
    [ "$command" != selftest ] || [ -d "$MS_SHARED_DIR/ibsi" ] || sed -i '/ibsi/d' "$work/example"
    status=0
    printf '%s ' "$command"
    time (cd "$work/folder" && PATH="$PWD/.bin:$PATH" timeout 300 bash -euE -o pipefail -c \
        'trap '\''echo "failed: $BASH_COMMAND" >&2'\'' ERR; . "$1"' bash "$work/example" </dev/null >"$work/log" 2>&1) || status=$?
    if [ "$status" -ne 0 ]; then
        echo "$command: exit status $status"
        tail -n 4 "$work/log"
        failures=$((failures + 1))
    fi
done 3<"$work/commands"
echo "help: $(wc -l <"$work/commands") examples, $failures failed"
[ "$failures" -eq 0 ]
