"""The orders for a first start of Raspberry Pi OS 13: cloud-init."""

import dataclasses

import pytest
import yaml

from tests.unit.provisioning.conftest import (
    PSK,
    SSH_KEY,
    MakeCard,
    provision,
)
from tools.provisioning.cloud import cloud_files, instance
from tools.provisioning.wish import Wifi, Wish


def test_nobody_has_a_password_and_nobody_logs_in_by_one(wish: Wish):
    told = yaml.safe_load(cloud_files(wish)["user-data"])
    (user,) = told["users"]
    assert user["lock_passwd"] is True
    assert not {"passwd", "plain_text_passwd", "hashed_passwd"} & set(user)
    assert (user["name"], user["ssh_authorized_keys"]) == ("field", [SSH_KEY])
    assert (told["ssh_pwauth"], told["enable_ssh"], told["hostname"]) == (False, True, "booth-12")
    shut = yaml.safe_load(cloud_files(dataclasses.replace(wish, ssh_keys=()))["user-data"])
    assert "enable_ssh" not in shut
    assert "ssh_authorized_keys" not in shut["users"][0]


@pytest.mark.parametrize("ssid", ['三号馆 "A"', "null", "a: b # c", "yes", "\\x41", "café\t"])
def test_any_name_of_a_network_arrives_as_it_is(wish: Wish, ssid: str):
    told = cloud_files(dataclasses.replace(wish, wifi=Wifi(ssid, "CN", PSK)))["network-config"]
    wlan = yaml.safe_load(told)["network"]["wifis"]["wlan0"]
    assert wlan["access-points"] == {ssid: {"password": PSK}}
    assert wlan["regulatory-domain"] == "CN"


def test_a_changed_word_makes_a_new_instance(wish: Wish, make_card: MakeCard):
    other = dataclasses.replace(wish, timezone="Europe/Berlin")
    assert instance(wish) == instance(dataclasses.replace(wish)) != instance(other)
    card = make_card("os13")
    imager = (card / "cmdline.txt").read_text().rstrip() + " ds=nocloud;i=rpi-imager-17\n"
    (card / "cmdline.txt").write_text(imager)
    provision(card, wish)
    words = (card / "cmdline.txt").read_text().split()
    assert [word for word in words if word.startswith("ds=")] == [f"ds=nocloud;i={instance(wish)}"]
    assert yaml.safe_load((card / "meta-data").read_text())["instance-id"] == instance(wish)
