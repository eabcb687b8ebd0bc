"""The speech detector's windows: their context, their state, their scale."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from node.voice.vad import Vad

NOISE = np.random.default_rng(2).integers(-3000, 3000, 4000).astype(np.int16)


class Noted:
    """Notes what it is asked; its state counts."""

    def __init__(self):
        self.asked = []

    def __call__(self, sound, state):
        self.asked.append((sound, state))
        return float(np.abs(sound).mean()), state + 1


def test_a_window_is_64_samples_of_before_and_512_new_ones_within_1():
    model = Noted()
    Vad(model).feed(np.arange(1, 1025, dtype=np.int16))
    first, second = (sound * 32768 for sound, _ in model.asked)
    assert (len(first), first[63], first[64], first[-1]) == (576, 0, 1, 512)
    assert (len(second), second[0], second[-1]) == (576, 449, 1024)


def test_its_state_is_fed_back_and_begins_at_0():
    model = Noted()
    vad = Vad(model)
    vad.feed(NOISE[:1024])
    vad.reset()
    vad.feed(NOISE[:512])
    assert [(state.shape, state.max()) for _, state in model.asked] == [
        ((2, 1, 128), 0),
        ((2, 1, 128), 1),
        ((2, 1, 128), 0),
    ]


@given(st.lists(st.integers(0, 1500), max_size=12))
def test_any_chunking_gives_the_same_answers(sizes):
    vad, answers, at = Vad(Noted()), [], 0
    for size in [*sizes, len(NOISE)]:
        answers += vad.feed(NOISE[at : at + size])
        at += size
    assert answers == Vad(Noted()).feed(NOISE)
