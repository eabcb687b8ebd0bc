"""livesell demo: the whole node on this machine, simulated, in front of a browser."""

import argparse
import asyncio
import contextlib
import os
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import msgspec

import node
from node.board.identity import demo_state_dir
from node.cli.doctor import self_test
from node.cli.run import announce
from node.cli.running import heed_sigterm, run_to_the_end
from node.cli.texts import Texts
from node.config import AssetsConfig, Config, PatternConfig, ProgramConfig, WebConfig
from node.config_control import MqttConfig
from node.config_panel import PanelConfig
from node.config_voice import SimulatedMicrophoneConfig, VoiceConfig
from node.control.broker import endpoint
from node.control.demo_broker import DemoBroker, find_program, free_port
from node.supervise import Supervisor

ASSETS = Path(node.__file__).with_name("demo")
ORG, NODE = "demo", "demo"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What may be asked of the demo; `seconds` None runs until told to stop."""

    port: int = 8080
    size: str = "1280x720"
    seconds: float | None = None
    is_headless: bool = False
    has_barcode: bool = False
    is_verbose: bool = False


def asked(args: argparse.Namespace) -> DemoOptions:
    """The options of a command line."""
    return DemoOptions(
        port=args.port,
        size=args.size,
        seconds=args.seconds,
        is_headless=args.headless,
        has_barcode=args.barcode,
        is_verbose=args.verbose,
    )


def demo(options: DemoOptions, texts: Texts) -> int:
    """Run the demo until told to stop; raises `ConfigError` and `RundownError`."""
    heed_sigterm()
    config = demo_config(options)
    broker = demo_broker(Path(config.state_dir))
    if broker is not None:
        mqtt = MqttConfig(endpoints=(broker.url,), org=ORG, trust="none")
        config = msgspec.structs.replace(config, mqtt=mqtt)
    with contextlib.suppress(OSError):  # the self-test says what is wrong with it
        Path(config.state_dir).mkdir(parents=True, exist_ok=True)
    self_test(config, texts, sys.stderr)

    def tell(url: str) -> None:
        announce(url)
        if not options.is_headless and has_display():
            page = f"{url}demo"
            threading.Thread(target=webbrowser.open, args=(page,), daemon=True).start()

    async def start() -> None:
        from node.app import run_node  # noqa: PLC0415  # heavy: after the arguments were judged

        async with beside(broker):
            await run_node(config, is_demo=True, seconds=options.seconds, announce=tell)

    return run_to_the_end(start, texts, is_verbose=options.is_verbose)


def demo_config(options: DemoOptions) -> Config:
    """The demo's configuration: its own rundown, a drawn camera, state in the user's folder."""
    size = cast(
        "Literal['1280x720', '1920x1080', '640x360']",
        options.size,  # the parser admits no other
    )
    backdrop = ASSETS / "desk.png"
    return Config(
        rundown=str(ASSETS / "day.toml"),
        node=NODE,
        state_dir=str(demo_state_dir()),
        camera=PatternConfig(barcode=options.has_barcode, backdrop=str(backdrop)),
        microphone=SimulatedMicrophoneConfig(),
        voice=VoiceConfig(prompts=str(ASSETS / "prompts"), cloud=True),
        panel=PanelConfig(factory="mock"),
        program=ProgramConfig(size=size),
        web=WebConfig(port=options.port),
        assets=AssetsConfig(trusted_keys=str(ASSETS / "keys.jwk"), require_signed=True),
        base=ASSETS,
    )


def demo_broker(state_dir: Path) -> DemoBroker | None:
    """The demo's own broker, not yet running; None where this machine has none to start."""
    program = find_program()
    return None if program is None else DemoBroker(program, state_dir, free_port())


@contextlib.asynccontextmanager
async def beside(broker: DemoBroker | None) -> AsyncIterator[None]:
    """Keep the broker running while the node runs, and the cloud that answers there, simulated.

    What goes wrong with them ends nothing.
    """
    if broker is None:
        yield
        return
    from node.control.demo_cloud import DemoCloud  # noqa: PLC0415  # heavy: paho

    cloud = DemoCloud(endpoint(broker.url), org=ORG, node=NODE)
    task = asyncio.create_task(Supervisor().run(optional=(broker, cloud)))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def has_display(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a browser would have a screen to open on."""
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
