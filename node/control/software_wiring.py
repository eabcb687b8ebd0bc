"""The updater among the node's parts: whose files, whose keys, and when to keep still."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from node.board.identity import VERSION
from node.config import Config
from node.config_control import MqttConfig
from node.control.filing import fetcher_of
from node.control.messages import ContractError
from node.control.restarting import is_on_air
from node.control.software import SoftwareUpdater, Terms
from node.errors import ConfigError
from node.jws import PublicKey, read_keys
from node.update.layout import KEYS, MAILBOX, installation_of
from node.update.machine import ThisMachine

if TYPE_CHECKING:
    from node.control.plane import ControlPlane
    from node.control.wiring import Neighbours

BUDGET_MB: Final = 4096
"""Far more than a release; what is really free is looked at before one is fetched."""


def updater_of(
    cfg: Config, mqtt: MqttConfig, near: "Neighbours", plane: Callable[[], "ControlPlane"]
) -> SoftwareUpdater | None:
    """The updater; None on a machine whose software was not installed by releases.

    Raises:
        ConfigError: a key or certificate in a file is none.
    """
    layout = installation_of()
    if layout is None:
        return None
    state_dir = Path(cfg.state_dir)
    fetcher = fetcher_of(
        cfg,
        mqtt,
        state=near.state,
        clock=near.clock,
        folder=state_dir / MAILBOX,
        budget_mb=BUDGET_MB,
    )
    terms = Terms(
        fetch=fetcher.fetch,
        keys=lambda: trusted(KEYS, {key.kid: key.public.public_bytes_raw()
                                    for key in plane().keys("software")}),
        is_busy=lambda: is_on_air(near.state.value),
        reading=lambda: plane().keeper.reading(),
        close=fetcher.close,
    )  # fmt: skip
    return SoftwareUpdater(
        layout, state_dir, terms,
        version=VERSION, machine=ThisMachine(Path()), disk=ThreadPoolExecutor(1, "software"),
    )  # fmt: skip


def trusted(folder: Path, named: dict[str, bytes]) -> Iterator[PublicKey]:
    """The machine's own keys for releases; raises `ContractError` where there are none.

    Where the fleet names such keys (`named`: kid to key), only those that it still names.
    """
    try:
        keys = read_keys(folder)
    except ConfigError as error:
        raise ContractError("unknown_key", "; ".join(error.faults)) from error
    for key in keys:
        if not named or named.get(key.kid) == key.x:
            yield key
