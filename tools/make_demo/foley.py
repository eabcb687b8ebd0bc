"""Small sounds of things: station chime, zip, pour, unfolding, footsteps, rain, train."""

import numpy as np

from tools.make_demo.wave_shapes import (
    Sound,
    band,
    bell,
    clock,
    fade,
    noise,
    pluck,
    room,
    samples,
)

Rng = np.random.Generator


def chime(rng: Rng) -> Sound:
    """The station's call for attention: four falling bells in a hall."""
    out = np.zeros(samples(2.4), np.float32)
    for index, hz in enumerate((784.0, 659.3, 523.3, 392.0)):
        start = samples(0.2 * index)
        tone = bell(hz, 1.4)
        out[start : start + len(tone)] += 0.6 * tone
    return room(out, rng, tail_s=1.2, wet=0.25)


def zipper(rng: Rng) -> Sound:
    """A zip drawn in 0.9 s: teeth ever faster, then a stop."""
    time = clock(0.9)
    teeth = np.sin(2 * np.pi * np.cumsum(40 + 110 * time) / 48_000)
    grit = band(noise(0.9, rng), 1_500, 7_000) * np.clip(teeth, 0, 1) ** 3
    return fade(grit * (0.4 + 0.6 * time), 0.04, 0.05)


def pour(rng: Rng, seconds: float = 2.0) -> Sound:
    """Tea into a cup: a thin stream, bubbles, a pitch that climbs as the cup fills."""
    time = clock(seconds)
    stream = 0.12 * band(noise(seconds, rng), 900, 5_500)
    for _ in range(round(46 * seconds)):
        start = rng.uniform(0, seconds - 0.07)
        bubble = clock(0.06)
        hz = rng.uniform(420, 800) * (1 + 0.9 * start / seconds)
        drop = np.sin(2 * np.pi * hz * bubble * (1 + 2.5 * bubble)) * np.exp(-60 * bubble)
        stream[samples(start) :][: len(drop)] += rng.uniform(0.1, 0.34) * drop
    stream *= 0.8 + 0.2 * np.sin(9 * time)
    return fade(stream, 0.12, 0.25)


def unfold(rng: Rng) -> Sound:
    """Silicone springing open: three soft pops and a rising boing."""
    out = np.zeros(samples(0.9), np.float32)
    time = clock(0.09)
    for index, start in enumerate((0.0, 0.14, 0.27)):
        pop = np.sin(2 * np.pi * (260 + 90 * index) * time * (1 + 4 * time)) * np.exp(-45 * time)
        out[samples(start) :][: len(pop)] += 0.8 * pop
    spring = clock(0.5)
    hz = 190 + 160 * spring + 30 * np.sin(2 * np.pi * 17 * spring)
    tone = np.sin(2 * np.pi * np.cumsum(hz) / 48_000) * np.exp(-7 * spring)
    out[samples(0.38) :][: len(tone)] += 0.35 * tone.astype(np.float32)
    return out + 0.02 * fade(noise(0.9, rng), 0.01, 0.8)


def whoosh(rng: Rng, seconds: float = 0.9) -> Sound:
    """Air drawn in towards a reveal, loudest at its end."""
    time = clock(seconds) / seconds
    air = (
        band(noise(seconds, rng), 500, 4_000) * 0.3
        + band(noise(seconds, rng), 3_000, 12_000) * time
    )
    return fade(air * time**3, 0.05, 0.03)


def clack(rng: Rng) -> Sound:
    """A cup set down on wood."""
    tone = pluck(310, 0.16, rng, bright=0.2) + 0.6 * pluck(910, 0.16, rng, bright=0.4)
    return fade(tone, 0.001, 0.1)


def sip(rng: Rng) -> Sound:
    """A contented sip."""
    time = clock(0.5)
    air = band(noise(0.5, rng), 1_800, 5_200)
    return fade(
        air * (0.6 + 0.4 * np.sin(2 * np.pi * 31 * time)) * np.sin(np.pi * time / 0.5), 0.1, 0.1
    )


def paper(rng: Rng) -> Sound:
    """A newspaper lowered."""
    crackle = band(noise(0.6, rng), 2_000, 9_000)
    bursts = np.repeat(rng.uniform(0, 1, 30) ** 3, samples(0.6) // 30)
    crackle[: len(bursts)] *= bursts
    return fade(crackle, 0.02, 0.2)


def steps(rng: Rng, seconds: float, pace_hz: float) -> Sound:
    """Running shoes on stone, and the small wheels of a case behind them."""
    out = 0.05 * band(noise(seconds, rng), 300, 1_800)
    for start in np.arange(0.05, seconds - 0.2, 1 / pace_hz):
        tap = band(noise(0.09, rng), 150, 1_300) * np.exp(-45 * clock(0.09))
        out[samples(float(start)) :][: len(tap)] += rng.uniform(0.6, 0.9) * tap
    return fade(out, 0.1, 0.3)


def beep() -> Sound:
    """The gate says no: two low tones."""
    tone = np.sin(2 * np.pi * 247 * clock(0.16)) + 0.3 * np.sin(2 * np.pi * 741 * clock(0.16))
    one = fade(tone.astype(np.float32), 0.01, 0.03)
    return np.concatenate([one, np.zeros(samples(0.08), np.float32), one])


def hall(rng: Rng, seconds: float) -> Sound:
    """Room tone of a station: air, rain on high windows, a far murmur."""
    air = band(noise(seconds, rng), 60, 420)
    rain = 0.16 * band(noise(seconds, rng), 2_500, 9_000)
    murmur = band(noise(seconds, rng), 250, 900)
    waves = band(noise(seconds, rng), 0.2, 2.5)
    murmur *= 0.5 + 0.5 * np.clip(waves / (np.abs(waves).max() + 1e-9) * 2, -1, 1)
    return np.asarray(0.5 * air + rain + 0.5 * murmur, np.float32)


def carriage(rng: Rng, seconds: float) -> Sound:
    """A train from inside: rumble, wind, and the joints of the rails."""
    out = band(noise(seconds, rng), 35, 180) + 0.12 * band(noise(seconds, rng), 400, 2_000)
    for start in np.arange(0.3, seconds - 0.4, 1.35):
        for gap in (0.0, 0.16):
            knock = band(noise(0.1, rng), 60, 500) * np.exp(-38 * clock(0.1))
            out[samples(float(start) + gap) :][: len(knock)] += 1.6 * knock
    return out
