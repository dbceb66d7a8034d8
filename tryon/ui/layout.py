"""The page's components, where they stand, and nothing of what they do."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from tryon.spec import Kind
from tryon.types import WEARS
from tryon.ui import menus, view
from tryon.ui.frame import card_title, header, sample_row, tip
from tryon.ui.photo_input import ClipInput, PhotoInput
from tryon.ui.picker import picker
from tryon.ui.studio import Studio
from tryon.ui.texts import CHIPS, DEFAULT, Tongue

# Sends every click on [data-do] to Python; the page script does the rest in the browser.
CLICKS = (
    "element.addEventListener('click', e => { const b = e.target.closest('[data-do]');"
    " if (b && element.contains(b)) trigger('act', {do: b.dataset.do, id: b.dataset.id || ''}) })"
)
SHOWN = "watch('value', () => window.tryon && window.tryon.shown(element)); window.tryon && window.tryon.shown(element)"
MENU = "window.tryon && window.tryon.menu(element, props, trigger, watch, 'ask')"
BRUSH = "window.tryon && window.tryon.brush(element, trigger, watch, 'paint', 'close')"


def ours(value: str, name: str, js: str | None = None, classes: str = "") -> gr.HTML:
    """HTML of ours, without Gradio's text styles."""
    return gr.HTML(value, elem_id=name, elem_classes=["ours", *classes.split()], js_on_load=js, apply_default_css=False)


def model_menu(say: Tongue, studio: Studio, kind: Kind) -> gr.HTML:
    """A menu of models. Its value is the chosen one's name; "ask" comes with one that cannot run here."""
    return gr.HTML(
        studio.default(kind).spec.name,
        html_template="${menu}",
        menu=picker(say, studio, kind),
        js_on_load=MENU,
        elem_id=kind,
        elem_classes=["ours"],
        apply_default_css=False,
    )


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What the browser keeps between visits: identifiers, never pictures. One key each, so that two handlers
    that end together do not undo each other."""

    session: gr.BrowserState
    person: gr.BrowserState
    garment: gr.BrowserState
    others: gr.BrowserState  # further garments, spaces between
    kind: gr.BrowserState  # of the first garment, as chosen
    wear: gr.BrowserState  # ways that were chosen, spaces between
    job: gr.BrowserState
    consent: gr.BrowserState
    prompt: gr.BrowserState


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The controls."""

    person: PhotoInput
    clip: ClipInput
    garment: PhotoInput
    people: gr.HTML
    garments: gr.HTML
    another: ClipInput
    category: gr.Radio
    wear: gr.CheckboxGroup
    prompt: gr.Textbox
    chips: tuple[gr.Button, ...]
    transfer: gr.HTML
    video: gr.HTML
    size: gr.Dropdown
    commercial: gr.Checkbox
    seconds: gr.Slider
    fps: gr.Slider
    quality: gr.Radio
    samples: gr.Slider
    strength: gr.Slider
    seed: gr.Number
    seed_mode: gr.Radio
    loop: gr.Checkbox
    mark: gr.Checkbox
    consent: gr.Checkbox
    run: gr.Button
    stop: gr.Button
    area: gr.Button


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Everything that only shows."""

    header: gr.HTML
    announce: gr.HTML
    person_title: gr.HTML
    garment_title: gr.HTML
    look_title: gr.HTML
    person_say: gr.HTML
    garment_say: gr.HTML
    others: gr.HTML
    prompt_say: gr.HTML
    model_say: gr.HTML
    more_say: gr.HTML
    consent_say: gr.HTML
    order_say: gr.HTML
    status: gr.HTML
    strip: gr.HTML
    screen: gr.HTML
    brush: gr.HTML
    actions: gr.HTML
    facts: gr.HTML
    remarks: gr.HTML
    history: gr.HTML


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The whole page."""

    memory: Memory
    inputs: Inputs
    outputs: Outputs


def memory(secret: str) -> Memory:
    def kept(name: str, value: object) -> gr.BrowserState:
        return gr.BrowserState(value, storage_key=f"tryon.{name}", secret=secret)

    return Memory(
        session=kept("session", ""),
        person=kept("person", ""),
        garment=kept("garment", ""),
        others=kept("others", ""),
        kind=kept("kind", "auto"),
        wear=kept("wear", ""),
        job=kept("job", ""),
        consent=kept("consent", ""),
        prompt=kept("prompt", ""),
    )


def lay_out(studio: Studio, i18n: gr.I18n) -> Parts:
    """Builds the components inside the current Blocks."""
    say = Tongue(DEFAULT)
    kept = memory(studio.settings.state_secret)
    head = ours(header(say), "top", CLICKS)
    announce = ours("", "announce", classes="unseen")
    with gr.Row(elem_id="main", equal_height=False):
        with gr.Column(scale=10, min_width=320, elem_id="left"):
            with gr.Row(elem_id="photos", equal_height=True):
                person = _person(say, i18n)
                garment = _garment(say, i18n)
            ask = _ask(say, studio, i18n)
            order = _order(i18n)
            with gr.Column(elem_classes="card", elem_id="settings"):
                models = _models(say, studio, i18n)
                more = _more(say, studio, i18n)
        with gr.Column(scale=9, min_width=320, elem_classes="card", elem_id="look"):
            look = _look(say)
    parts = person | garment | ask | order | models | more | look | {"header": head, "announce": announce}
    return Parts(
        memory=kept,
        inputs=Inputs(**{name: parts[name] for name in Inputs.__dataclass_fields__}),  # type: ignore[arg-type]
        outputs=Outputs(**{name: parts[name] for name in Outputs.__dataclass_fields__}),
    )


def _person(say: Tongue, i18n: gr.I18n) -> dict[str, object]:
    with gr.Column(min_width=280, elem_classes="card", elem_id="person_card"):
        title = ours(card_title(say, "person"), "person_title")
        photo = PhotoInput(
            sources=["upload", "webcam", "clipboard"],
            height=316,
            label=i18n("person_label"),
            show_label=False,
            elem_id="person",
            placeholder=i18n("person_place"),
            alt_text=say("person_label"),
            buttons=["fullscreen"],
            interactive=True,
        )
        clip = ClipInput(
            i18n("clip_add"), file_types=[".mp4", ".mov", ".webm"], size="sm", variant="secondary", elem_id="clip"
        )
        told = ours(tip(say, "person"), "person_say")
        people = ours(sample_row(say, "people"), "people", CLICKS)
    return {"person": photo, "clip": clip, "people": people, "person_title": title, "person_say": told}


def _garment(say: Tongue, i18n: gr.I18n) -> dict[str, object]:
    with gr.Column(min_width=280, elem_classes="card", elem_id="garment_card"):
        title = ours(card_title(say, "garment"), "garment_title")
        photo = PhotoInput(
            sources=["upload", "webcam", "clipboard"],
            height=316,
            label=i18n("garment_label"),
            show_label=False,
            elem_id="garment",
            placeholder=i18n("garment_place"),
            alt_text=say("garment_label"),
            buttons=["fullscreen"],
            interactive=True,
        )
        told = ours(tip(say, "garment"), "garment_say")
        others = ours("", "others", CLICKS)
        garments = ours(sample_row(say, "garments"), "garments", CLICKS)
        another = ClipInput(i18n("garment_another"), file_types=["image"], size="sm", elem_id="another")
        choices = [(i18n(f"category_{name}"), name) for name in ("auto", "top", "bottom", "dress")]
        category = gr.Radio(
            choices, value="auto", label=i18n("category_label"), show_label=True, elem_id="category", elem_classes="seg"
        )
        ways = [(i18n(f"wear_{name}"), name) for name in WEARS]
        wear = gr.CheckboxGroup(
            ways, label=i18n("wear_label"), show_label=False, visible=False, elem_id="wear", elem_classes="pills"
        )
    return {
        "garment": photo,
        "garments": garments,
        "another": another,
        "others": others,
        "category": category,
        "wear": wear,
        "garment_title": title,
        "garment_say": told,
    }


def _ask(say: Tongue, studio: Studio, i18n: gr.I18n) -> dict[str, object]:
    with gr.Column(elem_classes="card", elem_id="ask"):
        prompt = gr.Textbox(
            "",
            label=i18n("prompt_label"),
            placeholder=i18n("prompt_place"),
            lines=1,
            max_lines=3,
            max_length=studio.settings.max_prompt_chars,
            elem_id="prompt",
        )
        with gr.Row(elem_id="chips"):
            chips = tuple(gr.Button(i18n(name), size="sm", elem_id=name) for name in CHIPS)
        prompt_say = ours("", "prompt_say")
        consent = gr.Checkbox(False, label=i18n("consent_label"), elem_id="consent", container=False)
        consent_say = ours("", "consent_say")
    return {
        "prompt": prompt,
        "chips": chips,
        "prompt_say": prompt_say,
        "consent": consent,
        "consent_say": consent_say,
    }


def _order(i18n: gr.I18n) -> dict[str, object]:
    with gr.Row(elem_id="cta"):
        run = gr.Button(i18n("run"), variant="primary", elem_id="run", scale=3)
        stop = gr.Button(i18n("stop"), visible=False, elem_id="stop", scale=3)
    order_say = ours("", "order_say")
    return {"run": run, "stop": stop, "order_say": order_say}


def _models(say: Tongue, studio: Studio, i18n: gr.I18n) -> dict[str, object]:
    video = studio.default("video").spec
    with gr.Row(elem_id="models"):
        transfer = model_menu(say, studio, "transfer")
        films = model_menu(say, studio, "video")
        size = gr.Dropdown(
            menus.sizes(say, video, 0.75),  # type: ignore[arg-type]
            value=menus.OWN_SIZE,
            label=i18n("size_label"),
            elem_id="size",
            filterable=False,
            min_width=140,
        )
    only = studio.settings.commercial_only  # whoever runs the page may have decided it
    commercial = gr.Checkbox(
        only, label=i18n("commercial_label"), elem_id="commercial", container=False, interactive=not only
    )
    model_say = ours("", "model_say")
    return {"transfer": transfer, "video": films, "size": size, "commercial": commercial, "model_say": model_say}


def _more(say: Tongue, studio: Studio, i18n: gr.I18n) -> dict[str, object]:
    spec = studio.default("video").spec
    limits = menus.lengths(spec)  # type: ignore[arg-type]
    with gr.Accordion(i18n("more_title"), open=False, elem_id="more"):
        with gr.Row():
            seconds = gr.Slider(
                limits.least, limits.most, limits.seconds, step=0.5, label=i18n("seconds_label"), elem_id="seconds"
            )
            fps = gr.Slider(limits.fps_low, limits.fps_high, limits.fps, step=1, label=i18n("fps_label"), elem_id="fps")
        choices = [(i18n(f"quality_{name}"), name) for name in ("draft", "standard", "best")]
        quality = gr.Radio(
            choices, value="standard", label=i18n("quality_label"), elem_classes="seg", elem_id="quality"
        )
        with gr.Row():
            samples = gr.Slider(1, 4, 1, step=1, label=i18n("samples_label"), elem_id="samples")
            strength = gr.Slider(0, 1, 1, step=0.05, label=i18n("strength_label"), elem_id="strength")
        with gr.Row():
            seed = gr.Number(
                None, precision=0, label=i18n("seed_label"), minimum=0, maximum=2**32 - 1, elem_id="seed", min_width=140
            )
            modes = [(i18n("seed_new"), "new"), (i18n("seed_keep"), "keep")]
            seed_mode = gr.Radio(modes, value="new", label=i18n("seed_mode"), elem_classes="seg", elem_id="seed_mode")
        loop = gr.Checkbox(False, label=i18n("loop_label"), elem_id="loop", container=False)
        mark = gr.Checkbox(studio.settings.label, label=i18n("mark_label"), elem_id="mark", container=False)
        more_say = ours("", "more_say")
    area = gr.Button(i18n("edit_area"), elem_id="area", size="sm")
    return {
        "seconds": seconds,
        "fps": fps,
        "quality": quality,
        "samples": samples,
        "strength": strength,
        "seed": seed,
        "seed_mode": seed_mode,
        "loop": loop,
        "mark": mark,
        "area": area,
        "more_say": more_say,
    }


def _look(say: Tongue) -> dict[str, object]:
    title = ours(card_title(say, "look"), "look_title")
    status = ours(view.status(say), "status")
    with gr.Row(elem_id="stage", equal_height=False):
        strip = ours(view.strip(say), "strip")
        screen = ours(view.empty(say), "screen", SHOWN)
        brush = ours("", "brush", BRUSH)
    actions = ours("", "actions", CLICKS)
    facts = ours("", "facts")
    remarks = ours("", "remarks")
    history = ours("", "history", CLICKS)
    return {
        "look_title": title,
        "status": status,
        "strip": strip,
        "screen": screen,
        "brush": brush,
        "actions": actions,
        "facts": facts,
        "remarks": remarks,
        "history": history,
    }
