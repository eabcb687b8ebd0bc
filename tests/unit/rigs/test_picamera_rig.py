"""The rig of the Raspberry Pi camera: what is kept, what is missing, what a process is given."""

import pytest

from tools.rigs import libcamera
from tools.rigs.report import SkipError


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The rig's state, empty."""

    def state(name):
        (tmp_path / name).mkdir(exist_ok=True)
        return tmp_path / name

    monkeypatch.setattr(libcamera, "state", state)
    return tmp_path


def lay(place, *names):
    for name in names:
        path = place / "libcamera" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


LIBRARY = "lib/x86_64-linux-gnu/libcamera.so.0.7.2"
WHOLE = "share/libcamera/pipeline/virtual/virtual.yaml"


def test_what_was_built_whole_is_kept(place):
    lay(place, LIBRARY, WHOLE)
    assert libcamera.build(place / "log") == "libcamera 0.7.2, kept from before"
    assert not (place / "log").exists()


def test_half_a_build_is_none(place, monkeypatch):
    lay(place, LIBRARY)
    monkeypatch.setattr(libcamera, "PACKAGES", ("no-such-package-here",))
    with pytest.raises(SkipError, match="apt-get install no-such-package-here"):
        libcamera.build(place / "log")


def test_another_python_than_the_systems_is_told(place, monkeypatch):
    answers = {"dpkg-query": "meson installed\n", "/usr/bin/python3": "3.5\n"}
    monkeypatch.setattr(libcamera, "PACKAGES", ("meson",))
    monkeypatch.setattr(libcamera, "run", lambda words, _log: answers[words[0]])
    with pytest.raises(SkipError, match=r"the system's Python is 3\.5, that of the tests 3"):
        libcamera.build(place / "log")


@pytest.mark.parametrize("has_heap", [False, True])
def test_a_process_is_given_libraries_modules_and_the_stand_in_where_needed(
    place, monkeypatch, has_heap
):
    monkeypatch.setattr(libcamera, "_has_heap", lambda: has_heap)
    lay(place, "lib/x/libcamera.so", "lib/python3/dist-packages/libcamera/__init__.py")
    given = libcamera.environment()
    assert given["LD_LIBRARY_PATH"] == str(place / "libcamera/lib/x")
    assert str(place / "libcamera/lib/python3/dist-packages") in given["PYTHONPATH"]
    assert ("LD_PRELOAD" in given) is not has_heap
