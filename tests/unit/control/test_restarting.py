"""Starting again: only where it is allowed, never on air unless forced, ended by who comes up."""

import asyncio

import pytest

from node.channels import State
from node.control import restarting
from node.control.orders import SysReboot
from node.control.restarting import Restart, reboot_machine
from node.errors import CommandError, DeviceError
from node.program import commands
from tests.fakes.rundowns import clip, live, rundown
from tests.fakes.stage import stage
from tests.virtual_time import run_virtually

NODE, MACHINE = SysReboot(), SysReboot("machine")


class Booth:
    """A show, and what was started again."""

    def __init__(self, **given):
        self.stage = stage(
            rundown(clip("ep1", 60), clip("ep2", 60), live("desk", 60), play=("ep1", "desk"))
        )
        self.stage.step()
        self.state = State(self.stage.show)
        self.began = []
        terms = {"may_reboot": True, "is_supervised": True, **given}
        self.restart = Restart(
            self.state, **terms, end=lambda: self.began.append("node"), reboot=self.reboot
        )

    async def reboot(self):
        self.began.append("machine")

    def do(self, command):
        self.stage.do(command)
        self.stage.step()
        self.state.set(self.stage.show)

    def ask(self, order, *changes):
        """Ask, and give it a minute; each change is (after seconds, what to do)."""

        async def story():
            for after_s, change in changes:
                asyncio.get_running_loop().call_later(after_s, change)
            async with asyncio.timeout(60):
                await self.restart(order)

        run_virtually(story())


@pytest.mark.parametrize(("order", "began"), [(NODE, ["node"]), (MACHINE, ["machine"])])
def test_what_was_asked_for_is_started_again_once_and_nobody_says_it_is_done(order, began):
    booth = Booth()
    with pytest.raises(TimeoutError):
        booth.ask(order)
    assert booth.began == began


@pytest.mark.parametrize(("terms", "order", "why"), [
    ({"may_reboot": False}, MACHINE, r"mqtt\.may_reboot"),
    ({"is_supervised": False}, NODE, "nobody would start"),
])  # fmt: skip
def test_what_this_node_may_not_is_refused(terms, order, why):
    booth = Booth(**terms)
    with pytest.raises(CommandError, match=why):
        booth.ask(order)
    assert booth.began == []


def test_a_machine_may_be_restarted_by_a_node_that_nobody_would_start():
    booth = Booth(is_supervised=False)
    with pytest.raises(TimeoutError):
        booth.ask(MACHINE)
    assert booth.began == ["machine"]


@pytest.mark.parametrize("command", [commands.Arm("ep2"), commands.TakeLive()])
@pytest.mark.parametrize("order", [NODE, MACHINE])
def test_while_live_or_armed_it_is_refused_unless_forced(command, order):
    booth = Booth()
    booth.do(command)
    with pytest.raises(CommandError, match="live or armed"):
        booth.ask(order)
    assert booth.began == []
    with pytest.raises(TimeoutError):
        booth.ask(SysReboot(order.what, force=True))
    assert booth.began == [order.what]


def test_what_is_armed_while_it_waits_is_not_cut_off():
    booth = Booth()
    with pytest.raises(CommandError, match="live or armed"):
        booth.ask(MACHINE, (1, lambda: booth.do(commands.Arm("ep2"))))
    assert booth.began == []


@pytest.mark.parametrize(("words", "why"), [
    (("/no/such/program",), "No such file"),
    (("sh", "-c", "echo Access denied >&2; exit 1"), "Access denied"),
    (("false",), "exit code 1"),
])  # fmt: skip
async def test_a_machine_that_refuses_says_why(monkeypatch, words, why):
    monkeypatch.setattr(restarting, "REBOOT", words)
    with pytest.raises(DeviceError, match=why):
        await reboot_machine()
