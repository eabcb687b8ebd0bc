"""Interlaced pictures made progressive; others pass untouched."""

import av
from av.filter import Graph


class Deinterlacer:
    """Passes pictures until the first interlaced one, then runs all through FFmpeg's bwdif.

    One picture out for each one in, timestamps kept. Thread: any, but one at a time.
    """

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._form: tuple[int, int, str] | None = None

    def feed(self, frame: av.VideoFrame) -> list[av.VideoFrame]:
        """Pictures that are ready now; bwdif holds one back. Raises `av.FFmpegError`."""
        form = (frame.width, frame.height, frame.format.name)
        if self._graph is None and not frame.interlaced_frame:
            return [frame]
        ready: list[av.VideoFrame] = []
        if form != self._form:
            ready = self.flush()
            self._graph, self._form = _bwdif(frame), form
        if self._graph is not None:
            self._graph.vpush(frame)
        return ready + self._pull()

    def flush(self) -> list[av.VideoFrame]:
        """The picture held back, if any; the next `feed` begins anew."""
        if self._graph is None:
            return []
        self._graph.vpush(None)
        ready = self._pull()
        self._graph, self._form = None, None
        return ready

    def _pull(self) -> list[av.VideoFrame]:
        ready: list[av.VideoFrame] = []
        while self._graph is not None:
            try:
                ready.append(self._graph.vpull())
            except (av.BlockingIOError, av.EOFError):
                break
        return ready


def _bwdif(frame: av.VideoFrame) -> Graph:
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
    )
    graph.link_nodes(
        source, graph.add("bwdif", "mode=send_frame:deint=interlaced"), graph.add("buffersink")
    )
    graph.configure()
    return graph
