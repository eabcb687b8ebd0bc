"""The control plane of one node, wired: what `[mqtt]` in node.toml brings to life."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from node.board.clock import Clock, boot_id
from node.config_control import MqttConfig
from node.control.agent import Agent
from node.control.answers import Answers
from node.control.broker import Login, endpoint
from node.control.desired import DesiredState, Fetcher, Overlay
from node.control.envelope import Key, KeyRing, Use, public_key
from node.control.handover import HandOver
from node.control.hearing import Hearing
from node.control.link import Link
from node.control.messages import ContractError
from node.control.performer import Performer
from node.control.receiving import Receiver
from node.control.reporting import Gauges, Reporter, Self
from node.control.sections import ConfigWanted, KeysWanted
from node.control.shelf import Shelf
from node.control.software import Updater
from node.control.timekeeper import Timekeeper
from node.control.upkeep import FLOOR, Upkeep
from node.errors import ConfigError, DeviceError
from node.findings import Finding
from node.store.letters import Post
from node.store.postbox import Postbox

log = logging.getLogger(__name__)

FILE: Final = "control.db"
ROOT_KEY_BYTES_MAX: Final = 4096


class RootKey(msgspec.Struct, frozen=True):
    """The root's public key as a JWK (RFC 8037 §2)."""

    kid: str
    x: str
    kty: str = "OKP"
    crv: str = "Ed25519"


@dataclass(frozen=True, slots=True)
class Show:
    """What the control plane asks of the show and the machine.

    `performer` acts on commands; `edit` puts a day in place; `check` gives the faults of a
    configuration overlay; `alarm` has a fault seen.
    """

    performer: Performer
    gauges: Gauges
    edit: Callable[[Mapping[str, bytes]], Awaitable[Sequence[Finding]]]
    check: Callable[[Overlay], Sequence[str]]
    alarm: Callable[[str], None]
    fetcher: Fetcher | None = None
    handover: HandOver | None = None
    updater: Updater | None = None


class ControlPlane:
    """All parts; `parts` are run by the supervisor, `close` lets go of the files at the end.

    `ring` is None where nothing is signed; `floor` and `shelf` are as they were kept. `handover`
    takes questions that the booth does not answer itself.
    """

    link: Link

    def __init__(
        self,
        cfg: MqttConfig,
        who: Self,
        show: Show,
        *,
        postbox: Postbox,
        shelf: Shelf,
        ring: KeyRing | None,
        clock: Clock,
        floor: int,
        in_force: int,
    ) -> None:
        self.postbox = postbox
        self._ring, self._closing = ring, [one for one in (show.fetcher, show.updater) if one]
        self.handover = show.handover
        self._has_refused = False
        self.keeper = Timekeeper(
            wall=lambda: int(clock.now().timestamp() * 1000),
            sync=clock.sync,
            loop_s=time.monotonic,
            floor=floor,
        )
        self.reporter = Reporter(
            who,
            shelf,
            show.gauges,
            reading=self.keeper.reading,
            say=lambda channel, leaf, body: self.link.say(channel, leaf, body),
            keep=self._keep,
        )
        self._desired = DesiredState(
            shelf,
            fetcher=show.fetcher,
            updater=show.updater,
            edit=show.edit,
            check=show.check,
            in_force=in_force,
            software=who.software,
            trust=self._trust,
            report=self.reporter.reported,
        )
        agent = self._obeying(Answers(cfg.org, who.node), show, shelf)
        self.link = self._linked(cfg, who.node)
        self.parts = (agent, self._desired, self.link, Upkeep(postbox, self.keeper))

    def _obeying(self, answers: Answers, show: Show, shelf: Shelf) -> Agent:
        """What keeps commands, and what obeys them."""
        boot, reading = boot_id(), self.keeper.reading
        agent = Agent(
            self.postbox,
            show.performer,
            answers,
            reading=reading,
            boot=boot,
            said=lambda: self.link.said(),
        )
        self._hearing = Hearing(
            commanded=agent.wake.set,
            desired=self._desired.came,
            refused_section=self._refused,
            alarm=show.alarm,
        )
        self.receiver = Receiver(
            answers, self.postbox, shelf, self._hearing, reading=reading, ring=self._ring, boot=boot
        )
        return agent

    def _linked(self, cfg: MqttConfig, node: str) -> Link:
        return Link(
            tuple(endpoint(url) for url in cfg.endpoints),
            login(cfg, node),
            org=cfg.org,
            postbox=self.postbox,
            keeper=self.keeper,
            hearing=self._hearing,
            receiver=self.receiver,
            reporter=self.reporter,
        )

    def keys(self, use: Use) -> tuple[Key, ...]:
        """The keys in force for a use."""
        ring, moment = self._ring, self.keeper.reading().moment
        keys = () if ring is None else ring.keys
        return tuple(key for key in keys if key.use == use and key.holds(moment))

    def close(self) -> None:
        """Let go of the files; nothing may run."""
        for one in self._closing:
            one.close()
        self.postbox.close()

    def _keep(self, posts: list[Post]) -> None:
        """Keep messages that must go; a disk that refuses loses them, with a warning."""
        try:
            self.postbox.send(posts)
        except DeviceError as error:
            log.warning("control: %d messages not kept: %s", len(posts), error)
        self.link.said()

    def _refused(self, section: str, error: ContractError) -> None:
        """A section cannot be used: said, and remembered until other keys come."""
        self._has_refused = True
        self._desired.refused(section, error)

    def _trust(self, wanted: KeysWanted) -> None:
        """Trust these keys from now on; what was refused for want of them is asked for again."""
        if self._ring is None:
            return
        self._ring = self._ring.with_keys(wanted)
        self.receiver.ring = self._ring
        if self._has_refused:
            self._has_refused = False
            self.link.ask_desired()


def open_plane(
    cfg: MqttConfig, who: Self, show: Show, *, state_dir: Path, clock: Clock, shelf: Shelf
) -> ControlPlane:
    """The control plane as the last run left it; raises `ConfigError` for unusable keys.

    `shelf` has been loaded. Blocks on the disk; one that refuses costs the floor alone.
    """
    postbox = Postbox(state_dir / FILE)
    return ControlPlane(
        cfg,
        who,
        show,
        postbox=postbox,
        shelf=shelf,
        ring=None if cfg.trust == "none" else KeyRing((root_key(cfg.root_key_file),)),
        clock=clock,
        floor=_number(postbox, FLOOR),
        in_force=overlay_of(shelf)[0],
    )


def overlay_of(shelf: Shelf) -> tuple[int, Overlay]:
    """The configuration overlay that is wanted, and its version; 0 and nothing where there is none.

    The shelf has been loaded.
    """
    wanted = shelf.wanted("config")
    if wanted is None or not isinstance(wanted.data, ConfigWanted):
        return 0, {}
    return wanted.ver, wanted.data.overlay


def root_key(path: str) -> Key:
    """The key that names all others; raises `ConfigError`."""
    try:
        with Path(path).open("rb") as file:
            jwk = msgspec.json.decode(file.read(ROOT_KEY_BYTES_MAX), type=RootKey)
        if (jwk.kty, jwk.crv) != ("OKP", "Ed25519"):
            raise ConfigError([f"mqtt.root_key_file = {path!r}: no Ed25519 key"])
        return Key(jwk.kid, "root", public_key(jwk.x))
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise ConfigError([f"mqtt.root_key_file = {path!r}: {error}"]) from error


def login(cfg: MqttConfig, node: str) -> Login:
    """Who connects: the node, by its certificate or its password; raises `ConfigError`."""
    password = ""
    if cfg.password_file:
        try:
            password = Path(cfg.password_file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise ConfigError([f"mqtt.password_file: {error}"]) from error
    return Login(node, cfg.username, password, cfg.ca_file, cfg.cert_file, cfg.key_file)


def _number(postbox: Postbox, name: str) -> int:
    try:
        return postbox.number(name)
    except DeviceError as error:
        log.warning("control: %s", error)
        return 0
