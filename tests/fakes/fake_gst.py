"""As much of gst-launch-1.0 as the node leans on: sends I420 frames to `fdsink fd=N`.

Its first element is `frames` (until it is ended), `frames=3` (then it ends), `frames=3 stalls`,
`frames=3 deaf` (neither sends nor ends), `mute` (closes what it could speak by), or
`missing`.
"""

import os
import re
import signal
import sys
import time


def number_after(name: str, line: str) -> int:
    """The number that follows a name; -1 where there is none."""
    found = re.search(rf"{name}=(\d+)", line)
    return int(found[1]) if found else -1


def main(words: list[str]) -> int:
    """Send frames until all are sent or it is ended."""
    line = " ".join(words)
    if "missing" in words:
        sys.stderr.write('WARNING: erroneous pipeline: no element "missing"\n')
        return 1
    sys.stdout.write("GST_ARGUS: Creating output stream\n")  # as nvarguscamerasrc does
    sys.stdout.flush()
    if "mute" in words:
        os.close(1)
        os.close(2)
    if "deaf" in words:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    length = number_after("width", line) * number_after("height", line) * 3 // 2
    number, most = 0, number_after("frames", line)
    with open(number_after("fdsink fd", line), "wb") as sink:
        while number != most:
            sink.write(bytes([16 + number % 200]) * length)
            sink.flush()
            number += 1
            time.sleep(0.004)
        if "stalls" in words or "deaf" in words:
            time.sleep(60)
    sys.stdout.write("ERROR: from element /GstPipeline:pipeline0: Internal data stream error.\n")
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(130)
