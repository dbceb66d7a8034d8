"""The one place that builds HTML: everything that is not Markup is escaped."""

from __future__ import annotations

import html
import re
from typing import Any

from tryon.media.preview import data_url

__all__ = ["Markup", "data_url", "escape", "join", "tag"]

_VOID = frozenset({"img", "input", "br", "hr", "source"})
# Marks that turn the direction of text around them; they could dress a name up as something else.
_TURNING = re.compile("[\u0000-\u0008\u000b-\u001f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Markup(str):
    """HTML that was built here and is safe to show."""

    __slots__ = ()


def escape(text: object) -> Markup:
    """`text` as HTML text or attribute value; control and direction marks are dropped."""
    if isinstance(text, Markup):
        return text
    return Markup(html.escape(_TURNING.sub("", str(text)), quote=True))


def join(*parts: object) -> Markup:
    """Parts one after another, each escaped unless it is Markup; None and False are left out."""
    return Markup("".join(escape(part) for part in parts if part is not None and part is not False))


def tag(name: str, *children: object, **attributes: Any) -> Markup:
    """One element. `class_` is class, other underscores become dashes; True is a bare attribute, None and
    False leave it out."""
    pairs = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        pairs.append(f" {key}" if value is True else f' {key}="{escape(value)}"')
    opened = f"<{name}{''.join(pairs)}>"
    return Markup(opened if name in _VOID else f"{opened}{join(*children)}</{name}>")
