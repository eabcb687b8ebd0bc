"""What the virtual booth finds when it boots: project, units, configuration, clip, voice."""

import shutil
from fractions import Fraction
from pathlib import Path

import av

from tools.rigs.commands import run
from tools.rigs.place import ROOT

GUEST = Path(__file__).parent / "guest"
DEMO = ROOT / "node/demo"
VISITOR = DEMO / "visitors/price_zh.ogg"
CLIP_S, CLIP_FPS, CLIP_SIZE = 20, 25, (640, 360)
PARTS = ("node", "models", ".cache/models", "tools/__init__.py", "tools/rigs")
"""What of the project the booth needs."""
SYSTEMD = ROOT / "systemd"
LAID = {
    SYSTEMD / "sysusers.d": "etc/sysusers.d",
    SYSTEMD / "tmpfiles.d": "etc/tmpfiles.d",
    SYSTEMD / "modules-load.d": "etc/modules-load.d",
    ROOT / "firmware_config/udev": "etc/udev/rules.d",
}
"""Folders of the project, and where a system has them."""
COMPILED = ".compiled"
LIVESELL = '#!/bin/sh\nexec /usr/bin/python3 -P -m node "$@"\n'
IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc")


def lay_project(root: Path, project: Path, log: Path) -> None:
    """Copy the project, compiled by the Python of `root`: an emulated one would take minutes."""
    shutil.rmtree(project, ignore_errors=True)
    for part in PARTS:
        source, there = ROOT / part, project / part
        there.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, there, ignore=IGNORED)
        else:
            shutil.copy2(source, there)
    compile_in(root, project, log)


def compile_once(root: Path, folder: Path, log: Path) -> None:
    """Compile a folder whose content stays as it is."""
    if not (folder / COMPILED).exists():
        compile_in(root, folder, log)
        (folder / COMPILED).touch()


def compile_in(root: Path, folder: Path, log: Path) -> None:
    """Compile a folder with the Python of a root of this machine's architecture."""
    inside = root / "mnt/compiled"
    inside.mkdir(parents=True, exist_ok=True)
    run(["mount", "--bind", folder, inside], log)
    try:
        run(["chroot", root, "python3", "-m", "compileall", "-q", "/mnt/compiled"], log)
    finally:
        run(["umount", inside], log)


def lay_stage(stage: Path, site: str, walk: str) -> None:
    """Write what the guest's init lays over its root, and what the walk uses.

    The units and rules are the project's own, beside them those of the booth.

    Args:
        stage: emptied first.
        site: the folder of the packages, as the guest sees it.
        walk: the module of `tools.rigs.guest` that is run there.
    """
    shutil.rmtree(stage, ignore_errors=True)
    tree = stage / "tree"
    _lay_system(tree)
    lay_booth(tree / "etc/livesell")
    command = tree / "opt/livesell/releases/booth/bin/livesell"
    _write(command, LIVESELL)
    command.chmod(0o755)
    (tree / "opt/livesell/current").symlink_to("releases/booth")
    _write(tree / "usr/lib/python3/dist-packages/livesell.pth", f"/mnt/project\n{site}\n")
    _write(stage / "walk", f"WALK={walk}\n")
    for name in ("init", "devices"):
        shutil.copy2(GUEST / name, stage / name)
    record(VISITOR, stage / VISITOR.with_suffix(".wav").name)


def lay_booth(folder: Path) -> None:
    """Write a small booth: node.toml, a day of a camera and a clip, one product, its voice."""
    shutil.copytree(GUEST / "booth", folder, dirs_exist_ok=True)
    shutil.copytree(DEMO / "prompts", folder / "prompts")
    draw_clip(folder / "story.mp4")


def _lay_system(tree: Path) -> None:
    """Units, users, folders and rules where systemd looks for them."""
    units = tree / "etc/systemd/system"
    shutil.copytree(GUEST / "units", units)
    for unit in SYSTEMD.glob("*.*"):
        if unit.is_file():
            shutil.copy2(unit, units)
    for source, there in LAID.items():
        shutil.copytree(source, tree / there)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def draw_clip(path: Path) -> None:
    """A moving test picture with a tone: H.264 and AAC."""
    width, height = CLIP_SIZE
    graph = (
        f"testsrc=size={width}x{height}:rate={CLIP_FPS}:duration={CLIP_S}[out0];"
        f"sine=frequency=440:sample_rate=48000:duration={CLIP_S}[out1]"
    )
    with av.open(graph, format="lavfi") as drawn, av.open(str(path), "w") as file:
        picture = file.add_stream("libx264", CLIP_FPS, options={"preset": "veryfast"})
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        picture.time_base = Fraction(1, CLIP_FPS)
        sound = file.add_stream("aac", 48_000)
        for packet in drawn.demux():
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    file.mux(picture.encode(frame))
                elif isinstance(frame, av.AudioFrame):
                    file.mux(sound.encode(frame))
        file.mux(picture.encode(None))
        file.mux(sound.encode(None))


def record(speech: Path, path: Path) -> None:
    """A recording as a WAV file of 48 kHz, one channel, with half a second of silence before."""
    resampler = av.AudioResampler("s16", "mono", 48_000)
    with av.open(str(speech)) as source, av.open(str(path), "w") as file:
        track = file.add_stream("pcm_s16le", 48_000, layout="mono")
        for frame in source.decode(audio=0):
            for piece in resampler.resample(frame):
                piece.pts = None
                file.mux(track.encode(piece))
        file.mux(track.encode(None))
