"""One frame of a film: the shot's scene, the light's corners, the subtitle."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import skia
from numpy.typing import NDArray

from tools.make_demo import at_the_gate, booth, next_stop, on_the_train, over_tea
from tools.make_demo.mouth import SHUT, Mouth
from tools.make_demo.script import FPS, Film
from tools.make_demo.soundtrack import Spoken, mouth_tracks
from tools.make_demo.stage import HEIGHT, WIDTH, Stage, camera, vignette
from tools.make_demo.subtitles import draw_subtitle, subtitle_at
from tools.make_demo.wave_shapes import RATE_HZ

Scene = Callable[[Stage], None]
Rgba = NDArray[np.uint8]

SCENES: Mapping[str, Scene] = {
    **at_the_gate.SCENES,
    **over_tea.SCENES,
    **on_the_train.SCENES,
    **next_stop.SCENES,
    **booth.SCENES,
}


def frames(film: Film, spoken: Spoken, seed: int, only: range | None = None) -> Iterator[Rgba]:
    """Each frame of the film as RGBA uint8 [720, 1280, 4]; `only` picks some of them."""
    surface = skia.Surface(WIDTH, HEIGHT)
    tracks = mouth_tracks(film, spoken)
    spoken_s = {index: len(pcm) / RATE_HZ for index, pcm in spoken.items()}
    for frame in only or range(film.frames):
        canvas = surface.getCanvas()
        canvas.clear(0xFF000000)
        shot = film.shot_at(frame)

        def mouth(who: str, frame: int = frame) -> Mouth:
            return tracks.get(who, {}).get(frame, SHUT)

        view = camera(shot, frame, seed)
        SCENES[shot.scene](Stage(canvas, (frame - shot.start) / FPS, frame / FPS, view, mouth))
        vignette(canvas)
        line = subtitle_at(film, frame, spoken_s)
        if line is not None:
            draw_subtitle(canvas, line, has_card=film.has_card(line.at))
        yield surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)
