"""What every child process with GStreamer in it must be told."""

from typing import Final

NO_NEW_CODE: Final = {"ORC_CODE": "backup"}
"""Its vector code is not made at run time: the service may not (MemoryDenyWriteExecute)."""
