#!/usr/bin/env bash
# Installs what is needed, builds with warnings as errors, and runs all tests: unit and whole-command tests, the same
# under the sanitizers (--quick leaves those out), clang's warnings, format and lint.
set -euo pipefail
cd "$(dirname "$0")/.."
quick=false
[ "${1-}" = --quick ] && quick=true

step() { printf '\n== %s (%d s)\n' "$*" "$SECONDS"; }

step "install"
scripts/install-deps.sh --test
step "build with gcc"
scripts/build.sh dev
step "tests"
ctest --preset dev -j "$(nproc)"
if ! $quick; then
    step "build with clang"
    scripts/build.sh clang
    step "format and lint"
    scripts/lint.sh
    step "tests under AddressSanitizer and UBSan"
    scripts/build.sh asan
    ctest --preset asan -j "$(nproc)"
    step "tests under ThreadSanitizer"
    scripts/build.sh tsan
    ctest --preset tsan -j "$(nproc)" -L "base|phantom|radiomics|survival|fault"
    # Of the others those that work in parallel; libtorch and Pango's own thread are not built to be watched.
    ctest --preset tsan -j "$(nproc)" \
        -R '^(model/test_(train|predict|explain_.*|checkpoint|autoencoder|steps|file|batch)|study/test_(feature_cases|crossval))$'
    step "fuzz targets, a few seconds each"
    scripts/build.sh fuzz
    tests/fuzz/run.sh 5
fi
step "all tests passed"
