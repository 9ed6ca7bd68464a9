#!/usr/bin/env bash
# Runs one tests/cli script in an empty folder that is removed afterwards; the script's status is the test's.
set -euo pipefail
script=$(readlink -f "$1")
helpers=$(dirname "$script")/helpers.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
bash -euo pipefail -c '. "$1"; . "$2"' "$script" "$helpers" "$script"
