"""The heap's settings are taken, in a process of their own."""

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
