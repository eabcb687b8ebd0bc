"""The encoder in another process, with workers of wood in its place: scripts that misbehave."""

import ast
import os
import signal
import sys
from pathlib import Path
from typing import get_args

import pytest

from node.config import EncoderConfig
from node.encode import gst_worker, gstreamer
from node.encode.gstreamer import Gstreamer
from node.encode.headroom import moving_pictures
from node.errors import DeviceError
from node.media import Frame, Pts90k, Rendition, Size
from tests.fakes.open_files import more_open_files

RENDITION = Rendition(Size(64, 64), 30, 300)
PIXELS = moving_pictures(RENDITION.size)[0]
VECTORS = Path(__file__).parents[2] / "vectors" / "h264"

BEGIN = f"""
import os, struct, sys, time
HEADER = struct.Struct({gst_worker.HEADER.format!r})
def say(kind, number=0, content=b""):
    os.write(1, HEADER.pack(kind, 0, len(content), number) + content)
def stay():
    while os.read(0, 64):
        pass
def hear():
    return HEADER.unpack(os.read(0, HEADER.size))
READY, UNIT = {gst_worker.READY}, {gst_worker.UNIT}
DONE, FAULT = {gst_worker.DONE}, {gst_worker.FAULT}
IDR = open({str(VECTORS / "idr.h264")!r}, "rb").read()
"""


@pytest.fixture
def wooden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes a codec whose process runs the lines given; `stay()` does until it is closed."""
    made: list[Gstreamer] = []

    def make(lines: str) -> Gstreamer:
        script = tmp_path / "worker.py"
        script.write_text(BEGIN + lines)
        monkeypatch.setattr(gst_worker, "__file__", str(script))
        codec = Gstreamer(RENDITION, element="x264enc", why="a test", python=sys.executable)
        made.append(codec)
        return codec

    yield make
    for codec in made:
        codec.close()


def frame(number: int) -> Frame:
    return Frame(Pts90k(number * 3000), number / 30, PIXELS)


def test_the_worker_is_read_by_the_python_of_an_older_system():
    source = Path(gst_worker.__file__).read_text()
    tree = ast.parse(source, feature_version=(3, 8))
    imported = {
        name.name.partition(".")[0] if isinstance(one, ast.Import) else one.module
        for one in ast.walk(tree)
        if isinstance(one, ast.Import | ast.ImportFrom)
        for name in one.names
    }
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_every_element_of_the_configuration_is_known_to_the_worker():
    asked = get_args(EncoderConfig.__annotations__["element"])
    assert set(gst_worker.ELEMENTS) == set(asked) - {"auto"}


def test_a_unit_comes_back_with_its_frames_stamps(wooden):
    codec = wooden("""
say(READY)
while True:
    _, _, _, number = hear()
    say(UNIT, number, IDR)
    say(DONE, number)
""")
    (unit,) = codec.encode(frame(7), force_idr=False)
    assert (unit.pts, unit.captured_s, unit.is_idr) == (21_000, 7 / 30, True)


def test_a_process_with_more_than_a_thousand_open_files_encodes_too(wooden):
    codec = wooden("say(READY)\nwhile True:\n    hear()\n    say(DONE)\n")
    with more_open_files():
        assert codec.encode(frame(0), force_idr=False) == []
        codec.close()


def test_requests_carry_the_picture_the_idr_and_the_bit_rate(wooden, tmp_path):
    notes = tmp_path / "notes"
    codec = wooden(f"""
say(READY)
with open({str(notes)!r}, "a") as notes:
    print(*sys.argv[1:7], file=notes)
    for _ in range(2):
        print(*hear(), file=notes, flush=True)
    picture = os.pread(int(sys.argv[7]), 64 * 96, 0)
    print(sum(picture), file=notes, flush=True)
say(DONE)
""")
    codec.open()
    codec.set_bitrate(444)
    codec.encode(frame(3), force_idr=True)
    assert notes.read_text().splitlines() == [
        "x264enc 64x64 30 300 3 500",
        f"{gst_worker.BITRATE} 0 0 444",
        f"{gst_worker.FRAME} {gst_worker.FORCE_IDR} 0 100000000",
        str(int(PIXELS.sum())),
    ]


def test_a_crash_is_told_with_the_last_words(wooden):
    codec = wooden("""
say(READY)
hear()
print("Segmentation fault in libnvencoder", file=sys.stderr, flush=True)
os._exit(3)
""")
    with pytest.raises(DeviceError, match=r"the process ended \(exit code 3\): Segmentation fault"):
        codec.encode(frame(0), force_idr=False)


def test_a_process_that_was_killed_is_told_and_started_anew(wooden):
    codec = wooden("""
say(READY)
while True:
    _, _, _, number = hear()
    say(UNIT, number, IDR)
    say(DONE, number)
""")
    codec.encode(frame(0), force_idr=False)
    os.kill(codec.pid, signal.SIGKILL)
    with pytest.raises(DeviceError, match=r"the process ended \(signal 9\)"):
        codec.encode(frame(1), force_idr=False)
    codec.close()
    assert len(codec.encode(frame(2), force_idr=False)) == 1


def test_a_process_that_hangs_is_told_and_killed(wooden, monkeypatch):
    codec = wooden("""
print("waiting for the VIC", file=sys.stderr, flush=True)
say(READY)
time.sleep(600)
""")
    codec.open()
    pid = codec.pid
    process = codec._worker._process
    kill = process.kill

    def killed() -> None:
        monkeypatch.setattr(gstreamer, "ENDING_S", 60.0)
        kill()

    for name in ("ANSWER_S", "ENDING_S"):
        monkeypatch.setattr(gstreamer, name, 0.1)
    monkeypatch.setattr(process, "kill", killed)
    with pytest.raises(DeviceError, match="no answer in time: waiting for the VIC"):
        codec.encode(frame(0), force_idr=False)
    codec.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_element_that_returns_nothing_is_told(wooden, monkeypatch):
    monkeypatch.setattr(gstreamer, "STALLED_S", 0.0)
    codec = wooden("""
say(READY)
while True:
    say(DONE, hear()[3])
""")
    with pytest.raises(DeviceError, match="no picture came back"):
        codec.encode(frame(0), force_idr=False)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("say(UNIT, hear()[3], b'not a picture')", "no H.264: 6e 6f 74"),
        ("say(99)", "an answer of kind 99"),
        ("say(FAULT, 0, b'no encoder session left')", "no encoder session left"),
        ("os.write(1, HEADER.pack(UNIT, 0, 1 << 30, 0))", "an answer of 1073741824 bytes"),
        ("say(UNIT, 12345, IDR)", "a picture of 12345, which no waiting frame has"),
    ],
)
def test_nonsense_is_refused(wooden, answer, told):
    codec = wooden(f"say(READY)\n{answer}\nsay(DONE)\nstay()\n")
    with pytest.raises(DeviceError, match=told):
        codec.encode(frame(0), force_idr=False)


def test_a_program_that_is_not_there_is_told():
    codec = Gstreamer(RENDITION, element="x264enc", why="", python="/usr/bin/python-of-nowhere")
    with pytest.raises(DeviceError, match=r"cannot be started: .*No such file"):
        codec.open()
    assert codec.pid == 0


def test_an_interpreter_without_gi_says_which_package_is_missing():
    codec = Gstreamer(RENDITION, element="x264enc", why="", python=sys.executable)
    with pytest.raises(DeviceError, match="gstreamer/x264enc: no python3-gi"):
        codec.open()


def test_chatter_of_the_vendors_libraries_is_no_answer(wooden):
    codec = wooden("""
print("NVMEDIA: H264 : Profile : 66\\n" * 5000, file=sys.stderr, flush=True)
say(READY)
while True:
    _, _, _, number = hear()
    print("Opening in BLOCKING MODE\\n" * 5000, file=sys.stderr, flush=True)
    say(UNIT, number, IDR)
    say(DONE, number)
""")
    assert len(codec.encode(frame(0), force_idr=False)) == 1
