#!/bin/sh
# Makes this machine a node, from what tools/provision has left on the boot partition. Run by
# livesell-first-boot.service again and again until it is done: each step does no harm twice.
set -eu
root=${LIVESELL_ROOT:-}   # for tests alone
here=$(dirname "$(readlink -f "$0")")
bundle=$root/opt/livesell/bundle
say() { echo "livesell first boot: $*"; }

# A 64-bit kernel may run a system of 32 bits: what counts is the programs', and these are told by one.
bits=$(getconf LONG_BIT)
if [ "$bits" != 64 ]; then
  say "needs a 64-bit system, this one's programs are of $bits bits: write the 64-bit Raspberry Pi OS"
  exit 1
fi

# What Python brings in wheels is on the card; these are the system's. Without a network the node
# comes on air without them, what needs them says so, and the next start tries again. One by one: a
# name that this system does not have keeps none of the others away.
# (cage does not start without Xwayland, and draws by Mesa.)
packages="python3-venv libspeexdsp1 fonts-noto-cjk avahi-daemon nftables
  cage xwayland libgl1-mesa-dri chromium"
is_there() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }
get() { apt-get -q -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "$1"; }
export DEBIAN_FRONTEND=noninteractive
missing="" is_updated=""
for one in $packages; do
  is_there "$one" && continue
  [ "$one" = chromium ] && is_there chromium-browser && continue
  if [ -z "$is_updated" ]; then
    apt-get -q -o DPkg::Lock::Timeout=600 update || say "no list of packages: is there a network?"
    is_updated=yes
  fi
  get "$one" && continue
  [ "$one" = chromium ] && get chromium-browser && continue
  missing="$missing $one"
done
[ -z "$missing" ] || say "not installed, tried again at the next start:$missing"

finish() { [ -n "$missing" ] || systemctl disable livesell-first-boot.service; }

# An installation restarts the node: not for packages that came late, with a show on the air.
stamp=$bundle.sha256
sum=$(sha256sum <"$here/bundle.tar.gz")
if [ -e "$root/opt/livesell/current" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ]; then
  finish
  systemctl --no-block try-restart livesell-kiosk.service
  say "the node is installed already"
  exit 0
fi

say "unpacking"
rm -rf "$bundle.new"
mkdir -p "$bundle.new"
tar -xzf "$here/bundle.tar.gz" -C "$bundle.new"
rm -rf "$bundle"
mv "$bundle.new" "$bundle"

if [ -s "$here/console-ca.pem" ]; then
  mkdir -p "$root/etc/livesell/pki"
  install -m 644 "$here/console-ca.pem" "$root/etc/livesell/pki/console-ca.pem"
fi

set -- --here --lock-down --board "$(cat "$here/board")" --node-toml "$here/node.toml"
[ -s "$here/software.jwk" ] && set -- "$@" --software-key "$here/software.jwk"
[ -d "$here/wheels" ] && set -- "$@" --wheels "$here/wheels"
[ -n "$root" ] && set -- "$@" --root "$root"
say "installing: $*"
"$bundle/tools/provision" "$@"

echo "$sum" >"$stamp"
finish
say "done; groups, modules and the screen are taken up by a start alone"
systemctl --no-block reboot
