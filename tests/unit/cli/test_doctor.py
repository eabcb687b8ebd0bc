"""The doctor's verdicts, for people and for machines."""

import errno
import io
import json
import re
import socket
import sys
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from node.__main__ import main
from node.board.capacity import Capacity
from node.board.thermal import Heat
from node.cli import doctor, examine, examine_board, examine_camera, examine_sound
from node.cli.texts import load
from node.cli.verdict import Verdict
from node.config import Config, EncoderConfig, PatternConfig, ProgramConfig, UrlConfig, WebConfig
from node.config_camera import ArgusConfig, PiCameraConfig, V4l2Config
from node.config_control import EnrolConfig
from node.encode.probe import Board
from node.errors import AssetError
from tests.fakes.fake_picamera2 import FakePi
from tests.fakes.fake_v4l2 import YUYV, FakeV4l2


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        rundown="day.toml",
        state_dir=str(tmp_path),
        camera=PatternConfig(),
        program=ProgramConfig(size="640x360"),
        encoder=EncoderConfig(preset="ultrafast"),
        web=WebConfig(host="127.0.0.1", port=0),
    )


def brief(verdict: Verdict) -> tuple[str, str]:
    """Level and code, after both languages have proved to have its words."""
    for locale in ("en", "zh"):
        assert verdict.message(load(locale))
        assert isinstance(verdict.cure(load(locale)), str)
    return verdict.level, verdict.code


def test_every_check_has_a_verdict_with_words_on_this_machine(config):
    verdicts = [check(config) for check in doctor.ALL_CHECKS]
    assert len({verdict.part for verdict in verdicts}) == len(verdicts)
    for verdict in verdicts:
        assert brief(verdict)[0] in {"ok", "warn", "fail", "absent"}


def test_every_verdict_that_warns_or_fails_has_a_cure():
    texts = load("en")
    bad = [key for key in texts._by_key if key.startswith("doctor.") and key.endswith("_cure")]
    assert all(key.removesuffix("_cure") in texts for key in bad)
    for code in ("encoder.broken", "fonts.missing", "port.taken", "disk.full", "clock.unsynced"):
        assert f"doctor.{code}_cure" in bad


def test_the_encoder_is_named_with_the_reason(config):
    verdict = examine.encoder(config)
    assert brief(verdict) == ("ok", "ok")
    assert verdict.facts["name"] == "libx264/ultrafast"
    assert verdict.facts["why"]


def test_missing_fonts_fail_with_their_cure(config, monkeypatch):
    def no_face(*_asked):
        raise AssetError("no font can draw Chinese")

    monkeypatch.setattr("node.graphics.fonts.face", no_face)
    verdict = examine.fonts(config)
    assert brief(verdict) == ("fail", "missing")
    assert "fonts-noto-cjk" in verdict.cure(load("en"))


@pytest.mark.parametrize(
    ("market", "seller", "expected"),
    [
        ("CN", "", ("warn", "missing")),
        ("CN", '[seller]\nname = { zh = "茶行", en = "Tea house" }\n', ("ok", "ok")),
        ("US", "", ("absent", "not_asked")),
        ("nowhere", "", ("absent", "no_day")),
    ],
)
def test_a_seller_that_the_rules_want_shown_is_missed(config, tmp_path, market, seller, expected):
    demo = Path(doctor.__file__).parents[1] / "demo"
    day = (demo / "day.toml").read_text(encoding="utf-8")
    catalog = (demo / "catalog.toml").read_text(encoding="utf-8")
    path = tmp_path / "day.toml"
    path.write_text(day.replace('"CN"', f'"{market}"'), encoding="utf-8")
    without = re.sub(r"^\[seller\].*\n(?:.+\n)*", seller, catalog, flags=re.MULTILINE)
    (tmp_path / "catalog.toml").write_text(without, encoding="utf-8")
    verdict = examine.seller(msgspec.structs.replace(config, rundown=str(path)))
    assert brief(verdict) == expected


def test_a_missing_package_fails(config, monkeypatch):
    monkeypatch.setattr(examine, "PACKAGES", ("av", "no-such-package"))
    assert brief(examine.python(config)) == ("fail", "missing")


def test_a_system_of_32_bits_fails_whatever_its_kernel_is(config):
    verdict = examine.python(config, address_bytes=4)
    assert brief(verdict) == ("fail", "other_bits")
    assert verdict.facts["bits"] == 32


def test_a_taken_port_fails_unless_a_node_is_on_air_there(node):
    with socket.socket() as ours:  # kept from all others, yet free: nobody listens there
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ours.bind(("127.0.0.1", 0))
        web = WebConfig(host="127.0.0.1", port=ours.getsockname()[1])
        assert brief(examine.port(Config(rundown="", web=web))) == ("ok", "free")
    taken = Config(rundown="", web=WebConfig(host="127.0.0.1", port=int(node.url.split(":")[2])))
    assert brief(examine.port(taken)) == ("ok", "on_air")
    node.answers["/status"] = (404, b"another program")
    assert brief(examine.port(taken)) == ("fail", "taken")


def test_a_configured_camera_must_be_there(tmp_path):
    camera = Config(rundown="", camera=UrlConfig(url="/dev/video0"))
    assert brief(examine_camera.camera(camera, tmp_path)) == ("fail", "missing")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/video0").touch()
    assert brief(examine_camera.camera(camera, tmp_path)) == ("ok", "configured")
    remote = Config(rundown="", camera=UrlConfig(url="rtsp://camera/1"))
    assert brief(examine_camera.camera(remote, tmp_path)) == ("ok", "configured")


@pytest.mark.parametrize(
    ("number", "found", "level", "said"),
    [
        (1, ["imx708", "imx219"], "ok", "camera 1 of 0 imx708, 1 imx219"),
        (2, ["imx708"], "fail", "no camera 2; found: 0 imx708"),
        (0, [], "fail", "found: none"),
    ],
)
def test_a_raspberry_pis_camera_is_looked_for(monkeypatch, number, found, level, said):
    FakePi(cameras=found).install(monkeypatch)
    monkeypatch.setattr(examine_camera, "find_spec", lambda _: object())
    verdict = examine_camera.camera(Config(rundown="", camera=PiCameraConfig(number)))
    assert brief(verdict)[0] == level
    assert said in verdict.message(load("en"))


def test_without_its_library_a_raspberry_pis_camera_has_a_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "picamera2", None)
    verdict = examine_camera.camera(Config(rundown="", camera=PiCameraConfig()))
    assert brief(verdict) == ("fail", "not_installed")
    assert "python3-picamera2" in verdict.message(load("en"))
    assert "another board" in verdict.cure(load("en"))


def test_a_libcamera_that_fails_is_told_by_the_doctor(monkeypatch):
    def fail() -> list[dict[str, object]]:
        raise RuntimeError("the camera manager does not start")

    FakePi().install(monkeypatch)
    monkeypatch.setattr(examine_camera, "find_spec", lambda _: None)
    monkeypatch.setattr(sys.modules["picamera2"].Picamera2, "global_camera_info", fail)
    verdict = examine_camera.camera(Config(rundown="", camera=PiCameraConfig()))
    assert brief(verdict) == ("fail", "pi_broken")
    assert "does not start" in verdict.message(load("en"))


def test_the_mode_of_a_usb_camera_is_told_with_the_reason(monkeypatch):
    kernel = FakeV4l2([(YUYV, 1280, 720, [Fraction(30)])], lambda _: b"")
    monkeypatch.setattr("node.capture.v4l2.LinuxKernel", lambda: kernel)
    cfg = Config(rundown="", camera=V4l2Config("/dev/null"))
    verdict = examine_camera.camera(cfg)
    assert brief(verdict) == ("ok", "driver")
    assert "/dev/null, yuyv 1280x720 at 30/s: best of 1 modes" in verdict.message(load("en"))
    assert kernel.opened == kernel.closed == 1
    kernel.open_error = errno.EACCES
    assert brief(examine_camera.camera(cfg)) == ("fail", "v4l2_broken")


def test_a_jetsons_camera_needs_its_source(monkeypatch):
    monkeypatch.setattr(examine_camera.shutil, "which", lambda name: f"/bin/{name}")
    answers = {"returncode": 1}
    monkeypatch.setattr(
        examine_camera.subprocess, "run", lambda *_, **__: SimpleNamespace(**answers)
    )
    cfg = Config(rundown="", camera=ArgusConfig())
    verdict = examine_camera.camera(cfg)
    assert brief(verdict) == ("fail", "not_installed")
    assert "another board" in verdict.cure(load("en"))
    answers["returncode"] = 0
    assert brief(examine_camera.camera(cfg)) == ("ok", "driver")
    monkeypatch.setattr(examine_camera.shutil, "which", lambda _: None)
    assert "gstreamer1.0-tools" in examine_camera.camera(cfg).message(load("en"))


def test_a_bare_machine_is_told_what_it_lacks(config, tmp_path):
    bare = tmp_path / "bare"
    for check in (
        examine_board.hardware_encoder,
        examine_sound.microphone,
        examine_sound.speaker,
        examine_board.gpio,
    ):
        assert brief(check(config, bare)) == ("absent", "none")


class WoodenEncoder:
    """A board's own encoder."""

    name = "v4l2m2m//dev/video11"
    why = "the board's own: 9.0 ms a picture in its trial"
    is_closed = False

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize(
    ("kind", "has_one", "refusals", "expected"),
    [
        ("auto", True, (), ("ok", "ok")),
        ("auto", True, ("v4l2m2m: /dev/video10: busy (EBUSY)",), ("ok", "chosen")),
        ("libx264", True, (), ("ok", "unused")),
        ("auto", False, ("gstreamer: no python3-gi",), ("warn", "refused")),
        ("gstreamer", False, ("gstreamer: no python3-gi",), ("fail", "refused")),
        ("auto", False, (), ("absent", "none")),
    ],
)
def test_the_boards_encoder_is_told_with_every_refusal(
    config, monkeypatch, kind, has_one, refusals, expected
):
    own = WoodenEncoder()
    board = Board(own if has_one else None, refusals)  # type: ignore[arg-type]  # of wood
    monkeypatch.setattr("node.encode.probe.find_board", lambda *_, **__: board)
    asking = msgspec.structs.replace(config, encoder=EncoderConfig(kind=kind))
    verdict = examine_board.hardware_encoder(asking)
    assert brief(verdict) == expected
    assert own.is_closed == has_one
    assert all(one in verdict.facts["reasons"] for one in refusals)


def test_an_encoder_asked_for_that_is_not_there_is_a_fault_and_its_stand_in_is_named(config):
    encoder = EncoderConfig(kind="v4l2m2m", device="/dev/video987", preset="superfast")
    verdict = examine.encoder(msgspec.structs.replace(config, encoder=encoder))
    assert brief(verdict) == ("fail", "stands_in")
    words = verdict.message(load("en"))
    assert "v4l2m2m, which encoder.kind asks for, is not usable" in words
    assert "libx264/superfast would stand in: v4l2m2m: /dev/video987: open: no such device" in words


def test_how_near_the_machine_is_to_slowing_down_is_told(config, tmp_path):
    folder = tmp_path / "sys/class/thermal/thermal_zone0"
    folder.mkdir(parents=True)
    (folder / "temp").write_text("61000")
    assert brief(examine_board.heat(config, tmp_path)) == ("ok", "ok")
    (folder / "trip_point_0_type").write_text("passive")
    (folder / "trip_point_0_temp").write_text("85000")
    verdict = examine_board.heat(config, tmp_path)
    assert brief(verdict) == ("ok", "guarded")
    assert verdict.facts == {"celsius": 61.0, "limit": 85}
    (folder / "temp").write_text("85000")
    assert brief(examine_board.heat(config, tmp_path)) == ("warn", "hot")


def test_a_node_that_asks_to_belong_is_told_where(config):
    asking = msgspec.structs.replace(config, enrol=EnrolConfig("https://fleet.example"))
    verdict = examine.broker(asking)
    assert brief(verdict) == ("absent", "asks")
    assert "https://fleet.example" in verdict.message(load("en"))


def test_sound_and_gpio_are_told_when_there(config, tmp_path):
    (tmp_path / "proc/asound").mkdir(parents=True)
    (tmp_path / "proc/asound/pcm").write_text("00-00: Mic : Mic : playback 1 : capture 1\n")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/gpiochip0").touch()
    for check in (examine_sound.microphone, examine_sound.speaker, examine_board.gpio):
        assert brief(check(config, tmp_path)) == ("ok", "ok")


@pytest.mark.parametrize(
    ("heat", "told"),
    [
        (Heat(45.0), ("ok", "ok")),
        (Heat(85.0), ("warn", "hot")),
        (Heat(60.0, is_slowed=True), ("warn", "hot")),
        (Heat(45.0, has_low_voltage=True), ("warn", "low_voltage")),
        (Heat(None), ("absent", "none")),
    ],
)
def test_heat_is_judged(config, monkeypatch, heat, told):
    monkeypatch.setattr(examine_board, "read_heat", lambda _root: heat)
    assert brief(examine_board.heat(config)) == told


@pytest.mark.parametrize(
    ("free_mib", "told"), [(5000, ("ok", "ok")), (500, ("warn", "low")), (50, ("fail", "full"))]
)
def test_the_disk_is_judged_by_its_room(config, monkeypatch, free_mib, told):
    monkeypatch.setattr(examine_board, "free_disk_mib", lambda _folder: free_mib)
    assert brief(examine_board.disk(config)) == told


def test_a_state_directory_that_cannot_be_made_fails(tmp_path):
    (tmp_path / "file").touch()
    config = Config(rundown="", state_dir=str(tmp_path / "file" / "state"))
    assert brief(examine_board.disk(config)) == ("fail", "read_only")


@pytest.mark.parametrize(
    ("cores", "memory_mib", "level"), [(4, 8000, "ok"), (1, 8000, "warn"), (4, 512, "warn")]
)
def test_a_small_machine_is_told(config, monkeypatch, cores, memory_mib, level):
    found = Capacity("board", cores, memory_mib, memory_mib // 2)
    monkeypatch.setattr(examine_board, "read_capacity", lambda _root: found)
    assert brief(examine_board.machine(config))[0] == level


def test_the_exit_code_is_1_when_something_fails(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "ALL_CHECKS", (lambda _: Verdict("broker", "absent", "alone"),))
    assert main(["doctor"]) == 0
    bad = Verdict("port", "fail", "taken", {"port": 8080, "reason": "in use"})
    monkeypatch.setattr(doctor, "ALL_CHECKS", (lambda _: bad,))
    assert main(["doctor", "--lang", "zh"]) == 1
    assert "故障" in capsys.readouterr().out


def test_machines_get_stable_words_in_english(monkeypatch, capsys):
    bad = Verdict("port", "fail", "taken", {"port": 8080, "reason": "in use"})
    monkeypatch.setattr(doctor, "ALL_CHECKS", (lambda _: bad,))
    assert main(["doctor", "--json", "--lang", "zh"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert told["verdicts"] == [
        {
            "part": "port",
            "level": "fail",
            "code": "taken",
            "message": "8080: in use",
            "cure": "end the other program, or choose another port "
            "(livesell demo --port N; port under [web])",
            "facts": {"port": 8080, "reason": "in use"},
        }
    ]


def test_a_wrong_configuration_is_exit_78(tmp_path, capsys):
    assert main(["doctor", "--config", str(tmp_path / "none.toml")]) == 78
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_who_may_not_read_the_configuration_is_told_who_may(tmp_path, monkeypatch, capsys, lang):
    path = tmp_path / "node.toml"
    path.write_text('rundown = "day.toml"\n')
    monkeypatch.setattr("os.access", lambda place, _mode: place != path)
    assert main(["doctor", "--config", str(path), "--lang", lang]) == 78
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(f"sudo -u livesell livesell doctor --config {path}") or lang == "zh"
    assert str(path) in line
    assert "sudo -u livesell" in line


def test_the_self_test_tells_the_encoder_and_what_is_simulated(config):
    out = io.StringIO()
    doctor.self_test(config, load("en"), out)
    assert "libx264/ultrafast" in out.getvalue()
    assert "simulated" in out.getvalue()
