"""A stock card becomes a node's, and a stock card again."""

import dataclasses
import json
import os
import re
from pathlib import Path

import pytest

from tests.unit.provisioning.conftest import (
    PSK,
    MakeCard,
    provision,
    snapshot,
    undo,
)
from tools.provisioning import boottree
from tools.provisioning.boards import load_board
from tools.provisioning.boottree import judge_board, judge_room, open_tree
from tools.provisioning.card import provisioned
from tools.provisioning.changes import needed_bytes
from tools.provisioning.payload import payload
from tools.provisioning.refusals import Refusal
from tools.provisioning.wish import Wifi, Wish


@pytest.mark.parametrize("system", ["os12", "os13"])
@pytest.mark.parametrize("board", ["pi3", "pi4", "pi5", "cm4", "zero2w"])
def test_what_is_taken_back_is_the_stock_card(make_card: MakeCard, wish, system, board):
    card = make_card(system)
    stock = snapshot(card)
    assert provision(card, wish, board) > 8
    assert snapshot(card) != stock
    assert undo(card) > 8
    assert snapshot(card) == stock


@pytest.mark.parametrize("system", ["os12", "os13"])
def test_a_second_time_nothing_changes(make_card: MakeCard, wish, system):
    card = make_card(system)
    provision(card, wish)
    before = snapshot(card)
    assert provision(card, wish) == 0
    assert snapshot(card) == before


def test_another_wish_takes_the_place_and_the_stock_card_still_comes_back(
    make_card: MakeCard, wish
):
    card = make_card("os13")
    stock = snapshot(card)
    provision(card, wish)
    provision(card, dataclasses.replace(wish, node="booth-13", wifi=None))
    assert "booth-12" not in (card / "cmdline.txt").read_text()
    assert (card / "cmdline.txt").read_text().count("ds=nocloud") == 1
    assert PSK not in (card / "network-config").read_text()
    undo(card)
    assert snapshot(card) == stock


@pytest.mark.parametrize("board", ["pi3", "zero2w"])
def test_a_board_whose_radio_cannot_join_wpa3_alone_is_refused(
    make_card: MakeCard, wish, board: str
):
    card = make_card("os13")
    stock = snapshot(card)
    wpa3 = Wifi("hall", "CN", "correct horse", is_wpa3=True)
    with pytest.raises(Refusal, match="wpa3_board"):
        provision(card, dataclasses.replace(wish, wifi=wpa3), board)
    assert snapshot(card) == stock


@pytest.mark.parametrize("board", ["pi4", "cm4", "pi5"])
def test_a_board_whose_radio_can_is_given_the_password_for_it(make_card: MakeCard, wish, board):
    card = make_card("os13")
    wpa3 = Wifi("hall", "CN", "correct horse", is_wpa3=True)
    provision(card, dataclasses.replace(wish, wifi=wpa3), board)
    told = json.loads((card / "network-config").read_text().partition("\n")[2])
    (place,) = told["network"]["wifis"]["wlan0"]["access-points"].values()
    assert place == {"auth": {"key-management": "sae", "password": "correct horse"}}


def test_the_older_system_is_refused_before_anything_is_written(make_card: MakeCard, wish):
    card = make_card("os12")
    stock = snapshot(card)
    wpa3 = Wifi("hall", "CN", "correct horse", is_wpa3=True)
    with pytest.raises(Refusal, match="wpa3_system"):
        provision(card, dataclasses.replace(wish, wifi=wpa3), "pi5")
    assert snapshot(card) == stock


def test_a_card_for_another_board_is_refused(make_card: MakeCard, wish):
    card = make_card("os13")
    provision(card, wish, "pi4")
    before = snapshot(card)
    with pytest.raises(Refusal, match="other_board"):
        provision(card, wish, "pi5")
    assert snapshot(card) == before


def test_a_system_that_does_not_know_the_board_is_refused(make_card: MakeCard):
    card = make_card("os12")
    (card / "bcm2712-rpi-5-b.dtb").unlink()
    with pytest.raises(Refusal, match="board_unknown_to_card"):
        judge_board(open_tree(card), load_board("pi5"))
    with pytest.raises(Refusal, match="board_has_no_card"):
        judge_board(open_tree(card), load_board("jetson-orin"))


def test_a_system_of_32_bits_is_refused_though_its_kernel_is_of_64(make_card: MakeCard):
    card = make_card("os13")
    (card / "kernel7.img").touch()
    assert (card / "kernel8.img").exists()
    stock = snapshot(card)
    with pytest.raises(Refusal, match="card_32_bit"):
        judge_board(open_tree(card), load_board("pi4"))
    assert snapshot(card) == stock


def test_no_other_folder_is_taken_for_a_boot_partition(make_card: MakeCard, tmp_path: Path):
    with pytest.raises(Refusal, match="no_folder"):
        open_tree(tmp_path / "gone")
    with pytest.raises(Refusal, match="no_boot_tree"):
        open_tree(tmp_path)
    card = make_card("os13")
    (card / "issue.txt").write_text("Ubuntu\n")
    with pytest.raises(Refusal, match=re.escape("issue.txt")):
        open_tree(card)


def test_what_was_never_done_cannot_be_taken_back(make_card: MakeCard):
    with pytest.raises(Refusal, match="not_ours"):
        undo(make_card("os13"))


def test_a_full_or_read_only_card_is_refused_before_anything_is_written(
    make_card: MakeCard, wish, monkeypatch: pytest.MonkeyPatch
):
    tree = open_tree(make_card("os13"))
    stock = snapshot(tree.folder)
    needed = needed_bytes(
        list(provisioned(tree, load_board("pi5"), wish, payload(tree.folder, None)))
    )
    assert needed > 5000
    judge_room(tree, needed)
    facts = os.statvfs(tree.folder)
    told = {"full": (2, facts.f_flag), "read_only": (facts.f_bavail, os.ST_RDONLY)}
    for code, (blocks, flag) in told.items():
        values = list(facts)[:10]
        values[4], values[8] = blocks, flag
        monkeypatch.setattr(boottree.os, "statvfs", lambda _, v=tuple(values): os.statvfs_result(v))
        with pytest.raises(Refusal, match=code):
            judge_room(tree, needed)
    assert snapshot(tree.folder) == stock


def test_line_ends_of_another_system_stay_as_they_are(make_card: MakeCard, wish: Wish):
    card = make_card("os13")
    config = card / "config.txt"
    config.write_bytes(config.read_bytes().replace(b"\n", b"\r\n"))
    (card / "user-data").write_bytes(b"#cloud-config\r\n")
    stock = snapshot(card)
    provision(card, wish)
    undo(card)
    assert snapshot(card) == stock
