"""What holds for all tests: patience with a busy machine, and the order of a whole run."""

from collections import defaultdict
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

HERE: Final = Path(__file__).parent
LAST_BEGINS: Final = {"browser": 0.85, "contract": 0.95}
"""So far into a run the last file of a folder begins: the longest ones do not end it alone."""

settings.register_profile(
    "patient",
    settings.get_profile(settings.get_current_profile_name()),  # in CI: the same examples each time
    deadline=None,  # a busy machine is not a fault
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the files of the folders take turns: a browser fills a core, a running node waits.

    Several browsers at once take longer than one after the other, their pages draw meanwhile.
    """
    files = defaultdict[str, list[Path]](list)
    for path in dict.fromkeys(item.path for item in items):
        files[path.relative_to(HERE).parts[0]].append(path)
    place = {
        path: number / len(found) * LAST_BEGINS.get(folder, 1.0)
        for folder, found in files.items()
        for number, path in enumerate(found)
    }
    items.sort(key=lambda item: place[item.path])
