"""The composition root: the only module that knows every part of the node."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

from node.board.claiming import Claiming
from node.board.clock import Clock
from node.board.identity import URL_FILE
from node.board.leisure import Leisure
from node.board.sdnotify import SdNotify
from node.capture.faulty import FaultSwitch
from node.capture.source import Camera, can_lock
from node.catalog.picturewatch import PictureWatch
from node.catalog.pricewatch import PriceWatch
from node.channels import Fanout, Latest, State
from node.config import Config
from node.control.panel import PanelNeighbours
from node.control.panel_wiring import panel_of
from node.control.restarting import is_on_air
from node.day import Day, clips_of, library_of, load_day, program_size, simulated
from node.encode.codec import Sparing
from node.encode.encoder import VideoEncoder
from node.encode.guard import Guard
from node.encode.opus import AudioEncoder
from node.graphics.artwork import Artwork
from node.media import AccessUnit, AudioChunk, Frame, OpusPacket, Rendition
from node.metrics.asplayed import AsPlayed
from node.metrics.events import Event, Events
from node.program.cards import running_offers, stocks_of
from node.program.commands import CrowdCommand
from node.program.deck import Deck
from node.program.listening import Listening
from node.program.livesound import LiveSound
from node.program.memory import Memory, remembered
from node.program.mixer import ENCODER_QUEUE, Counters, Mixer
from node.program.outputs import Standings, carrying
from node.program.runner import ShowRunner
from node.program.schedule import opening
from node.program.show import Fact, Show
from node.program.sound import Ring
from node.program.spoken import SpokenRing
from node.store.kept import Store
from node.stream.crowd import Crowd, Outlets
from node.stream.feed import Feed
from node.stream.hub import Hub
from node.stream.messages import Messages
from node.stream.renditions import Renditions
from node.supervise import Component, Supervisor
from node.update.watch import trial_watch
from node.voice.wiring import VoiceNeighbours, voice_of
from node.web.access import load_access
from node.web.cards import CardBook
from node.web.claiming import ClaimFace
from node.web.codes import ScanCodes
from node.web.crowd import CrowdFace
from node.web.demo import FaultBar
from node.web.editing import Editing, redraw
from node.web.firstpicture import make_ready
from node.web.landing import LandingFace
from node.web.onair import OnAir, reachable
from node.web.operator import OperatorFace
from node.web.pages import PagesFace, code_share
from node.web.presenter import Presenter, Sources
from node.web.questions import Questions
from node.web.server import Web
from node.web.visitors import Visitors
from node.web.whep import WhepFace


async def run_node(
    cfg: Config, *, is_demo: bool, seconds: float | None, announce: Callable[[str], None]
) -> None:
    """Run the node until cancelled, or for `seconds` from going on air.

    `announce` is told the address once the program is on air. Raises `RundownError` when the
    rundown is refused, `ConfigError` for an unusable token file, and `ExceptionGroup` when an
    essential part failed.
    """
    if cfg.mqtt is not None or cfg.enrol is not None:
        from node.control.outside import with_line  # noqa: PLC0415  # paho only where needed

        cfg = with_line(cfg)
    clock = Clock()
    day = load_day(cfg, clock.now)
    async with Store(Path(cfg.state_dir) / "node.db") as store:
        node = Node(cfg, day, store, clock, is_demo=is_demo)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None) as limit:

                def begin(url: str) -> None:
                    announce(url)
                    if seconds is not None:
                        limit.reschedule(asyncio.get_running_loop().time() + seconds)

                await node.run(begin)


class Node:
    """All parts of one node, wired by hand; nothing runs before `run`."""

    def __init__(self, cfg: Config, day: Day, store: Store, clock: Clock, *, is_demo: bool) -> None:
        self._cfg, self._store, self._day = cfg, store, day
        self._rundown, self._catalog = day.rundown, day.catalog
        self._is_demo = is_demo
        self._state_dir = Path(cfg.state_dir)
        self._size, self._fps = program_size(cfg), cfg.program.fps
        self._clock, self._supervisor = clock, Supervisor()

    async def run(self, announce: Callable[[str], None]) -> None:
        """Run every part until cancelled."""
        cfg, size, fps, now = self._cfg, self._size, self._fps, self._clock.now
        live, heard = Latest[Frame](), Fanout[AudioChunk](size=50)  # camera -> program
        picture = Fanout[Frame](size=ENCODER_QUEUE)  # program -> video encoder
        mixed = Fanout[AudioChunk](size=50)  # program -> audio encoder
        units = Fanout[AccessUnit](size=90, resume_at=lambda unit: unit.is_idr)  # -> viewers
        packets = Fanout[OpusPacket](size=150)  # -> viewers

        events = Events(
            self._store,
            AsPlayed(self._state_dir),
            node=cfg.node,
            stamp=lambda: now().isoformat("T", "milliseconds"),
        )
        await events.begin()
        ledger = self._day.ledger
        saved, stocks = await remembered(self._store), stocks_of(self._catalog.products)
        claiming = State[Claiming | None](None)
        state = State(opening(self._rundown, now(), saved, stocks=stocks))

        def today() -> date:
            return now().astimezone(state.value.rundown.timezone).date()

        leisure = Leisure()  # of those who work ahead of the show
        library, ring = library_of(cfg, self._day, today, leisure), Ring()
        pictures = PictureWatch(
            self._day.hashes,
            approvals=lambda: state.value.rundown.approvals,
            today=today,
            alarm=lambda why: events.note(Event(ev="asset.failed", why=why)),
            changed=lambda: redraw(artwork, state.value),
        )
        codes = ScanCodes(self._store)
        await codes.restore()
        camera_switch = FaultSwitch()
        may_send = cfg.voice is not None and cfg.voice.cloud
        spoken, ear = SpokenRing(), State(Listening())
        voice = voice_of(
            cfg,
            VoiceNeighbours(
                state=state, catalog=lambda: cards.catalog, mixed=mixed, ring=spoken,
                submit=lambda command, by: runner.submit(command, by), note=events.note,
                visitors=Path(cfg.rundown).parent / "visitors" if self._is_demo else None,
                leisure=leisure,
            ),
            ear,
        )  # fmt: skip
        panel = panel_of(
            cfg.panel,
            PanelNeighbours(
                state=state, listening=ear, health=self._supervisor.health, voice=voice.obey,
                submit=lambda command, by: runner.submit(command, by), note=events.note,
            ),
        )  # fmt: skip
        faults = FaultBar(
            {"camera": camera_switch, "clip": library.fault} if self._is_demo else {},
            voice.visitors,
            panel.finger if self._is_demo else None,
        )
        access = load_access(cfg.web)
        cards = CardBook(
            self._catalog,
            show=lambda: state.value,
            history=ledger,
            origin=lambda: reachable(cfg.web, web.url),
            codes=codes,
            may_show=pictures.may_show,
        )
        artwork = Artwork(faces=cards, locales=self._rundown.locales, size=size,
                          may_show=pictures.may_show, leisure=leisure)  # fmt: skip
        deck = Deck(
            open_clip=lambda one: library.open(
                one.asset or Path(), loops=one.kind == "agent", approval=one.approval
            ),
            live=live, fps=fps,
            failed=lambda one, error: events.note(
                Event(ev="asset.failed", seg=one.id, why=str(error))
            ),
        )  # fmt: skip
        rendition = Rendition(size, fps, cfg.encoder.bitrate_kbps)
        sparing = State(Sparing())  # guard -> video encoders
        video = VideoEncoder(cfg.encoder, rendition, source=picture, out=units, sparing=sparing,
                             cache=self._state_dir / "encoder.json")  # fmt: skip
        audio = AudioEncoder(source=mixed, out=packets)
        renditions = Renditions(
            Feed(units, video.request_idr),
            lambda source, out: VideoEncoder(cfg.encoder, rendition, source=source, out=out,
                                             sparing=sparing,
                                             cache=self._state_dir / "encoder.json"),
        )  # fmt: skip
        standings = Standings(self._rundown.outputs)
        hub = Hub(
            packets, renditions=renditions, standings=standings, max_viewers=cfg.web.max_viewers
        )
        counters = Counters()
        presenter = Presenter(
            node=cfg.node,
            rundown=self._rundown,
            size=size,
            cards=cards,
            sources=Sources(
                state=lambda: state.value,
                counters=counters,
                encoder=lambda: video.report,
                viewers=lambda: hub.viewers,
                health=self._supervisor.health,
                events=events,
                clock=self._clock.sync,
                announce=hub.announce,
                demo=faults.view,
                outputs=lambda: hub.outputs,
                carrying=carrying,
                listening=lambda: ear.value,
                may_send=may_send,
                broker=lambda: "" if outside is None else outside.broker,
                refused=lambda: (*library.refused, *pictures.refused),
                can_lock=can_lock(cfg.camera),
            ),
            simulated=simulated(cfg),
            began_s=asyncio.get_running_loop().time(),
        )

        def note(show: Show, facts: tuple[Fact, ...]) -> None:
            presenter.note(show, facts)
            crowd.note(show, facts)

        runner = ShowRunner(
            state, deck=deck, now=now, note=note, products=frozenset(cards.catalog.products),
            can_lock_camera=can_lock(cfg.camera),
        )  # fmt: skip
        crowd = Crowd(
            Messages(cfg.web.blocked_words, is_approved_first=cfg.web.approve_messages,
                     rules=lambda: state.value.rundown.rules),
            Outlets(state=lambda: state.value, announce=hub.spread, audience=lambda: hub.audience,
                    submit=lambda count: runner.submit(count, "crowd"),
                    note=events.note, find=cards.showing,
                    ask=lambda sid, question: questions.ask(sid, question)),
            node=cfg.node,
        )  # fmt: skip
        questions = Questions(
            voice.obey, ear, tell=hub.tell, announce=hub.announce,
            pts=lambda: state.value.pts, may_send=may_send,
        )  # fmt: skip
        hub.greet = lambda: [*presenter.greet(), *crowd.greet(), *questions.greet()]
        hub.hear, hub.note = crowd.hear, crowd.log
        mixer = Mixer(
            size=size, fps=fps,
            runner=runner, deck=deck, artwork=artwork, live_sound=ring,
            picture=picture, mixed=mixed, spoken=spoken,
            counters=counters,
            begin=lambda: make_ready(
                state.value, deck=deck, artwork=artwork, pictures=pictures,
                health=self._supervisor.health, encoder=video.name,
            ),
            standings=standings, further=renditions.pictures, leisure=leisure,
        )  # fmt: skip
        editing = Editing(self._day.days, ledger, runner, cards, artwork,
                          taken=lambda day: library.follow(clips_of(day)))  # fmt: skip
        web = Web(
            cfg.web,
            [
                WhepFace(hub),
                OperatorFace(
                    submit=lambda command: crowd.judge(command)
                    if isinstance(command, CrowdCommand)
                    else presenter.obey(runner.submit(command, "operator")),
                    snapshot=presenter.snapshot,
                    changed=state,
                    access=access,
                    edit=editing.edit,
                    fault=faults.obey if self._is_demo else None,
                    voice=voice.obey,
                ),
                LandingFace(find=cards.find, picture=cards.picture, visitors=Visitors(crowd.scan)),
                CrowdFace(crowd, hub.heard, access),
                ClaimFace(lambda: claiming.value, access),
                PagesFace(
                    access,
                    is_demo=self._is_demo,
                    code_share=code_share(cfg.web),
                    is_asking=cfg.enrol is not None and cfg.mqtt is None,
                ),
            ],
        )
        systemd = SdNotify(
            {"program": lambda: picture.put_count, "encoder": lambda: units.put_count},
            announce=announce, status=lambda: f"{hub.viewers} viewers",
        )  # fmt: skip
        optional: list[Component] = [
            systemd, events, library, hub, renditions, presenter, crowd, questions, codes, pictures,
            *voice.parts, *panel.parts,
            Memory(self._store, state=state, now=now),
            LiveSound(heard, ring),
            PriceWatch(
                ledger,
                catalog=lambda: cards.catalog,
                running=lambda: running_offers(state.value, now()),
                now=now,
                alarm=lambda why: events.note(Event(ev="fault", part=PriceWatch.name, why=why)),
            ),
            Guard(sparing, alarm=lambda why: events.note(
                Event(ev="sys.alert", part=Guard.name, why=why))),
            OnAir(self._supervisor.health, units, url=lambda: web.url, announce=systemd.on_air,
                  file=self._state_dir / URL_FILE),
            trial_watch(
                self._state_dir, self._supervisor.health,
                {"program": lambda: picture.put_count, "encoder": lambda: units.put_count},
                is_heard=lambda: outside is None or outside.is_heard,
                is_busy=lambda: is_on_air(state.value)),
        ]  # fmt: skip
        if cfg.camera is not None:
            optional.append(
                Camera(cfg.camera, size=size, fps=fps, out=live, sound=heard, switch=camera_switch,
                       is_locked=lambda: state.value.is_camera_locked)
            )  # fmt: skip
        outside = None
        if cfg.mqtt or cfg.enrol or cfg.home_assistant:
            from node.control.outside import Neighbours, reach_out  # noqa: PLC0415  # paho

            near = Neighbours(
                runner=runner, state=state, deck=deck, events=events, program=picture,
                health=self._supervisor.health, listening=ear, clock=self._clock, edit=editing.edit,
                viewers=lambda: hub.viewers, kbps=lambda: float(video.report.bitrate_kbps),
                join=self._supervisor.join, claiming=claiming, connect=voice.connect,
            )  # fmt: skip
            outside = reach_out(cfg, near)
            optional += outside.parts
        try:
            await self._supervisor.run(mixer, video, audio, web, optional=tuple(optional))
        finally:
            leisure.close()
            artwork.close()
            library.close()
            pictures.close()
            await events.finish()
            voice.close()
            if outside is not None:
                outside.close()
