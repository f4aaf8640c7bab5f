#!/usr/bin/env bash
# Proves the README's claim once: a fresh Debian 12, a clean clone, `./dev run` reaches a page that sells, `./dev test` is green.
# Both are timed. Takes the package sources, certificates and client settings of this machine along, and nothing else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root="${VITRINE_CHROOT:-build/fresh}"
mkdir -p "$root" && root="$(cd "$root" && pwd)"

unmount() { for p in proc dev/pts dev/shm dev sys; do mountpoint -q "$root/$p" && umount -l "$root/$p"; done; true; }
trap unmount EXIT

mirror="$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
  awk '/^URIs:/ { print $2; exit } /^deb / { for (i = 2; i <= NF; i++) if ($i ~ /^http/) { print $i; exit } }')"
unmount
rm -rf "$root"
debootstrap --variant=minbase bookworm "$root" "$mirror" >/dev/null
for path in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/preferences.d /etc/apt/keyrings \
            /usr/share/keyrings /usr/local/share/ca-certificates /etc/ssl/certs /etc/resolv.conf /etc/hosts /root/.npmrc /root/.m2/settings.xml; do
  [ -e "$path" ] || continue
  rm -rf "${root:?}$path" && mkdir -p "$(dirname "$root$path")" && cp -aL "$path" "$root$path"
done
# Only Debian's own archive: what another source offers here must not help.
find "$root/etc/apt/sources.list.d" -type f ! -name 'debian*' -delete
sed -i '/^nodedir=/d' "$root/root/.npmrc" 2>/dev/null || true
[ -e "$root/etc/apt/sources.list.d/debian.sources" ] && rm -f "$root/etc/apt/sources.list"
git clone -q --no-hardlinks . "$root/root/vitrine"
mkdir -p "$root/proc" "$root/dev/pts" "$root/dev/shm" "$root/sys"
mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" && mount -t devpts devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm" && mount -t sysfs sysfs "$root/sys"

registry="$(npm config get registry 2>/dev/null || true)"
inside() { env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb LANG=C.UTF-8 ${CI:+CI=$CI} \
  ${registry:+npm_config_registry=$registry} NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt chroot "$root" bash -c "cd /root/vitrine && $1"; }

started=$(date +%s)
inside './dev run --port 0 --for 20s' | tee "$root/run.log"
grep -q 'http://' "$root/run.log" || { echo "fresh: ./dev run printed no address" >&2; exit 1; }
echo "figure fresh_run_s $(($(date +%s) - started)) s"
started=$(date +%s)
inside './dev test' | tee "$root/test.log"
echo "figure fresh_test_s $(($(date +%s) - started)) s"
tail -n 1 "$root/test.log"
