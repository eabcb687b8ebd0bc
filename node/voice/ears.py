"""All that stands between the microphone and what is understood, as the voice steers it."""

import math

from node.audio.cleaner import Cleaner
from node.audio.microphone import Microphone
from node.program.listening import Listening
from node.voice.ear import Ear
from node.voice.triggers import TriggerMaps


class BoothEars:
    """The microphone, the canceller behind it, the ear and its maps. Loop thread only."""

    def __init__(
        self, microphone: Microphone, cleaner: Cleaner, ear: Ear, maps: TriggerMaps
    ) -> None:
        self._microphone, self._cleaner, self._ear, self._maps = microphone, cleaner, ear, maps

    @property
    def listening(self) -> Listening:
        """What is known of the device and of how the booth hears itself."""
        microphone = self._microphone
        return Listening(
            duplex=self._cleaner.report.value.duplex,
            level_db=round(max(microphone.level.rms_db, -90.0)),
            microphone=microphone.label,
            is_simulated=microphone.is_simulated,
            trouble=self._ear.trouble or microphone.trouble,
            is_lost=bool(microphone.trouble) and not self._ear.trouble,
            again_s=math.ceil(self._ear.rests_s),
            clipped_percent=microphone.clipped_percent,
        )

    def shut(self, *, is_shut: bool) -> None:
        """Release the device, or use it again."""
        if is_shut != self._microphone.is_closed:
            (self._microphone.close if is_shut else self._microphone.open)()

    def close(self) -> None:
        """End the threads."""
        self._ear.close()
        self._maps.close()
