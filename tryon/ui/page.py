"""The page as one Gradio app: components, wiring, and how it is served."""

from __future__ import annotations

import os
from typing import Any

import gradio as gr

from tryon.pipeline import Pipeline
from tryon.runtime.jobs import Jobs
from tryon.runtime.store import Store
from tryon.settings import Settings
from tryon.ui.api import add_api
from tryon.ui.assets import ROOT
from tryon.ui.choosing import Choosing
from tryon.ui.desk import Desk
from tryon.ui.files import LookFiles
from tryon.ui.guard import middleware
from tryon.ui.intake import Intake
from tryon.ui.layout import Parts, lay_out
from tryon.ui.room import Room
from tryon.ui.studio import Studio
from tryon.ui.texts import CHIPS, component_tables
from tryon.ui.theme import theme
from tryon.ui.wardrobe import Wardrobe
from tryon.ui.wear import Wearing

QUEUE = 256  # streams at once; our own registry is the queue that counts
# Page handlers: no API, no overlay over what they draw.
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
NOW: dict[str, Any] = {**QUIET, "queue": False}
LONG: dict[str, Any] = {**QUIET, "concurrency_limit": None}
# For what may be done again before the answer: by default Gradio's page drops such a second event.
AGAIN: dict[str, Any] = {"trigger_mode": "multiple"}


class Page:
    """One app: its sessions, its jobs, its Blocks."""

    def __init__(self, settings: Settings, pipeline: Pipeline | None = None) -> None:
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        self.settings = settings
        self.jobs = Jobs(settings)
        self.store = Store(settings, on_delete=self.jobs.forget)
        # Gradio's own folder lies in ours: swept with it.
        os.environ["GRADIO_TEMP_DIR"] = str(self.store.root / "page")
        self.studio = Studio(settings, pipeline or Pipeline(settings), self.jobs, self.store)
        self.i18n = gr.I18n(**component_tables())
        self.blocks = self._build()

    def _build(self) -> gr.Blocks:
        on_space = bool(os.environ.get("SPACE_ID"))
        with gr.Blocks(analytics_enabled=False, delete_cache=(60, 600), title="tryon", fill_width=True) as blocks:
            parts = lay_out(self.studio, self.i18n)
            room = Room(self.studio, parts, behind_proxy=on_space)
            desk = Desk(room)
            garments = [*_wire_photos(parts, Intake(room)), *_wire_wardrobe(parts, Wardrobe(room))]
            _wire_wear(parts, Wearing(room), garments)
            _wire_menus(parts, Choosing(room))
            _wire_run(blocks, parts, desk)
            _wire_results(parts, desk)
            blocks.unload(room.left)
            add_api(self.studio, behind_proxy=on_space)
        blocks.queue(max_size=QUEUE, default_concurrency_limit=QUEUE, status_update_rate=1.0)
        return blocks

    def launch_options(self) -> dict[str, Any]:
        """Everything that `Blocks.launch` gets; a test holds it."""
        # In the head and not as `css`: Gradio would take the style sheet apart and put it together differently.
        style = (ROOT / "css" / "page.css").read_text("utf-8")
        script = (ROOT / "js" / "page.js").read_text("utf-8")
        return {
            "server_name": "0.0.0.0" if os.environ.get("SPACE_ID") else self.settings.host,  # noqa: S104
            "server_port": self.settings.port,
            "root_path": self.settings.root_path or None,
            "share": False,
            "show_error": False,
            "run_history": False,
            "enable_monitoring": False,
            "max_file_size": f"{self.settings.max_upload_mb}mb",
            "allowed_paths": [],
            "footer_links": ["api"],
            "strict_cors": True,
            "mcp_server": False,
            "ssr_mode": False,
            "pwa": False,
            "quiet": True,
            "i18n": self.i18n,
            "theme": theme(),
            "head": f"<style>{style}</style><script>{script}</script>",
            "favicon_path": ROOT / "icons" / "tryon.svg",
            "app_kwargs": {
                "middleware": middleware(self.settings, str(self.store.root / "page")),
                "routes": LookFiles(self.store.root).routes(),
                "docs_url": None,
                "redoc_url": None,
                "openapi_url": None,
            },
        }

    def launch(self, **more: Any) -> Any:
        """Serves the page; returns at once when told `prevent_thread_lock`."""
        return self.blocks.launch(**{**self.launch_options(), **more})

    def close(self) -> None:
        """Lets running jobs finish for a moment, then removes every picture."""
        self.jobs.shutdown()
        self.blocks.close(verbose=False)
        self.store.close()


def _everything(parts: Parts) -> list[Any]:
    """All components that a handler may change."""
    found: list[Any] = []
    for group in (parts.memory, parts.inputs, parts.outputs):
        for name in group.__dataclass_fields__:
            value = getattr(group, name)
            found += value if isinstance(value, tuple) else [value]
    return found


def _wire_photos(parts: Parts, intake: Intake) -> list[Any]:
    """The events after which another garment, or none, has been looked at."""
    kept, put, out = parts.memory, parts.inputs, parts.outputs
    rooms = (
        (
            put.person,
            put.people,
            kept.person,
            out.person_say,
            intake.take_person,
            intake.sample_person,
            intake.clear_person,
        ),
        (
            put.garment,
            put.garments,
            kept.garment,
            out.garment_say,
            intake.take_garment,
            intake.sample_garment,
            intake.clear_garment,
        ),
    )
    garments: list[Any] = []
    for widget, row, room, told, take, sample, clear in rooms:
        changed = [widget, told, room, kept.session, out.order_say]
        came = [widget.input(take, [widget, kept.session], changed, **NOW, **AGAIN)]
        if widget is put.person:
            came.append(put.clip.upload(take, [put.clip, kept.session], changed, **NOW, **AGAIN))
        picked = row.act(sample, kept.session, changed, **NOW, **AGAIN)
        cleared = widget.clear(clear, [kept.session, room], [room, told, out.brush], **NOW)
        for event in (*came, picked):
            if widget is put.person:
                event.then(intake.look_at_person, [kept.session, room, put.video], [told, put.size], **LONG, **AGAIN)
            else:
                looked = [kept.session, room, put.category]
                event.then(intake.new_garment, [kept.session, kept.person], None, **NOW, **AGAIN)
                garments.append(event.then(intake.look_at_garment, looked, [told], **LONG, **AGAIN))
    chosen = put.category.input(intake.new_kind, [kept.session, kept.person, put.category], kept.kind, **NOW, **AGAIN)
    looked = [kept.session, kept.garment, put.category]
    return [*garments, cleared, chosen.then(intake.look_at_garment, looked, [out.garment_say], **LONG, **AGAIN)]


def _wire_wardrobe(parts: Parts, wardrobe: Wardrobe) -> list[Any]:
    """The events after which further garments have been looked at, or taken away."""
    kept, put, out = parts.memory, parts.inputs, parts.outputs
    changed = [out.others, kept.others, kept.session]
    added = put.another.upload(wardrobe.add, [put.another, kept.session, kept.others], changed, **NOW, **AGAIN)
    looked = added.then(wardrobe.look, [kept.session, kept.others], changed, **LONG, **AGAIN)
    return [looked, out.others.act(wardrobe.act, [kept.session, kept.others], changed, **NOW, **AGAIN)]


def _wire_wear(parts: Parts, wearing: Wearing, changes: list[Any]) -> None:
    kept, put = parts.memory, parts.inputs
    asked = [kept.session, kept.garment, kept.others, put.category, put.wear]
    for change in changes:
        change.then(wearing.offer, asked, put.wear, **NOW, **AGAIN)
    put.wear.input(wearing.chosen, put.wear, kept.wear, **NOW, **AGAIN)


def _wire_menus(parts: Parts, choosing: Choosing) -> None:
    kept, put, out = parts.memory, parts.inputs, parts.outputs
    for name, chip in zip(CHIPS, put.chips, strict=True):
        text = f"document.querySelector('#{name}').innerText.trim()"
        chip.click(None, None, put.prompt, js=f"() => {text}", api_visibility="private")
    film = [put.size, put.seconds, put.fps, put.loop]
    menus, person = [put.transfer, put.video], [kept.session, kept.person]
    put.transfer.input(choosing.choose_transfer, [put.transfer, put.commercial], [out.model_say, put.transfer], **NOW)
    chosen = [put.video, put.commercial, *person]
    put.video.input(choosing.choose_video, chosen, [out.model_say, put.video, *film], **NOW)
    put.transfer.ask(choosing.ask_transfer, put.commercial, out.model_say, **NOW)
    put.video.ask(choosing.ask_video, put.commercial, out.model_say, **NOW)
    switched = [put.commercial, *menus, *person]
    put.commercial.input(choosing.only_commercial, switched, [out.model_say, *menus, *film], **NOW)


def _wire_run(blocks: gr.Blocks, parts: Parts, desk: Desk) -> None:
    kept, put, out = parts.memory, parts.inputs, parts.outputs
    every = _everything(parts)
    form = {
        *(kept.session, kept.person, kept.garment, kept.others),
        *(put.consent, put.prompt, put.category, put.wear, put.transfer, put.video, put.commercial),
        *(put.size, put.seconds, put.fps),
        *(put.quality, put.samples, put.strength, put.seed, put.seed_mode, put.loop, put.mark),
    }
    put.run.click(desk.start, form, every, **LONG)
    put.prompt.submit(desk.start, form, every, **LONG)
    out.brush.paint(desk.start_painted, form, every, **LONG)
    out.brush.close(lambda: "", None, out.brush, **NOW)
    put.stop.click(desk.stop, [kept.session, kept.job], [put.stop], **NOW)
    put.area.click(desk.open_area, form, every, **LONG)
    blocks.load(desk.arrive, set(vars_of(parts)), every, **LONG)


def vars_of(parts: Parts) -> list[Any]:
    """What the browser keeps."""
    return [getattr(parts.memory, name) for name in parts.memory.__dataclass_fields__]


def _wire_results(parts: Parts, desk: Desk) -> None:
    kept, out = parts.memory, parts.outputs
    every = _everything(parts)
    out.actions.act(desk.reuse, kept.session, every, **NOW)
    out.history.act(desk.show, kept.session, every, **NOW)
    out.header.act(desk.delete_pictures, kept.session, every, **NOW)
