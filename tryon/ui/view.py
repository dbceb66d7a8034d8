"""What a run looks like: pure functions from a JobView to HTML."""

from __future__ import annotations

import io

from tryon.runtime.record import JobView
from tryon.types import Stage
from tryon.ui.assets import example, icon
from tryon.ui.html import Markup, data_url, join, tag
from tryon.ui.texts import Tongue

# What the strip shows; writing the file belongs to the film.
STRIP: tuple[Stage, ...] = ("photo", "parse", "garment", "mask", "transfer", "video")
THUMB_SIDE = 168  # px, longest side of a strip picture


def strip(say: Tongue, view: JobView | None = None) -> Markup:
    """The six stages as a list: empty, at work, or with the picture that the stage made."""
    items = (_step(say, stage, view) for stage in STRIP)
    return tag("ol", *items, class_="strip", aria_label=say("stages_label"))


def _step(say: Tongue, stage: Stage, view: JobView | None) -> Markup:
    state = _state(stage, view)
    picture = _picture(stage, view)
    name = say(f"stage_{stage}")
    inside = icon(stage) if picture is None else tag("img", src=data_url(shrunk(picture)), alt="")
    bar = None
    if state == "now" and view is not None:
        bar = tag("i", style=f"--done:{view.fraction if view.stage == stage else 1:.3f}")
    told = tag("span", " ", say(f"state_{state}"), class_="unseen") if state else None
    box = tag("span", inside, bar, class_="box")
    # Once the look is there, a step's picture can be looked at in large.
    if picture is not None and view is not None and view.state == "done" and stage != "video":
        box = tag("button", box, tag("span", name, class_="name"), type="button", data_show=stage)
        return tag("li", box, class_=state)
    current = "step" if state == "now" else None
    return tag("li", box, tag("span", name, told, class_="name"), class_=state or None, aria_current=current)


def _state(stage: Stage, view: JobView | None) -> str:
    """ "", "now", "done" or "failed"."""
    if view is None or view.stage is None:
        return ""
    here = "video" if view.stage == "encode" else view.stage
    finished = stage in view.done if stage != "video" else "encode" in view.done
    if view.state == "done":
        return "done" if stage in view.done or stage in view.pictures else ""
    if view.state == "failed" and stage == here:
        return "failed"
    if finished:
        return "done"
    return "now" if stage == here and view.state == "running" else ""


def _picture(stage: Stage, view: JobView | None) -> bytes | None:
    if view is None:
        return None
    found = view.pictures.get(stage)
    if found is None and stage == "video" and view.state == "running" and view.frames_done:
        return view.preview
    if found is None and stage == "video" and view.state == "done" and "video" in view.done:
        return view.pictures.get("transfer")
    return found


def shrunk(jpeg: bytes, side: int = THUMB_SIDE) -> bytes:
    """The same picture with its longest side at most `side` px: what a strip needs on a phone's network."""
    from PIL import Image

    with Image.open(io.BytesIO(jpeg), formats=("JPEG", "WEBP")) as picture:
        picture.draft("RGB", (side, side))
        picture.thumbnail((side, side), Image.Resampling.BILINEAR)
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=74)
    return out.getvalue()


# ------------------------------------------------------------------------------------------- status


def doing(say: Tongue, view: JobView | None) -> str:
    """One line about what happens now. It changes with the stage, not with every frame."""
    if view is None:
        return say("ready")
    if view.state == "waiting":
        return say("next_up") if view.position <= 1 else say("waiting", position=view.position)
    if view.state == "running":
        return say("starting") if view.stage is None else say(f"doing_{view.stage}")
    return {"done": say("done"), "stopped": "", "failed": say("failed")}[view.state]


def timing(say: Tongue, view: JobView | None) -> str:
    """How long it will take, or took; empty where nothing is known."""
    if view is None:
        return ""
    if view.state == "waiting":
        return say("begins", time=say.time(view.wait)) if view.wait >= 1 else ""
    if view.state == "running":
        parts = []
        if view.frames_total and view.stage == "video":
            parts.append(say("doing_frames", done=view.frames_done, total=view.frames_total))
        rest = remaining(view)
        if rest is not None and rest >= 1:
            parts.append(say("left", time=say.time(rest)))
        return " · ".join(parts)
    return say("took", time=say.time(view.elapsed)) if view.state == "done" else ""


def remaining(view: JobView) -> float | None:
    """Seconds left: as the model measures, by the film's own pace once it runs, else by experience; None: unknown."""
    if view.left is not None:
        return view.left
    if view.stage == "video" and view.frames_done >= 3 and view.frames_total:
        return view.filming / (view.frames_done - 1) * (view.frames_total - view.frames_done)
    if view.expected is None:
        return None
    return max(0.0, view.expected - view.elapsed)


def overall(view: JobView | None) -> float:
    """How much of the whole is done, 0..1, never going back within a stage."""
    if view is None or view.state == "waiting":
        return 0.0
    if view.state == "done":
        return 1.0
    rest = remaining(view)
    if rest is None:
        weight = {
            "photo": 0.02,
            "parse": 0.1,
            "garment": 0.2,
            "mask": 0.25,
            "transfer": 0.3,
            "video": 0.4,
            "encode": 0.97,
        }
        start = weight.get(view.stage or "photo", 0.0)
        return start + (0.57 * view.fraction if view.stage == "video" else 0.0)
    return min(0.99, view.elapsed / max(view.elapsed + rest, 0.01))


def status(say: Tongue, view: JobView | None = None) -> Markup:
    """The line above the picture and the thin bar of the whole."""
    running = view is not None and view.state in ("waiting", "running")
    value = overall(view)
    bar = tag(
        "div",
        tag("i", style=f"--done:{value:.3f}"),
        class_="bar" + (" idle" if not running else ""),
        role="progressbar",
        aria_label=say("stages_label"),
        aria_valuemin=0,
        aria_valuemax=100,
        aria_valuenow=round(value * 100),
    )
    return join(
        tag("p", tag("b", doing(say, view)), tag("em", timing(say, view)), class_="line"),
        bar if running else None,
    )


# -------------------------------------------------------------------------------------------- screen


def empty(say: Tongue) -> Markup:
    """Before the first look: what a look is, shown with one that was made here from our own samples."""
    words = [tag("strong", say("empty_title")), tag("p", say("empty_text"))]
    made = example()
    if made is None:
        return tag("div", icon("transfer"), tag("div", *words, class_="words"), class_="screen empty")
    film = tag(
        "video",
        src=made.address,
        autoplay=True,
        loop=True,
        muted=True,
        playsinline=True,
        disablepictureinpicture=True,
        aria_label=say("example_alt"),
    )
    frame = tag("div", film, tag("span", say("example"), class_="badge"), class_="fit", style=shape(*made.size))
    words.append(tag("button", say("example_use"), type="button", data_example=f"{made.person} {made.garment}"))
    return tag("div", frame, tag("div", *words, class_="words"), class_="screen empty example")


def live(say: Tongue, view: JobView) -> Markup:
    """The newest picture of a run."""
    if view.preview is None:
        words = tag("div", icon("transfer"), tag("p", doing(say, view)), class_="words")
        return tag("div", words, class_="screen empty waiting")
    shows = view.shows or "photo"  # and not the stage that runs: it may have nothing to show yet
    name = say(f"stage_{shows}")
    picture = tag("img", src=data_url(view.preview), alt=say("live_alt", what=say(f"doing_{shows}")))
    frame = tag("div", picture, tag("span", name, class_="badge"), class_="fit", style=shape(*size_of(view.preview)))
    return tag("div", frame, class_="screen live")


def shape(width: int, height: int) -> str:
    """The shape of a picture, for the style sheet."""
    return f"--shape:{width}/{height};--ratio:{width / height:.4f}"


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height of one of our own JPEGs, from its header."""
    from PIL import Image

    with Image.open(io.BytesIO(jpeg), formats=("JPEG", "WEBP")) as picture:
        return picture.size


def broken(say: Tongue, sentence: str) -> Markup:
    """A run that could not finish."""
    words = tag("div", tag("strong", say("failed")), tag("p", sentence), class_="words")
    return tag("div", icon("warn"), words, class_="screen empty broken")


# --------------------------------------------------------------------------------------------- notes


def bad(sentence: str) -> Markup:
    """An error beside what caused it."""
    return tag("p", icon("warn"), tag("span", sentence), class_="say bad", role="alert")


def good(sentence: str) -> Markup:
    return tag("p", icon("check"), tag("span", sentence), class_="say good")


def plain(sentence: str, busy: bool = False) -> Markup:
    return tag("p", tag("span", sentence), class_="say busy" if busy else "say")


def remarks(say: Tongue, sentences: tuple[str, ...]) -> Markup:
    """Notes of a run as a short list."""
    if not sentences:
        return Markup("")
    items = (tag("li", sentence) for sentence in dict.fromkeys(sentences))
    return tag("div", tag("h3", say("notes_title")), tag("ul", *items), class_="remarks")
