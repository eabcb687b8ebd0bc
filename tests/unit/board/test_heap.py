"""The heap's settings are taken and the collector's rounds are short, each in a process."""

import subprocess
import sys

SCRIPT = """
import numpy as np
from node.board.heap import settle_heap
assert settle_heap()
def resident_mb():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6
before = resident_mb()
pictures = [np.ones((1080, 1280), np.uint8) for _ in range(100)]
held = resident_mb() - before
small = pictures[::25]
del pictures
print(held > 120, resident_mb() - before < 30, len(small))
"""


def test_freed_pictures_go_back_to_the_system():
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["True", "True", "4"]


SETTLED = """
import gc
from node.board.heap import settle_garbage
ring = []
ring.append(ring)
del ring
settle_garbage()
seen = len(gc.get_objects())
later = []
later.append(later)
del later
print(gc.get_freeze_count() > 1000, seen < 1000, gc.collect() >= 1)
"""


def test_what_lives_at_the_start_is_not_looked_through_again_and_new_rings_still_are():
    run = subprocess.run(
        [sys.executable, "-c", SETTLED], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["True", "True", "True"]
