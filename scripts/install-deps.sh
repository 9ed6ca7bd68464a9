#!/usr/bin/env bash
# Installs what building, testing and running myosurv needs, from Debian 12's own packages and nowhere else.
#   scripts/install-deps.sh          build and run
#   scripts/install-deps.sh --package   and make a Debian package of it
#   scripts/install-deps.sh --test   and test: linters, sanitizer runtimes, a browser to open the report with
set -euo pipefail

build=(
    gcc g++ make cmake ninja-build pkg-config
    libinsighttoolkit5-dev libfftw3-dev
    libtorch-dev libopenblas0-pthread
    libgsl-dev libcjson-dev nettle-dev zlib1g-dev libyaml-dev
    libcairo2-dev libpango1.0-dev fonts-dejavu-core
)
test=(libcmocka-dev clang clang-format clang-tidy libclang-rt-14-dev python3 python3-jsonschema chromium)
test+=(poppler-utils) # the words of the printed report
test+=(faketime strace) # another day; no other program is started
test+=(groff-base) # it renders the man pages
test+=(zsh fish) # they read the completion scripts
test+=(slurm-wlm munge snakemake) # a study on many machines

wanted=("${build[@]}")
[ "${1-}" = --test ] && wanted+=("${test[@]}")
[ "${1-}" = --package ] && wanted+=(dpkg-dev mmdebstrap)

missing=()
for package in "${wanted[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "install-deps: run as root, or install sudo (missing: ${missing[*]})" >&2; exit 1; }
    sudo=(sudo)
fi
echo "install-deps: installing ${#missing[@]} packages: ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
