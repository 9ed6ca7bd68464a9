#!/usr/bin/env bash
# Builds the Debian package and prints its path. It holds the program, its modules, the library with headers, data, man
# pages, completions and this manual; apt install ./FILE brings the libraries it needs.
#   scripts/package.sh            build it
#   scripts/package.sh --check    and install it in an empty Debian 12 (a chroot made by mmdebstrap; needs root and a
#                                 package mirror) and run it there
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-deps.sh --package
scripts/build.sh deb >&2
rm -f build/deb/*.deb
(cd build/deb && cpack >&2)
package=$(ls "$PWD"/build/deb/*.deb)
echo "$package"
[ "${1-}" = --check ] || exit 0

[ "$(id -u)" -eq 0 ] || { echo "package: --check needs root (it enters a chroot)" >&2; exit 1; }
root=$(mktemp -d)
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -n 's/^deb[^h]*\(http[^ ]*\) bookworm main.*/\1/p; s/^URIs: *\(http[^ ]*debian\) *$/\1/p' | sed -n 1p) || true
mmdebstrap --variant=apt --quiet bookworm "$root" "${mirror:-http://deb.debian.org/debian}" >&2
mount -t proc proc "$root/proc" # libtorch wants to know the processor
cp -L /etc/resolv.conf "$root/etc/"
cp "$package" "$root/tmp/myosurv.deb"
cp -r docs/example "$root/tmp/example"
cat >"$root/tmp/check.sh" <<'CHECK'
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
install() { apt-get install -y -qq --no-install-recommends "$@" >/tmp/apt.log 2>&1 || { tail -n 20 /tmp/apt.log; exit 1; }; }
echo "== install"
apt-get update -qq
install /tmp/myosurv.deb
cd "$(mktemp -d)"
echo "== run"
myosurv version
myosurv km /usr/share/myosurv/aml.csv --time time --event status --group x --figure km.png | tail -1
myosurv phantom -o scan.nii.gz --seed 5
myosurv segment scan.nii.gz -o scan | head -2
myosurv features scan.nii.gz scan/mask.nii.gz --label 1 --preset liu2024 >features.csv
myosurv train /usr/share/myosurv/lung.csv --time time --event status=2 --x age,sex,ph.karno -o m.model 2>&1 | tail -1
myosurv phantom cohort -o sample --patients 8 --matrix 96 --slice-mm 5
myosurv study init study --cohort sample/cohort.csv
myosurv study run study --quiet
ls -s km.png features.csv m.model study/report.html
echo "== man pages, completions, templates"
install man-db bash-completion
man myosurv-km | sed -n 3,4p
[ "$(find /usr/share/man/man1 -name 'myosurv*' | wc -l)" -gt 40 ]
bash -c '. /usr/share/bash-completion/bash_completion; . /usr/share/bash-completion/completions/myosurv; complete -p myosurv'
ls /usr/share/zsh/vendor-completions/_myosurv /usr/share/fish/vendor_completions.d/myosurv.fish \
    /usr/share/myosurv/slurm/myosurv.sbatch /usr/share/myosurv/cron/crontab.example /usr/share/doc/myosurv/README.md*
echo "== the library, from another project"
install gcc libc6-dev pkg-config cmake make
cp -r /tmp/example . && cd example
# shellcheck disable=SC2046
cc survival.c $(pkg-config --cflags --libs myosurv) -lm -o survival && ./survival /usr/share/myosurv/aml.csv
cmake -S . -B build >/dev/null && cmake --build build >/dev/null && ./build/survival /usr/share/myosurv/aml.csv | tail -1
echo "== remove"
apt-get remove -y -qq myosurv >/dev/null
[ ! -e /usr/bin/myosurv ] && [ ! -e /usr/share/myosurv ]
CHECK
chroot "$root" bash /tmp/check.sh >&2
echo "package: installs, runs and is removed in an empty Debian 12" >&2
