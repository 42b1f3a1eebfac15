"""How a process of ours is told to stop."""

import signal
import threading
from types import FrameType


def stop_on_signal(stop: threading.Event) -> None:
    """Have SIGTERM and SIGINT set `stop`."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
