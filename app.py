"""The page: `python app.py`, or a Hugging Face Space. Settings -> page -> launch."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from tryon.runtime.heap import keep_freed
from tryon.settings import read_settings
from tryon.ui.page import Page

keep_freed()
page = Page(read_settings())
demo = page.blocks


def main() -> None:
    """Serves until it is told to stop, then leaves nothing behind."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    _, address, _ = page.launch(prevent_thread_lock=True)
    print(f"tryon is at {address}", flush=True)  # noqa: T201
    ended.wait()
    page.close()


if __name__ == "__main__":
    main()
