"""What a visitor or a client asks for, before plan() has checked any of it."""

from __future__ import annotations

from dataclasses import dataclass

from tryon.types import Category, Clip, Photo, Request, Wear


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the controls say, still unchecked: plan() checks all of it."""

    person: str | None  # id of the picture in the session
    garment: str | None
    others: tuple[str, ...] = ()  # further garments
    consent: bool
    prompt: str = ""
    category: Category | None = None
    wear: tuple[Wear, ...] = ()
    transfer: str | None = None
    video: str | None = None
    still_only: bool = False
    size: tuple[int, int] | None = None
    seconds: float | None = None
    fps: int | None = None
    seed: int | None = None
    quality: str = "standard"
    samples: int | None = None
    strength: float | None = None
    loop: bool = False
    label: bool = True


def as_request(order: Order, person: Photo | Clip | None, *garments: Photo | Clip | None) -> Request:
    """The order with its pictures, for plan()."""
    return Request(
        person=person,  # type: ignore[arg-type]  # plan() refuses None with its sentence
        garments=tuple(one for one in garments if isinstance(one, Photo)),
        prompt=order.prompt,
        category=order.category,
        wear=order.wear,
        transfer=order.transfer,
        video=order.video,
        size=order.size,
        seconds=order.seconds,
        fps=order.fps,
        seed=order.seed,
        quality=order.quality,  # type: ignore[arg-type]  # plan() checks it
        samples=order.samples,
        strength=order.strength,
        loop=order.loop,
        still_only=order.still_only,
        label=order.label,
        consent=order.consent,
    )
