"""The last seconds of sound."""

import numpy as np

from node.voice.ring import SoundRing


def test_a_stretch_is_cut_by_the_number_of_its_samples():
    ring = SoundRing()
    ring.lay(np.arange(100, dtype=np.int16))
    ring.lay(np.arange(100, 200, dtype=np.int16))
    ring.forget_before(50)
    assert list(ring.cut(98, 102)) == [98, 99, 100, 101]
    assert list(ring.cut(0, 52)) == [50, 51]
    assert list(ring.cut(198, 300)) == [198, 199]
    assert len(ring.cut(0, 10)) == 0


def test_it_forgets_everything_when_it_begins_anew():
    ring = SoundRing()
    ring.lay(np.ones(10, np.int16))
    ring.forget_before(5)
    ring.reset()
    ring.lay(np.zeros(3, np.int16))
    assert list(ring.cut(0, 10)) == [0, 0, 0]
