#!/usr/bin/env bash
# What the program writes as JSON, and what a person writes for it, is as the schemas of data/ say.
#   MS_SOURCE_DIR=source MS_DOCS_FIXTURE=folder schemas.sh
set -euo pipefail
if ! command -v jsonschema >/dev/null; then
    echo "skipped: the command jsonschema is not installed (Debian: python3-jsonschema)"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
study=$MS_DOCS_FIXTURE/my-study data=$MS_SOURCE_DIR/data
holds() { # SCHEMA FILE...
    local schema=$1 file
    shift
    for file; do jsonschema -i "$file" "$data/$schema.schema.json" 2>"$work/log" || { cat "$work/log" >&2; echo "$file is not as $schema.schema.json says" >&2; exit 1; }; done
}
holds measurements "$study"/cases/SYN-000[1-3]/measurements.json "$data"/sample/expected/sample-1/measurements.json
holds case "$study"/cases/SYN-000[1-3]/done.json
holds done "$study/done.json"
holds study "$study/study.json"
holds definitions "$data/definitions.json"
holds norms "$data/norms.json"
sed 's/"slice_index"/"slice"/' "$study/cases/SYN-0001/measurements.json" >"$work/bad.json"
! jsonschema -i "$work/bad.json" "$data/measurements.schema.json" >"$work/log" 2>&1 || { echo "a false measurements.json is let pass" >&2; exit 1; }
