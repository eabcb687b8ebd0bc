"""A machine in QEMU, all of it emulated: a kernel, folders of this machine, a console."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MEMORY_MB = 3072
CPUS = 1
CLOCK = "shift=0,sleep=on"
"""Each instruction takes a nanosecond of the guest's time: it has no other clock, so its limits and
timers hold however slow this machine is. Where it idles, its time is ours."""
KERNEL_WORDS = "console=ttyS0 quiet panic=-1 mitigations=off nokaslr"


@dataclass(frozen=True, slots=True)
class Machine:
    """`kernel` holds vmlinuz and initrd; `shares` are folders by tag, read-only but for `out`.

    `hall` is the network namespace, `tap` the device in it, to which its one cable leads; without
    them it has none.
    """

    kernel: Path
    shares: Mapping[str, Path]
    hall: str = ""
    tap: str = ""

    def words(self) -> list[str]:
        """The command line."""
        words = ["ip", "netns", "exec", self.hall] if self.hall else []
        words += [
            "qemu-system-x86_64", "-accel", "tcg,thread=single,tb-size=512", "-icount", CLOCK,
            "-M", "q35", "-cpu", "max", "-smp", str(CPUS), "-m", str(MEMORY_MB), "-no-reboot",
            "-nodefaults", "-nographic", "-serial", "stdio", "-device", "virtio-rng-pci",
            "-kernel", str(self.kernel / "vmlinuz"), "-initrd", str(self.kernel / "initrd"),
            "-append", KERNEL_WORDS,
        ]  # fmt: skip
        if self.tap:
            words += ["-netdev", f"tap,id=cable,ifname={self.tap},script=no,downscript=no",
                      "-device", "virtio-net-pci,netdev=cable"]  # fmt: skip
        for tag, folder in self.shares.items():
            mode = "" if tag == "out" else ",readonly=on"
            place = f"local,id={tag},path={folder},security_model=none,multidevs=remap{mode}"
            words += ["-fsdev", place, "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]
        return words

    def lines(self, console: Path, limit_s: float) -> Iterator[str]:
        """Boot; the console's lines as they come, kept in the file `console` as well.

        Ends when the guest powers off, or after `limit_s` seconds by force.
        """
        with (
            console.open("w") as kept,
            subprocess.Popen(  # noqa: S603  # our own words, no shell
                self.words(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                process_group=0,
            ) as process,
        ):
            limit = threading.Timer(limit_s, _end, [process])
            limit.start()
            try:
                for line in process.stdout or ():
                    kept.write(line)
                    kept.flush()
                    yield line.rstrip()
            finally:
                limit.cancel()
                _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
