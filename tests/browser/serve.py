"""The real page on a port of its own, with the small engine: `python -m tests.browser.serve PORT`."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace

from tests.browser.engine import small_catalog
from tryon.pipeline import Pipeline
from tryon.settings import read_settings
from tryon.ui.page import Page


def main() -> None:
    settings = replace(read_settings(), port=int(sys.argv[1]))
    catalog = small_catalog(float(os.environ.get("STEP_PAUSE", "0.05")), float(os.environ.get("FRAME_PAUSE", "0.01")))
    Page(settings, Pipeline(settings, catalog)).launch(prevent_thread_lock=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
