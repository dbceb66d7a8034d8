"""The real page on TRYON_PORT with the own video models at tiny sizes, from files in TRYON_WEIGHTS; all
else is that of the page's tests: `python -m tests.tiny.video.serve`."""

from __future__ import annotations

import threading

import torch

from tests.browser.engine import small_catalog
from tests.tiny.video.orders import CARD, OWN, own_catalog
from tryon.catalog import Catalog
from tryon.pipeline import Pipeline
from tryon.settings import read_settings
from tryon.ui.page import Page


def main() -> None:
    torch.set_num_threads(1)
    settings, own = read_settings(), own_catalog()
    catalog = Catalog((*small_catalog().entries, *(own.get("video", entry.spec.name) for entry in OWN)))
    _, address, _ = Page(settings, Pipeline(settings, catalog, CARD)).launch(prevent_thread_lock=True)
    print(f"tryon is at {address}", flush=True)  # noqa: T201
    threading.Event().wait()


if __name__ == "__main__":
    main()
