#!/bin/sh
# Makes this machine a node, from what tools/provision has left on the boot partition. Run by
# livesell-first-boot.service again and again until it is done: each step does no harm twice.
set -eu
root=${LIVESELL_ROOT:-}   # for tests alone
here=$(dirname "$(readlink -f "$0")")
bundle=$root/opt/livesell/bundle
say() { echo "livesell first boot: $*"; }

# What Python brings in wheels is on the card; these are the system's. Without a network the node
# comes on air without them, and what needs them says so.
missing=""
# cage does not start without Xwayland, and draws by Mesa.
packages="python3-venv libspeexdsp1 fonts-noto-cjk avahi-daemon nftables
  cage xwayland libgl1-mesa-dri chromium"
if [ -z "$root" ]; then
  for one in $packages; do
    dpkg-query -W -f '${db:Status-Status}' "$one" 2>/dev/null | grep -qx installed || missing="$missing $one"
  done
  if [ -n "$missing" ]; then
    say "packages:$missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  # a list of names
    if apt-get -q -o DPkg::Lock::Timeout=600 update &&
      apt-get -q -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $missing; then
      missing=""
    else
      say "not installed, tried again at the next start:$missing"
    fi
  fi
fi

was_node=""
[ -e "$root/opt/livesell/current" ] && was_node=yes

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

[ -n "$missing" ] || systemctl disable livesell-first-boot.service
say "done"
# Groups, modules and the screen are taken up by a start alone; once, or a card without a network
# would start for ever.
[ -n "$was_node" ] || systemctl --no-block reboot
