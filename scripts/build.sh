#!/usr/bin/env bash
# Builds a preset (default release) into build/PRESET.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
cmake --preset "$preset" >"/tmp/myosurv-configure-$$.log" 2>&1 || { cat "/tmp/myosurv-configure-$$.log" >&2; rm -f "/tmp/myosurv-configure-$$.log"; exit 1; }
rm -f "/tmp/myosurv-configure-$$.log"
cmake --build --preset "$preset"
