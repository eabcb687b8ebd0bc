"""An image of a card, not yet on one."""

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from tests.unit.provisioning.conftest import snapshot
from tools.provisioning import image as image_module
from tools.provisioning.__main__ import main
from tools.provisioning.image import SECTOR_BYTES, boot_partition, mounted
from tools.provisioning.refusals import Refusal

BEGIN = 8192
FAT32_LBA = 0x0C


def table(begin: int, sectors: int, kind: int = FAT32_LBA) -> bytes:
    """A master boot record with one partition."""
    entry = struct.pack("<B3xB3xII", 0, kind, begin, sectors)
    return (bytes(446) + entry).ljust(510, b"\0") + b"\x55\xaa"


def test_the_boot_partition_is_the_first_one(tmp_path: Path):
    image = tmp_path / "card.img"
    image.write_bytes(table(BEGIN, 1000))
    assert boot_partition(image) == (BEGIN * SECTOR_BYTES, 1000 * SECTOR_BYTES)


@pytest.mark.parametrize("head", [b"", b"\0" * 512, table(BEGIN, 1000, kind=0x83), b"PK" * 300])
def test_what_is_no_image_of_a_card_is_refused(tmp_path: Path, head: bytes):
    image = tmp_path / "card.img"
    image.write_bytes(head)
    with pytest.raises(Refusal, match="no_image"):
        boot_partition(image)


def test_only_root_may_look_into_an_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    image = tmp_path / "card.img"
    image.write_bytes(table(BEGIN, 1000))
    monkeypatch.setattr(image_module.os, "geteuid", lambda: 1000)
    with pytest.raises(Refusal, match="image_not_root"), mounted(image):
        pass


def test_a_card_that_stays_mounted_keeps_what_is_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    image, card = tmp_path / "card.img", tmp_path / "card"
    image.write_bytes(table(BEGIN, 1000))

    def run(words, **_facts) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(words, int(words[0] == "umount"), "", "target is busy")

    monkeypatch.setattr(image_module.os, "geteuid", lambda: 0)
    monkeypatch.setattr(image_module.subprocess, "run", run)
    monkeypatch.setattr("tempfile.mkdtemp", lambda *_, **__: str(card))
    monkeypatch.setattr(image_module, "mkdtemp", lambda **_: str(card), raising=False)
    card.mkdir()
    with pytest.raises(Refusal, match="umount"), mounted(image) as folder:
        (folder / "config.txt").write_text("")
    assert (card / "config.txt").exists()


def test_a_card_is_made_in_its_image(make_card, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    mkfs = shutil.which("mkfs.ext4")
    if os.geteuid() != 0 or mkfs is None:
        pytest.skip("needs root and mkfs.ext4")
    image, stock = tmp_path / "card.img", make_card("os13")
    image.write_bytes(table(BEGIN, 32768))
    # No tool for FAT is asked for: the kernel finds out which file system it is.
    subprocess.run([mkfs, "-q", "-d", stock, "-E", f"offset={BEGIN * SECTOR_BYTES}", image, "16M"],
                   check=True, capture_output=True)  # fmt: skip
    words = [str(image), "--lang", "en"]
    if main([*words, "--board", "pi4", "--node", "booth-12"]) != 0:
        assert "cannot be mounted" in capsys.readouterr().err
        pytest.skip("no loop device here")
    with mounted(image) as card:
        assert (card / "livesell/node.toml").is_file()
    assert main([*words, "--undo"]) == 0
    with mounted(image) as card:
        shutil.rmtree(card / "lost+found")
        assert snapshot(card) == snapshot(stock)
