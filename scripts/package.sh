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
trap 'rm -rf --one-file-system "$root"' EXIT
mirror=$(sed -n 's/^deb[^h]*\(http[^ ]*\) bookworm main.*/\1/p; s/^URIs: *\(http[^ ]*debian\) *$/\1/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1)
mmdebstrap --variant=apt --quiet bookworm "$root" "${mirror:-http://deb.debian.org/debian}" >&2
cp "$package" "$root/tmp/myosurv.deb"
cat >"$root/tmp/check.sh" <<'CHECK'
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
apt-get install -y -qq --no-install-recommends /tmp/myosurv.deb >/dev/null
cd "$(mktemp -d)"
myosurv version
myosurv km /usr/share/myosurv/aml.csv --time time --event status --group x --figure km.png | tail -1
myosurv phantom -o scan.nii.gz --seed 5
myosurv segment scan.nii.gz -o scan | head -1
myosurv features scan.nii.gz scan/mask.nii.gz --label 1 --preset liu2024 >features.csv
myosurv train /usr/share/myosurv/aml.csv --time time --event status --x time -o m.model 2>&1 | tail -1
ls -s km.png features.csv m.model /usr/share/man/man1/myosurv-km.1* /usr/share/zsh/vendor-completions/_myosurv
apt-get remove -y -qq myosurv >/dev/null
! command -v myosurv
CHECK
chroot "$root" bash /tmp/check.sh >&2
echo "package: installs, runs and is removed in an empty Debian 12" >&2
