"""Facts about the walk through buttons and lamps: what staff is asked, and what is told of it."""

import asyncio
import io
from contextlib import asynccontextmanager

import pytest

from node.cli import panel
from node.cli.panel import Walk, panel_of, try_panel
from node.cli.texts import load
from node.config_panel import LampConfig, ListeningLampConfig, PanelConfig, PresenceConfig
from node.errors import DeviceError
from tests.fakes.fake_pins import Bench
from tests.virtual_time import run_virtually

NONE = LampConfig(pin="none")
BUTTONS_ONLY = PanelConfig(
    presence=PresenceConfig(pin="none"),
    tally=NONE, buzzer=NONE, listening=ListeningLampConfig("none", "none", "none"),
)  # fmt: skip
ORDER = ("live", "busy", "next", "mute", "talk", "staff")


class Staff:
    """Presses and types what the walk asks for; by name, else as if nobody were there."""

    def __init__(self, bench: Bench, presses=None, answers=()) -> None:
        self.bench, self.presses, self.answers = bench, presses or {}, list(answers)
        self.out = io.StringIO()

    async def line(self) -> str:
        asked = self.out.getvalue().splitlines()[-1]
        name = next((one for one in ORDER if f"Press {one.upper()} " in asked), "")
        if name and name not in self.presses:
            await asyncio.sleep(1)
            return ""
        if name:
            for pressed in self.presses[name]:
                await asyncio.sleep(1)
                for is_down in (True, False):
                    at_s = asyncio.get_running_loop().time()
                    self.bench.pins.edge(pressed, at_s, is_down=is_down)
        elif self.answers:
            await asyncio.sleep(1)
            return self.answers.pop(0)
        await asyncio.sleep(1000)
        return ""

    def forget(self) -> None:
        pass


def walked(cfg: PanelConfig, presses=None, answers=(), held=()) -> tuple[int, list[str]]:
    bench = Bench(frozenset(held))
    staff = Staff(bench, presses, answers)

    async def main() -> int:
        return await Walk(cfg, load("en"), staff, staff.out).run(bench.open)

    return run_virtually(main()), staff.out.getvalue().splitlines()


def verdicts(lines: list[str]) -> list[str]:
    table = lines[lines.index("Result") + 1 : -1]
    return [line[10:20].strip() for line in table]


def test_all_buttons_that_are_pressed_work():
    code, lines = walked(BUTTONS_ONLY, {name: [name] for name in ORDER})
    assert code == 0
    assert verdicts(lines) == ["ok"] * 6
    assert lines[-1] == "6 work, 0 failed, 0 skipped"


def test_another_button_is_told_as_swapped_and_the_right_one_may_still_come():
    presses = {name: [name] for name in ORDER} | {"live": ["next"], "busy": ["mute", "busy"]}
    code, lines = walked(BUTTONS_ONLY, presses)
    assert code == 1
    assert verdicts(lines) == ["swapped", "ok", "ok", "ok", "ok", "ok"]
    assert "  that was NEXT: are the wires swapped?" in lines


def test_a_button_that_nobody_presses_fails_once_patience_ends():
    presses = {name: [name] for name in ORDER} | {"talk": []}
    code, lines = walked(BUTTONS_ONLY, presses)
    assert code == 1
    assert verdicts(lines) == ["ok", "ok", "ok", "ok", "nothing", "ok"]


def test_a_button_that_is_skipped_does_not_fail():
    code, lines = walked(BUTTONS_ONLY, {name: [name] for name in ORDER if name != "staff"})
    assert code == 0
    assert verdicts(lines)[-1] == "skipped"


def test_a_button_that_is_down_already_fails_without_waiting():
    code, lines = walked(BUTTONS_ONLY, {name: [name] for name in ORDER}, held=["live"])
    assert code == 1
    assert verdicts(lines)[0] == "is down"


def test_lamps_are_lit_one_at_a_time_and_judged_by_who_sees_them():
    code, lines = walked(
        PanelConfig(presence=PresenceConfig(pin="none")),
        {name: [name] for name in ORDER},
        answers=["y", "what", "n", "", "是"],
    )
    assert code == 1
    assert verdicts(lines)[6:] == ["ok", "failed", "skipped", "ok", "skipped"]
    assert lines[-1] == "8 work, 1 failed, 2 skipped"


@pytest.mark.parametrize(
    ("reason", "cure"),
    [
        ("panel: error: 'GPIO busy'", "stop the node first"),
        ("panel: lgpio is not installed", "`livesell doctor`"),
    ],
)
def test_lines_that_cannot_be_had_are_told_with_a_cure(reason, cure):
    @asynccontextmanager
    async def refused(_cfg, _told):
        raise DeviceError(reason)
        yield

    out = io.StringIO()
    walk = Walk(PanelConfig(), load("en"), Staff(Bench()), out)
    assert run_virtually(walk.run(refused)) == 1
    assert reason in out.getvalue()
    assert cure in out.getvalue()


def test_the_walk_speaks_chinese():
    out = io.StringIO()
    walk = Walk(BUTTONS_ONLY, load("zh"), Staff(Bench()), out)
    bench = Bench()
    run_virtually(walk.run(bench.open))
    assert "请在 20 秒内按 直播 LIVE(GPIO17)" in out.getvalue()


def test_without_a_file_the_standard_wiring_is_tried_and_without_a_table_nothing(tmp_path, capsys):
    assert panel_of(tmp_path / "node.toml", is_named=False) == PanelConfig()
    (tmp_path / "day.toml").touch()
    (tmp_path / "node.toml").write_text('rundown = "day.toml"\n')
    assert try_panel(tmp_path / "node.toml", load("en")) == 1
    assert "nothing to try" in capsys.readouterr().out


def test_without_standard_input_the_buttons_are_tried_all_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(panel, "PATIENCE_S", 0.01)
    monkeypatch.setattr(panel, "BUZZ_S", 0.0)
    monkeypatch.setattr("sys.stdin", None)
    (tmp_path / "day.toml").write_text("")
    path = tmp_path / "node.toml"
    path.write_text('rundown = "day.toml"\n[panel]\nfactory = "mock"\n')
    assert try_panel(path, load("en")) == 1
    assert "0 work, 7 failed, 5 skipped" in capsys.readouterr().out
