"""The real page on TRYON_PORT, with the small engine: `python -m tests.browser.serve`."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from tests.browser.engine import small_catalog
from tests.browser.live import Gate
from tryon.pipeline import Pipeline
from tryon.settings import read_settings
from tryon.ui.page import Page


def main() -> None:
    settings = read_settings()
    catalog = small_catalog(Gate(Path(os.environ["FRAME_GATE"])))
    _, address, _ = Page(settings, Pipeline(settings, catalog)).launch(prevent_thread_lock=True)
    print(f"tryon is at {address}", flush=True)  # noqa: T201
    threading.Event().wait()


if __name__ == "__main__":
    main()
