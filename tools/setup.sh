# shellcheck shell=bash
# Makes .venv ready: sourced by tools/run and tools/test, which then call `set_up run` or `set_up test`.
# A stamp in .venv holds the hash of what went in, so that a second start does nothing at all.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=$root/.venv
python=$venv/bin/python
log=$root/.cache/setup.log
building=$venv/being-built   # lies there while packages go in: whoever finds it starts afresh

set_up() { # KIND: run or test
  local stamp=$venv/stamp-$1
  [[ -f $stamp && -x $python && ! -e $building && $(<"$stamp") == "$(fingerprint "$1")" ]] && return
  mkdir -p "$root/.cache"
  exec 9>"$root/.cache/setup.lock"
  flock -n 9 || { say "another start is setting up this folder; waiting for it"; flock 9; }
  if [[ ! -f $stamp || ! -x $python || -e $building || $(<"$stamp") != "$(fingerprint "$1")" ]]; then
    build "$1"
    fingerprint "$1" >"$stamp"
  fi
  exec 9>&-
}

fingerprint() { # KIND: what must be the same for the environment to be the right one
  { echo "$root"; cat "$root/tools/setup.sh" "$root/tools/requirements/"{uv,"$1",sound}.txt; } | sha256sum
}

build() { # KIND
  local started=$SECONDS bits
  bits=$(getconf LONG_BIT)   # of the programs: a 64-bit kernel may run a 32-bit system
  [[ $bits == 64 ]] || die "the node needs a 64-bit system: this one's programs are of $bits bits, whatever its kernel is"
  : >"$log"
  number=0 total=6
  say "setting up the live-sell node in $root (once; log: .cache/setup.log)"
  install_system_packages "$1"
  local base
  base=$(find_python) || die "no Python 3.11 or later found: apt-get install python3 python3-venv"
  if [[ -e $building ]]; then
    say "an earlier set-up was cut off; beginning afresh"
    rm -rf "$venv"
  fi
  "$python" -c 'import pip' 2>/dev/null || rm -rf "$venv"
  step "Python environment ($("$base" -c 'import platform; print(platform.python_version())'))" \
    make_environment "$base" || die "no environment could be made: apt-get install python3-venv"
  : >"$building"
  step "Python packages ($(grep -c '^[a-z].*==' "$root/tools/requirements/$1.txt"))" \
    install_packages "$1" || die "packages could not be installed: is the network up?"
  build_sound_driver
  step "the commands livesell and fleet" install_commands || die "the commands could not be installed"
  rm "$building"
  step "the model that tells speech from noise" fetch_models ||
    say "      going on without: voice stays off, typed questions work. By hand: .venv/bin/python -m tools.fetch_models"
  say "ready after $((SECONDS - started)) s"
}

# ---- system packages ----

install_system_packages() { # KIND
  local missing as_root=()
  read -ra missing < <(missing_packages "$1")
  if [[ ${#missing[@]} == 0 ]]; then
    step "system packages: all there" true
    return
  fi
  if ! command -v apt-get >/dev/null; then
    skip "system packages: no apt-get here; install by other means what answers to: ${missing[*]}"
    return
  fi
  if [[ $(id -u) != 0 ]]; then
    if ! command -v sudo >/dev/null || ! { sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo -v; }; }; then
      skip "system packages: no right to install; ask for: apt-get install ${missing[*]}"
      return
    fi
    as_root=(sudo)
  fi
  step "system packages: ${missing[*]}" apt_install "${as_root[@]}" -- "${missing[@]}" ||
    say "      could not be installed; going on without. By hand: apt-get install ${missing[*]}"
}

missing_packages() { # KIND
  local packages=() sound=() base
  base=$(find_python) || packages+=(python3)
  [[ -n $base ]] && "$base" -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
  [[ -e /etc/ssl/certs/ca-certificates.crt ]] || packages+=(ca-certificates)
  compgen -G '/usr/share/fonts/*/*/*CJK*' >/dev/null || packages+=(fonts-noto-cjk)
  compgen -G '/usr/lib/*/libspeexdsp.so.1' >/dev/null || packages+=(libspeexdsp1)
  if [[ $1 == test ]] || has_sound_card; then
    read -ra sound < <(missing_for_sound)
    packages+=("${sound[@]}")
  fi
  if [[ $1 == test ]]; then
    command -v chromium >/dev/null || packages+=(chromium)
    command -v shellcheck >/dev/null || packages+=(shellcheck)
    command -v systemd-analyze >/dev/null || packages+=(systemd)   # judges the units; need not run
    [[ -x /usr/sbin/mosquitto ]] || command -v mosquitto >/dev/null || packages+=(mosquitto)
    [[ -e /usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf ]] || packages+=(fonts-noto-core)
    compgen -G '/usr/lib/*/libfribidi.so.0' >/dev/null || packages+=(libfribidi0)
    # the encoder in a process of its own, with the one software element of the smallest package
    [[ -e /usr/lib/python3/dist-packages/gi/__init__.py ]] || packages+=(python3-gi)
    compgen -G '/usr/lib/*/girepository-1.0/GstVideo-1.0.typelib' >/dev/null || packages+=(gir1.2-gst-plugins-base-1.0)
    command -v gst-launch-1.0 >/dev/null || packages+=(gstreamer1.0-tools)
    compgen -G '/usr/lib/*/gstreamer-1.0/libgstapp.so' >/dev/null || packages+=(gstreamer1.0-plugins-base)
    compgen -G '/usr/lib/*/gstreamer-1.0/libgstx264.so' >/dev/null || packages+=(gstreamer1.0-plugins-ugly)
  fi
  echo "${packages[@]}"
}

apt_install() { # [sudo] -- PACKAGE...
  local as_root=()
  while [[ $1 != -- ]]; do as_root+=("$1"); shift; done
  shift
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  "${apt[@]}" install -y --no-install-recommends "$@" ||
    { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$@"; }
}

# ---- Python ----

find_python() { # prints the first interpreter that is new enough; a version manager's shim may be broken
  local candidate
  for candidate in python3 /usr/bin/python3 python3.13 python3.12 python3.11 python3.14; do
    "$candidate" -c 'import sys; sys.version_info >= (3, 11) or sys.exit(1); print(sys.executable)' \
      2>/dev/null && return
  done
  return 1
}

make_environment() { # INTERPRETER
  [[ -x $python ]] || "$1" -m venv "$venv"
}

install_packages() { # KIND: by uv where it works (faster), else by pip
  local pip=("$python" -m pip --disable-pip-version-check install --require-hashes --no-deps --only-binary :all:)
  local index
  if "${pip[@]}" -r "$root/tools/requirements/uv.txt"; then
    index=$("$python" -m pip config get global.index-url 2>/dev/null) && export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}
    "$venv/bin/uv" pip install --python "$python" --no-config --require-hashes --no-deps --no-build \
      --compile-bytecode -r "$root/tools/requirements/$1.txt" && return
    echo "uv could not; trying pip"
  fi
  "${pip[@]}" -r "$root/tools/requirements/$1.txt"
}

# ---- PyAudio: it has no wheel for Linux, and only microphones and loudspeakers of this machine need it ----

has_sound_card() { compgen -G '/dev/snd/pcm*' >/dev/null; }

has_sound_driver() { "$python" -c 'import pyaudio' 2>/dev/null; }

missing_for_sound() { # prints a line: the packages without which PyAudio cannot be built
  local packages=() base
  has_sound_driver && { echo; return; }
  compgen -G '/usr/include/portaudio.h' >/dev/null || packages+=(portaudio19-dev)
  command -v cc >/dev/null || packages+=(gcc libc6-dev)
  base=$(find_python) && [[ -e $("$base" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h ]] ||
    packages+=(python3-dev)
  echo "${packages[@]}"
}

build_sound_driver() { # the node runs without
  local lacking
  lacking=$(missing_for_sound)
  if [[ -n $lacking ]]; then
    skip "sound driver: not built, no microphone or loudspeaker of this machine; it needs: $lacking"
    return
  fi
  step "sound driver (PyAudio)" install_sound_driver ||
    say "      could not be built; going on without microphone and loudspeaker of this machine"
}

install_sound_driver() {
  has_sound_driver || "$python" -m pip --disable-pip-version-check install --require-hashes --no-deps \
    -r "$root/tools/requirements/sound.txt"
}

install_commands() { # not by pip: nothing is copied, so what is edited is what runs
  local site
  site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  echo "$root" >"$site/livesell.pth"
  install_command livesell node
  install_command fleet tools.fleet
  "$python" -m compileall -q "$root/node" "$root/tools" || true   # a read-only folder only starts more slowly
}

install_command() { # NAME MODULE; renamed into place, since it may be running
  printf '%s\n' '#!/bin/sh' "exec \"\$(dirname \"\$(readlink -f \"\$0\")\")/python\" -P -m $2 \"\$@\"" >"$venv/bin/$1.new"
  chmod +x "$venv/bin/$1.new"
  mv "$venv/bin/$1.new" "$venv/bin/$1"
}

fetch_models() { # its wheel demands torch, so the one file is taken out of it
  cd "$root" && "$python" -P -m tools.fetch_models
}

# ---- progress ----

say() { printf '%s\n' "$*" >&2; }
die() { say "tools: $*"; exit 1; }

skip() { # TEXT: a step that cannot be made
  number=$((number + 1))
  say "[$number/$total] $1"
}

step() { # TEXT COMMAND...: runs it with a clock; its output goes to the log, the end of which is shown if it fails
  local text=$1 started=$SECONDS pid last before
  shift
  number=$((number + 1))
  before=$(wc -l <"$log")
  echo "== $text" >>"$log"
  "$@" >>"$log" 2>&1 &
  pid=$!
  # shellcheck disable=SC2064  # this pid, not a later one
  trap "kill $pid 2>/dev/null; exit 130" INT TERM
  if [[ -t 2 ]]; then
    while kill -0 "$pid" 2>/dev/null; do
      last=$(tail -n 1 "$log" | tr -d '\r' | cut -c 1-"$((${COLUMNS:-80} > 60 ? 30 : 0))")
      printf '\r\033[K[%s/%s] %s … %s s  \033[2m%s\033[0m' "$number" "$total" "$text" "$((SECONDS - started))" "$last" >&2
      sleep 0.2
    done
    printf '\r\033[K' >&2
  fi
  if wait "$pid"; then
    trap - INT TERM
    say "[$number/$total] $text: $((SECONDS - started)) s"
    return
  fi
  trap - INT TERM
  say "[$number/$total] $text: failed after $((SECONDS - started)) s; the end of .cache/setup.log:"
  tail -n "+$((before + 2))" "$log" | tail -n 15 >&2
  return 1
}
