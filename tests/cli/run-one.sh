#!/usr/bin/env bash
# Runs one tests/cli script in an empty folder that is removed afterwards; the script's status is the test's.
set -euo pipefail
script=$(readlink -f "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
bash -euo pipefail "$script"
