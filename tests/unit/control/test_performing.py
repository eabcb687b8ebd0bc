"""Commands of the control plane in the words of the program and of the machine."""

import io

import numpy as np
import pytest
from PIL import Image

from node.channels import State
from node.control import orders
from node.control.messages import typed
from node.control.performing import REPEATABLE, Machine, ProgramPerformer
from node.control.still import BYTES_MAX, jpeg_of
from node.errors import CommandError
from node.program import commands
from tests.fakes.rundowns import clip, live, rundown
from tests.fakes.stage import stage
from tests.unit.control.samples import command

PRODUCT, SALE = {"product": "P17"}, {"offer": "noon", "count": 3}
OF_KIND = {
    "cue.go": {"segment": "ep2"},
    "cue.arm": {"segment": "ep2"},
    "card.show": PRODUCT,
    "card.hide": {},
    "audio.set": {"volume": 40},
    "say": {"text": {"zh": "欢迎"}},
    "live.start": {},
    "live.stop": {},
    "offer.sold": SALE,
    "stock.set": {"product": "P17", "stock": 4},
    "sys.reboot": {},
    "log.get": {"lines": 2},
    "rebirth": {},
    "scan.note": {"product": "P17", "at": 1_795_236_000_000},
    "snapshot": {},
    "ask.reply": {"turn": "4f1c2a9b-12", "text": {"en": "By hand."}},
}


def order_of(kind, **data):
    known = orders.KINDS[kind]
    return typed(command(kind, stream=known.stream, data={**OF_KIND.get(kind, {}), **data}))


class Booth:
    """A stage with a camera, and a machine that notes what it is asked."""

    def __init__(self):
        day = rundown(clip("ep1", 60), clip("ep2", 60), live("desk", 60), play=("ep1", "desk"))
        self.stage = stage(day)
        self.stage.step()
        self.state = State(self.stage.show)
        self.obeyed, self.asked = [], []
        self.performer = ProgramPerformer(
            self.submit,
            self.state,
            Machine(
                ready=self.ask("ready"), rebirth=self.ask("rebirth"),
                restart=self.ask("restart"), snapshot=self.ask("snapshot", {"bytes": 9}),
                log_lines=self.ask("log", ["one", "two"]), reply=self.ask("reply"),
            ),
        )  # fmt: skip

    def ask(self, what, answer=None):
        async def asked(*words):
            self.asked.append((what, *words))
            return answer

        return asked

    async def submit(self, command_, by):
        assert by == "cloud"
        self.obeyed.append(command_)
        self.stage.do(command_)
        self.stage.step()
        self.state.set(self.stage.show)
        return self.stage.show


@pytest.fixture
def booth():
    return Booth()


@pytest.mark.parametrize(("kind", "program"), [
    ("cue.go", commands.Take("ep2")),
    ("cue.arm", commands.Arm("ep2")),
    ("card.show", commands.ShowCard("P17", 30.0)),
    ("card.hide", commands.HideCard()),
    ("say", commands.Say({"zh": "欢迎"})),
    ("audio.set", commands.SetVolume(40)),
    ("sys.identify", commands.Identify(10)),
    ("live.start", commands.TakeLive()),
    ("stock.set", commands.SetStock("P17", 4)),
    ("scan.note", commands.Scanned("P17", 1_795_236_000.0)),
])  # fmt: skip
async def test_a_command_of_the_program_is_said_in_its_words(booth, kind, program):
    await booth.performer.perform(order_of(kind))
    assert booth.obeyed == [program]


async def test_an_armed_segment_is_ready_before_it_is_done(booth):
    await booth.performer.perform(order_of("cue.arm"))
    assert booth.asked == [("ready", "ep2")]


async def test_a_stop_goes_to_the_fallback_and_takes_the_card_down(booth):
    await booth.performer.perform(order_of("card.show"))
    outcome = await booth.performer.perform(order_of("live.stop"))
    assert outcome.result == {"seg": "slate", "card": ""}


async def test_a_stop_that_resumes_goes_on_with_what_the_camera_interrupted(booth):
    await booth.performer.perform(order_of("live.start"))
    outcome = await booth.performer.perform(order_of("live.stop", to="resume"))
    assert outcome.result["seg"] == "ep1"
    outcome = await booth.performer.perform(order_of("live.stop", to="resume"))
    assert outcome.result["seg"] == "slate"  # nothing was held any more


@pytest.mark.parametrize(("kind", "asked", "result"), [
    ("sys.reboot", ("restart", orders.SysReboot()), {}),
    ("log.get", ("log", 2), {"lines": ["one", "two"]}),
    ("rebirth", ("rebirth",), {}),
    ("ask.reply", ("reply", orders.AskReply("4f1c2a9b-12", {"en": "By hand."})), {}),
])  # fmt: skip
async def test_a_command_of_the_machine_goes_to_the_machine(booth, kind, asked, result):
    outcome = await booth.performer.perform(order_of(kind))
    assert booth.asked == [asked]
    assert outcome.result == result


async def test_the_volume_set_is_told_and_is_that_of_the_show(booth):
    outcome = await booth.performer.perform(order_of("audio.set"))
    assert outcome.result == {"volume": 40}
    assert booth.state.value.volume == 40


async def test_the_name_is_shown_for_as_long_as_was_asked(booth):
    await booth.performer.perform(order_of("sys.identify", for_s=3))
    show = booth.state.value
    assert show.name_until - show.tick == 3 * show.rundown.fps


async def test_a_still_answers_its_command(booth):
    one = order_of("snapshot")
    assert (await booth.performer.perform(one)).result == {"bytes": 9}
    assert booth.asked == [("snapshot", one.id, 320)]


@pytest.mark.parametrize("kind", ["sys.reboot", "log.get", "snapshot", "ask.reply"])
async def test_what_this_machine_has_not_is_a_precondition(booth, kind):
    bare = Machine(ready=booth.ask("ready"), rebirth=booth.ask("rebirth"))
    performer = ProgramPerformer(booth.submit, booth.state, bare)
    with pytest.raises(CommandError, match="nothing that could"):
        await performer.perform(order_of(kind))


@pytest.mark.parametrize("data", [{"segment": "ep1"}, {"segment": "nowhere"}, {"ingest": "cdn"}])
async def test_live_is_the_camera_and_no_clip(booth, data):
    with pytest.raises(CommandError):
        await booth.performer.perform(order_of("live.start", **data))
    assert booth.obeyed == []


@pytest.mark.parametrize("kind", ["cue.go", "cue.arm", "card.show", "live.start", "live.stop"])
async def test_the_state_says_whether_a_command_was_done(booth, kind):
    one = order_of(kind)
    assert not booth.performer.holds(one, is_same_boot=True)
    await booth.performer.perform(one)
    assert booth.performer.holds(one, is_same_boot=True)


@pytest.mark.parametrize(("what", "is_same_boot", "is_so"), [
    ("node", True, True), ("node", False, True), ("machine", False, True), ("machine", True, False),
])  # fmt: skip
def test_a_machine_has_restarted_when_it_is_another_boot(booth, what, is_same_boot, is_so):
    one = order_of("sys.reboot", what=what)
    assert booth.performer.holds(one, is_same_boot=is_same_boot) == is_so
    assert not booth.performer.is_repeatable(one.data)


def test_every_command_that_moves_the_program_is_noted_before_it_acts(booth):
    for kind in ("cue.go", "cue.arm", "card.show", "live.start", "live.stop", "say", "scan.note"):
        assert not booth.performer.is_repeatable(order_of(kind).data)
    assert booth.performer.is_repeatable(orders.SysIdentify())
    assert booth.performer.is_repeatable(orders.AudioSet(40))
    assert len(REPEATABLE) == 9


def test_a_still_is_small_and_has_the_colours_of_the_frame():
    height, width = 720, 1280
    i420 = np.full((height * 3 // 2, width), 128, np.uint8)
    i420[:height] = 76
    i420[height : height * 5 // 4] = 85  # U of red
    i420[height * 5 // 4 :] = 255  # V of red
    content, *size = jpeg_of(i420, 320)
    assert size == [320, 180]
    red, green, blue = Image.open(io.BytesIO(content)).convert("RGB").getpixel((160, 90))
    assert red > 200
    assert max(green, blue) < 60


def test_a_still_of_noise_fits_into_a_message():
    noise = np.random.default_rng(1).integers(0, 255, (1080, 1280), np.uint8)
    content, *_ = jpeg_of(noise, 640)
    assert len(content) <= BYTES_MAX
