"""keygen and sign: what they write, what they refuse, and that check believes it."""

import json

import pytest

from node.__main__ import main
from node.catalog.assets import read_manifest
from node.catalog.trust import Trust
from node.jws import read_keys
from tests.fakes.booth import VECTORS
from tests.fakes.clip_factory import ClipSpec, write_clip

DAY = """
format = "livesell-rundown/1"
id = "small"
title = { zh = "小", en = "Small" }
date = 2026-11-21
market = "CN"
timezone = "Asia/Shanghai"
locales = ["zh", "en"]
fps = 30
assets = "assets.json"
fallback = "pause"

[[segment]]
id = "pause"
kind = "slate"
text = { zh = "稍后", en = "Soon" }

[[segment]]
id = "story"
kind = "clip"
asset = "片 é.mp4"
length = "00:03.0"
title = { zh = "片", en = "Clip" }

[[block]]
from = "00:00"
to = "00:00"
play = ["story"]
"""


@pytest.fixture
def booth(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "booth"
    folder.mkdir()
    (folder / "day.toml").write_text(DAY, encoding="utf-8")
    clip = ClipSpec(seconds=3.0, hum=0.159, level=0.16, audio="pcm_s16le")
    write_clip(folder / "clip.mkv", clip)
    (folder / "clip.mkv").rename(folder / "片 é.mp4")
    assert main(["keygen", "legal", "--folder", str(tmp_path)]) == 0
    return folder


def sign(booth, *more, path="day.toml", key=None):
    key = key or booth.parent / "legal.key"
    words = ["sign", str(booth / path), "--key", str(key), "--approver", "王芳"]
    return main([*words, *more])


def check(booth, *more):
    return main(["check", str(booth / "day.toml"), *more])


def trusted(booth):
    return "--keys", str(booth.parent / "legal.jwk")


def test_a_signed_day_passes_the_check_of_who_believes_the_key(booth, capsys):
    assert sign(booth, "--market", "CN", "--expires", "2099-12-31") == 0
    capsys.readouterr()
    assert check(booth, *trusted(booth)) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "not checked" not in printed.err
    trust = Trust(read_keys(booth.parent / "legal.jwk"), is_required=True)
    entry = read_manifest(booth / "assets.json", trust).entry("片 é.mp4")
    assert (entry.approver, entry.frames, entry.markets) == ("王芳", 90, {"CN"})
    assert not list(booth.glob(".*"))


def test_a_stranger_is_not_believed(booth, capsys):
    sign(booth)
    main(["keygen", "stranger", "--folder", str(booth.parent)])
    assert check(booth, "--keys", str(booth.parent / "stranger.jwk")) == 1
    assert "assets = 'assets.json': E50: assets.jws: signed by 'legal'" in capsys.readouterr().out


def test_a_byte_changed_after_signing_is_found(booth, capsys):
    sign(booth)
    clip = booth / "片 é.mp4"
    content = bytearray(clip.read_bytes())
    content[-1] ^= 1
    clip.write_bytes(content)
    assert check(booth, *trusted(booth)) == 1
    assert "assets: '片 é.mp4': E50: not the file that was approved" in capsys.readouterr().out


def test_the_configuration_says_whom_to_believe(booth, capsys):
    (booth / "node.toml").write_text(
        'rundown = "day.toml"\n[assets]\ntrusted_keys = "../legal.jwk"\nrequire_signed = true\n'
    )
    (booth / "assets.json").write_text('{"format": "livesell-assets/1", "files": {}}')
    assert check(booth, str(booth / "node.toml")) == 1
    assert "E50: not signed: no assets.jws beside it" in capsys.readouterr().out
    assert sign(booth) == 0
    assert check(booth, str(booth / "node.toml")) == 0


def test_a_clip_beyond_the_standard_is_signed_only_when_its_fault_is_accepted(booth, capsys):
    write_clip(booth / "quiet.mkv", ClipSpec(seconds=3.0, level=0.0, audio="pcm_s16le"))
    (booth / "quiet.mkv").rename(booth / "片 é.mp4")
    assert sign(booth) == 1
    assert "silence: silent 0.0-3.0 s" in capsys.readouterr().err
    assert not (booth / "assets.json").exists()
    assert sign(booth, "--accept", "silence") == 0
    entry = json.loads((booth / "assets.json").read_text())["files"]["片 é.mp4"]
    assert entry["accepted"] == ["silence"]
    assert check(booth, *trusted(booth)) == 0


def test_a_manifest_is_approved_anew_by_itself(booth):
    sign(booth, "--expires", "2026-01-01")
    assert check(booth, *trusted(booth)) == 1
    assert sign(booth, "--expires", "2099-01-01", path="assets.json") == 0
    assert check(booth, *trusted(booth)) == 0


def test_a_key_that_others_may_read_signs_nothing(booth, capsys):
    (booth.parent / "legal.key").chmod(0o644)
    assert sign(booth) == 1
    assert "chmod 600" in capsys.readouterr().err
    assert not (booth / "assets.json").exists()


def test_a_link_out_of_the_folder_is_not_approved(booth, capsys):
    clip = booth / "片 é.mp4"
    clip.rename(booth.parent / "elsewhere.mp4")
    clip.symlink_to(booth.parent / "elsewhere.mp4")
    assert sign(booth) == 1
    assert "leads out of the folder" in capsys.readouterr().err


def test_a_day_without_files_or_with_faults_is_not_signed(booth, capsys):
    (booth / "片 é.mp4").unlink()
    assert sign(booth) == 1
    assert "片 é.mp4: No such file" in capsys.readouterr().err
    (booth / "day.toml").write_text(DAY.replace('"pause"', '"gone"', 1), encoding="utf-8")
    assert sign(booth) == 1
    assert "E03" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../k", "", "a/b", "k" * 65, ".hidden", "钥"])
def test_a_key_has_a_plain_name(tmp_path, name):
    assert main(["keygen", name, "--folder", str(tmp_path)]) == 1
    assert not list(tmp_path.glob("*.key"))


def test_keygen_overwrites_nothing(tmp_path):
    assert main(["keygen", "k", "--folder", str(tmp_path)]) == 0
    content = (tmp_path / "k.key").read_bytes()
    assert main(["keygen", "k", "--folder", str(tmp_path)]) == 1
    assert (tmp_path / "k.key").read_bytes() == content


def test_a_second_check_looks_at_nothing_again(booth, capsys):
    sign(booth)
    capsys.readouterr()
    check(booth)
    assert "[" not in capsys.readouterr().err.replace("[1/", "")


def test_the_sample_day_can_be_judged_without_looking_into_its_clips(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    main(["check", "--without-files", str(VECTORS / "rundown" / "day.toml")])
    assert "nobody looked for them" in capsys.readouterr().err
