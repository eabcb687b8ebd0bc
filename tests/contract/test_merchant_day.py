"""What a merchant does with the reference's day: approve, check, print, rehearse and run it."""

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from node.web.status import CardView, Status
from tests.fakes.clip_factory import ClipSpec, write_clip
from tests.fakes.running import ROOT, RunningNode, Said, events, kept_codes, livesell, running

pytestmark = pytest.mark.timeout(300)

CLIPS_S = {"story": 50, "finale": 30, "teaser": 15, "idle": 8}
SHORTER = (("03:20.0", "00:50.0"), ("03:10.0", "00:30.0"), ("02:31.4", "00:02.0"))
"""Minutes of the page's clips are seconds here."""
EVEN_HUM = 0.154
"""Peak of a tone that with the clicks makes -16 LUFS."""
NODE = """\
rundown   = "day.toml"
node      = "booth-7"
state_dir = "state"
[camera]
kind = "pattern"
[program]
size = "640x360"
[encoder]
preset = "ultrafast"
[web]
host = "127.0.0.1"
port = 0
[assets]
trusted_keys   = "legal.jwk"
require_signed = true
"""


@pytest.fixture(scope="module")
def booth(tmp_path_factory) -> Path:
    """The folder of the reference's day with shorter clips, all of it signed."""
    folder = tmp_path_factory.mktemp("booth")
    page = (ROOT / "node/program/README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml\n# (\w+\.toml)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    for name, content in blocks:
        text = content.replace("# assets = ", "assets = ")
        for long, short in SHORTER:
            text = text.replace(long, short)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "node.toml").write_text(NODE, encoding="utf-8")
    for name, seconds in CLIPS_S.items():
        spec = ClipSpec(width=160, height=90, seconds=seconds, hum=EVEN_HUM, level=0.3, b_frames=0)
        write_clip(folder / f"{name}.mp4", spec)
    for name in ("pause.png", "gaiwan.jpg"):
        Image.new("RGB", (320, 180), (200, 120, 80)).save(folder / name)
    assert livesell("keygen", "legal", "--folder", str(folder)).code == 0
    words = ("--key", str(folder / "legal.key"), "--approver", "Wang Fang")
    signed = livesell("sign", str(folder / "day.toml"), *words)
    assert signed.code == 0, signed.err
    return folder


@pytest.fixture(scope="module")
def node(booth: Path) -> Iterator[RunningNode]:
    with running(booth / "node.toml") as node:
        yield node


def of_day(booth: Path, verb: str, *words: str) -> Said:
    return livesell(verb, str(booth / "day.toml"), *words)


def test_the_signed_day_passes_the_check_for_its_node(booth: Path):
    said = livesell("check", str(booth / "node.toml"), str(booth / "day.toml"))
    assert (said.code, said.out) == (0, "")
    assert "0 errors, 0 warnings" in said.err
    assert "E50" not in said.err


def test_an_altered_clip_fails_the_check(booth: Path):
    path = booth / "teaser.mp4"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    said = of_day(booth, "check", "--keys", str(booth / "legal.jwk"))
    path.write_bytes(whole)
    assert said.code == 1
    assert "teaser.mp4" in said.out
    assert "E50" in said.out


def test_it_prints_as_a_call_sheet_in_both_languages(booth: Path):
    for locale, word in (("zh", "一碗茶"), ("en", "A bowl of tea")):
        said = of_day(booth, "sheet", "--locale", locale)
        assert said.code == 0
        assert word in said.out


def test_its_wire_form_names_every_approved_file(booth: Path):
    said = of_day(booth, "compile")
    assert said.code == 0
    assert len(json.loads(said.out)["assets"]) == len(CLIPS_S) + 2


def test_it_is_rehearsed_without_its_clips(booth: Path, tmp_path: Path):
    for path in booth.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    said = livesell("rehearse", str(tmp_path / "day.toml"), "--json")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert told["late_frames_max"] == 0
    assert {one["segment"] for one in told["aired"]} >= {"story", "finale", "desk", "assistant"}


def test_on_air_it_says_who_approved_its_files(node: RunningNode):
    assets = node.status().assets
    assert (assets.state, assets.by, assets.files) == ("signed", "legal", len(CLIPS_S) + 2)
    assert assets.refused == ()
    assert "approved by legal" in node.cli("status").out


def put_up(node: RunningNode, product: str) -> CardView:
    """A product's card on air: once more where the day's own cue came before the look at it."""

    def is_up(status: Status) -> bool:
        return status.card is not None and status.card.product == product

    status = node.status()
    while not is_up(status):
        assert node.command("card.show", product=product, for_s=600)[0] == 200
        status = node.status()
    assert status.card is not None
    return status.card


def test_an_altered_picture_goes_off_while_the_show_goes_on(booth: Path, node: RunningNode):
    assert put_up(node, "T1").image == "/media/T1.jpg"
    path = booth / "gaiwan.jpg"
    whole = path.read_bytes()
    path.write_bytes(whole + b" ")
    node.until(lambda status: status.assets.refused == ("gaiwan.jpg",))
    assert (put_up(node, "T1").image, node.ask("/media/T1.jpg")[0]) == ("", 404)
    path.write_bytes(whole)
    node.until(lambda status: status.assets.refused == ())
    node.until(lambda _: any("gaiwan.jpg" in one.why for one in events(booth / "state")
                             if one.ev == "asset.failed"))  # fmt: skip


def test_a_code_photographed_before_a_power_cut_leads_to_its_page(booth: Path, node: RunningNode):
    node.command("card.hide")
    code = put_up(node, "T2").qr.removeprefix("/q/").removesuffix(".svg")
    assert node.ask(f"/q/{code}")[0] == 200
    node.until(lambda _: code in kept_codes(booth / "state"))
    node.send(signal.SIGKILL)
    node.wait()
    with running(booth / "node.toml") as again:
        status, page = again.ask(f"/q/{code}")
    assert status == 200
    assert "桂花乌龙" in page.decode() or "Osmanthus" in page.decode()
