"""A private PulseAudio as a machine's sound cards; no other daemon is touched."""

import shutil
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

ALSA_CONF = "/usr/share/alsa/alsa.conf"
START_S = 30.0


def has_pulse() -> bool:
    """Whether PulseAudio and its tools are installed."""
    return all(shutil.which(one) for one in ("pulseaudio", "pactl", "pacat"))


class PrivatePulse:
    """A daemon with a loudspeaker `spk` and a microphone that hears what is played to `micsrc`.

    Programs under `environment` see both as ALSA's default card. With `has_room` the loudspeaker is
    heard by the microphone.
    """

    def __init__(self, folder: Path, *, has_room: bool = False) -> None:
        self._folder = folder
        self._has_room = has_room
        self._processes: list[subprocess.Popen[bytes]] = []
        self.environment = {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_SERVER": f"unix:{folder / 'native'}",
            "ALSA_CONFIG_PATH": str(folder / "asound.conf"),
        }

    def __enter__(self) -> Self:
        (self._folder / "asound.conf").write_text(f"""<{ALSA_CONF}>
pcm.!default {{ type pulse hint {{ show on description "Default (pulse)" }} }}
ctl.!default {{ type pulse }}
""")
        self._start(
            "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes",
            "-L", f"module-native-protocol-unix auth-anonymous=1 socket={self._folder / 'native'}",
            "-L", "module-null-sink sink_name=spk rate=48000",
            "-L", "module-null-sink sink_name=micsrc rate=48000",
            "-L", "module-remap-source master=micsrc.monitor source_name=mic",
        )  # fmt: skip
        self._ask("set-default-source", "mic")
        self._ask("set-default-sink", "spk")
        if self._has_room:
            self._ask("load-module", "module-loopback", "source=spk.monitor", "sink=micsrc",
                      "latency_msec=30")  # fmt: skip
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()

    def speak(self, raw: Path) -> None:
        """The microphone hears a file: int16, mono, 48 kHz."""
        self._start("pacat", "--device=micsrc", "--rate=48000", "--channels=1", "--format=s16le",
                    str(raw))  # fmt: skip

    def die(self) -> None:
        """The daemon is killed."""
        self._processes[0].kill()

    def _start(self, *command: str) -> None:
        self._processes.append(
            subprocess.Popen(  # our own words
                command,
                env=self._whole_environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def _ask(self, *words: str) -> None:
        """Have `pactl` do something, as soon as the daemon answers."""
        for _ in range(round(START_S / 0.05)):
            told = subprocess.run(  # our own words
                ["pactl", *words],  # noqa: S607
                env=self._whole_environment(),
                capture_output=True,
                check=False,
            )
            if told.returncode == 0:
                return
            threading.Event().wait(0.05)
        raise TimeoutError(f"pulseaudio does not answer: pactl {' '.join(words)}")

    def _whole_environment(self) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin", **self.environment}
