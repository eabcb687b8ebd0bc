"""libcamera with its virtual camera and its Python module, built from Debian's source; picamera2.

Debian 12's own libcamera has no Python module; that of a later release is built for the Python that
runs the tests. Raspberry Pi OS has both as packages.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from tools.rigs.commands import run
from tools.rigs.debian import mirror
from tools.rigs.place import alone, digest, state
from tools.rigs.report import SkipError, StepError

RELEASE = "forky"
"""Of Debian: where its source is taken from, in whatever version that has."""
PACKAGES = (
    "build-essential", "dpkg-dev", "meson", "ninja-build", "pkg-config", "libyaml-dev",
    "python3-jinja2", "python3-ply", "python3-yaml", "pybind11-dev", "python3-dev", "libevent-dev",
    "libudev-dev", "libgnutls28-dev", "libyuv-dev", "libjpeg-dev", "libcap-dev", "openssl",
)  # fmt: skip
"""What the build needs; without libyuv meson would clone it, without udev no camera is found."""
LEFT_OUT = (
    *("cam", "qcam", "gstreamer", "v4l2", "documentation", "lc-compliance", "tracing"),
    *("libunwind", "libdw"),
)
OPTIONS = (
    "--wrap-mode=nodownload", "--buildtype=release", "-Dpipelines=virtual", "-Dipas=",
    "-Dpycamera=enabled", "-Dudev=enabled", "-Dtest=false",
    *(f"-D{name}=disabled" for name in LEFT_OUT),
)  # fmt: skip
PATH = "/usr/bin:/bin"
"""Another Python than the system's would be bound."""
VIRTUAL = """\
%YAML 1.1
---
"Virtual0":
  supported_formats:
  - { width: 1280, height: 720, frame_rates: [30, 60] }
  - { width: 640, height: 480, frame_rates: [30, 60] }
  test_pattern: "lines"
  location: "CameraLocationFront"
  model: "Virtual Video Device"
"""
PICAMERA2 = (
    "picamera2==0.3.38", "PiDNG==4.0.9", "piexif==1.1.3", "simplejpeg==1.9.0", "videodev2==0.0.4",
    "python-prctl==1.8.1", "libarchive-c==5.3", "tqdm==4.70.1", "OpenEXR==3.5.3",
)  # fmt: skip
"""What picamera2 imports beside the node's own packages; two of them have no wheel."""
SHIM = Path(__file__).parent / "fakedmabuf.c"


def build(log: Path) -> str:
    """Have libcamera in its folder, unless it is there already; tells its version.

    Raises:
        SkipError: a package is missing, or the tests run on another Python than the system's.
        StepError: the build failed.
    """
    place = state("libcamera")
    if _version(place):
        return f"{_version(place)}, kept from before"
    _must_be_buildable(log)
    with alone():
        shutil.rmtree(place)
        place.mkdir()
        with tempfile.TemporaryDirectory() as folder:
            source = _source(Path(folder), log)
            environ = {"PATH": PATH}
            built = Path(folder) / "built"
            run(["meson", "setup", built, source, f"--prefix={place}", *OPTIONS], log,
                environ=environ)  # fmt: skip
            run(["ninja", "-C", built, "install"], log, environ=environ)
        lists = place / "share/libcamera/pipeline/virtual/virtual.yaml"
        lists.parent.mkdir(parents=True, exist_ok=True)
        lists.write_text(VIRTUAL)
    return f"{_version(place)}, built"


def add_picamera2(log: Path) -> str:
    """Have picamera2 beside it, unless it is there already; tells its version."""
    site = _site()
    if not site.exists():
        with alone():
            new = site.with_name("new")
            shutil.rmtree(new, ignore_errors=True)
            pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q"]
            run([*pip, "--no-deps", "--target", new, *PICAMERA2], log)
            new.rename(site)
    return PICAMERA2[0]


def add_shim(log: Path) -> str:
    """Have the stand-in for DMA buffers compiled; tells whether it is needed here."""
    library = state("libcamera") / f"fakedmabuf-{digest(SHIM.read_bytes())}.so"
    if not library.exists():
        run(["gcc", "-O2", "-shared", "-fPIC", "-o", library, SHIM, "-ldl"], log)
    return "not needed" if _has_heap() else "memory files in the place of DMA buffers"


def environment() -> dict[str, str]:
    """What a process needs so that `import libcamera` and `import picamera2` work."""
    place = state("libcamera")
    libraries = next(place.glob("lib/**/libcamera.so")).parent
    module = next(place.glob("lib/**/*-packages"))
    found = {
        "LD_LIBRARY_PATH": str(libraries),
        "PYTHONPATH": f"{module}:{_site()}",
        "PYTHONNOUSERSITE": "1",
    }
    shim = place / f"fakedmabuf-{digest(SHIM.read_bytes())}.so"
    return found if _has_heap() else {**found, "LD_PRELOAD": str(shim)}


def _must_be_buildable(log: Path) -> None:
    asked = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\\n"]
    there = {
        line.split()[0] for line in run(asked, log).splitlines() if line.endswith(" installed")
    }
    if missing := [one for one in PACKAGES if one not in there]:
        raise SkipError(f"missing here: apt-get install {' '.join(missing)}")
    ask = "import sys; print('.'.join(map(str, sys.version_info[:2])))"
    theirs = run(["/usr/bin/python3", "-c", ask], log).strip()
    if theirs != (ours := f"{sys.version_info[0]}.{sys.version_info[1]}"):
        raise SkipError(f"the system's Python is {theirs}, that of the tests {ours}")


def _source(folder: Path, log: Path) -> Path:
    """Debian's source, by an apt that knows nothing else and changes nothing of the system's."""
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True)
    (folder / "sources.list").write_text(f"deb-src {mirror(log)} {RELEASE} main\n")
    apt = [
        "apt-get", "-q", "-o", f"Dir::Etc::sourcelist={folder}/sources.list",
        "-o", "Dir::Etc::sourceparts=/dev/null", "-o", f"Dir::State::lists={folder}/lists",
        "-o", f"Dir::Cache={folder}", "-o", "APT::Sandbox::User=root",
        "-o", "Acquire::Languages=none",
    ]  # fmt: skip
    run([*apt, "update"], log)
    run([*apt, "source", "--download-only", "libcamera"], log, cwd=folder)
    description = next(folder.glob("libcamera_*.dsc"), None)
    if description is None:
        raise StepError(f"Debian {RELEASE} has no source of libcamera")
    source = folder / "source"
    run(["dpkg-source", "-x", description, source], log)
    return source


def _version(place: Path) -> str:
    """Of what was built; empty where it is not whole."""
    is_whole = (place / "share/libcamera/pipeline/virtual/virtual.yaml").exists()
    found = sorted(one.name.partition(".so.")[2] for one in place.glob("lib/**/libcamera.so.*.*.*"))
    return f"libcamera {found[-1]}" if found and is_whole else ""


def _site() -> Path:
    return state("picamera2") / f"site-{digest(' '.join(PICAMERA2).encode())}"


def _has_heap() -> bool:
    return Path("/dev/dma_heap/system").exists()
