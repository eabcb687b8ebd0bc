"""The node's fetcher, from its configuration: whose files, for whom, and when to be quiet."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

from node.board.clock import Clock
from node.catalog.trust import USE, Trust, trust_of
from node.channels import State
from node.config import Config
from node.config_control import MqttConfig
from node.control.broker import Login, tls_context
from node.control.download import Downloader
from node.control.envelope import Key
from node.control.fetch import AssetFetcher, Terms
from node.control.origins import Origins
from node.errors import ConfigError, LinkError
from node.jws import PublicKey
from node.program.show import Show


def fetcher_of(
    cfg: Config,
    mqtt: MqttConfig,
    *,
    state: State[Show],
    clock: Clock,
    keys: Callable[[], Iterable[Key]] = tuple,
    folder: Path | None = None,
    budget_mb: int = 0,
) -> AssetFetcher:
    """The fetcher; `keys` are those that the controller's root names now for manifests of assets.

    Its files lie below `folder`, by default the state directory, and take `budget_mb` at most, by
    default the configured one.

    Raises:
        ConfigError: a key or certificate in a file is none.
    """
    fetch, filed = cfg.fetch, trust_of(cfg.assets).keys
    origins = Origins(mqtt.assets_url, frozenset(fetch.hosts), fetch.allow_http)
    try:
        tls = tls_context(Login("", "", "", mqtt.ca_file, mqtt.cert_file, mqtt.key_file))
    except LinkError as error:
        raise ConfigError([str(error)]) from error

    def trust() -> Trust:
        return Trust((*filed, *map(_public, keys())), is_required=mqtt.trust == "jws")

    def today() -> date:
        return clock.now().astimezone(state.value.rundown.timezone).date()

    def download(pool: ThreadPoolExecutor) -> Downloader:
        return Downloader(
            origins,
            pool,
            bytes_per_s=fetch.kbps * 125,
            is_quiet=lambda: is_climax_near(state.value),
            tls=tls,
        )

    terms = Terms(
        trust, market=lambda: state.value.rundown.market, today=today,
        in_use=lambda: assets_of(state.value),
    )  # fmt: skip
    return AssetFetcher(
        folder or Path(cfg.state_dir),
        origins,
        terms,
        budget_bytes=(budget_mb or fetch.budget_mb) << 20,
        download=download,
    )


def is_climax_near(show: Show) -> bool:
    """Whether a climax was announced and has not come (domain.md R27: 15 s before it)."""
    return show.airing.foretold > show.airing.position


def assets_of(show: Show) -> list[Path]:
    """The files that a show's day names."""
    return [one.asset for one in show.rundown.segments.values() if one.asset is not None]


def _public(key: Key) -> PublicKey:
    return PublicKey(key.kid, USE, key.public.public_bytes_raw())
