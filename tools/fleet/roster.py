"""Every node that was ever heard or claimed, as it is known now."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from node.control.messages import Birth, Online
from node.control.sections import Reported
from tools.fleet import presence
from tools.fleet.presence import NodeView
from tools.fleet.reading import Tele


class Roster:
    """Belongs to the loop; `changed` is told the name of each node that is not as it was."""

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._views: dict[str, NodeView] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._views

    def __iter__(self) -> Iterator[NodeView]:
        return iter(self._views.values())

    def __len__(self) -> int:
        return len(self._views)

    def restore(self, nodes: Mapping[str, tuple[dict[str, str], int]]) -> None:
        """Begin with what was known; nobody is online before it says so."""
        for name, (tags, seen_at) in nodes.items():
            self._views[name] = NodeView(name, tags, seen_at=seen_at)

    def view(self, name: str) -> NodeView | None:
        """A node as it is known."""
        return self._views.get(name)

    def tags(self, *, with_wiped: bool = False) -> dict[str, Mapping[str, str]]:
        """The tags of every node that belongs; of those struck out too where they are asked for."""
        return {
            name: view.tags for name, view in self._views.items() if with_wiped or not view.wiped_at
        }

    def of(self, names: Iterable[str]) -> list[NodeView]:
        """The nodes of these names that are known."""
        return [self._views[name] for name in names if name in self._views]

    def is_online(self, name: str) -> bool:
        """Whether it said that it is there, and no will has spoken for it since."""
        view = self._views.get(name)
        return view is not None and view.is_online

    def online(self) -> int:
        """How many are there."""
        return sum(view.is_online for view in self._views.values())

    def put(self, view: NodeView) -> None:
        """Know a node as it is now."""
        self._views[view.id] = view
        self._changed(view.id)

    def forget(self, name: str) -> None:
        """Strike a node out."""
        self._views.pop(name, None)
        self._changed(name)

    def heard(self, name: str, word: Online | Birth | Reported | Tele, now: int) -> bool:
        """Take in what a node says of itself; whether it is to be asked for a rebirth."""
        view = self._views.get(name) or NodeView(name)
        needs_rebirth = False
        match word:
            case Online():
                view, needs_rebirth = presence.lived(view, word, now)
            case Birth():
                view = presence.born(view, word, now)
            case Reported():
                view = presence.reported(view, word, now)
            case Tele():
                view = presence.said(view, word.kind, word.value, now)
        self.put(view)
        return needs_rebirth
