"""What every output says about itself: made with AI, by which models, with which numbers. And nothing else.

One XMP packet (ISO 16684-1) in the place that each format has for it. It carries the IPTC "digital source type"
that platforms and search engines read, and the facts as JSON. Packets are plain text between `<?xpacket` marks in
all our formats, which is how XMP means them to be found by readers that do not know the container.
No personal data: no names, no times, no places, no file names. The prompt is the user's own words, cleaned and
cut; without it the film cannot be made again.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from pathlib import Path

from tryon import __version__
from tryon.events import Facts

PRODUCT = "tryon"
_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
# A still is a photo with a part painted anew; of a film every frame is made.
_STILL, _FILM = "compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia"
_MOST_TEXT = 500  # characters
_PACKET = re.compile(rb"<\?xpacket begin=.*?<tryon:facts>(.*?)</tryon:facts>.*?<\?xpacket end=", re.DOTALL)
# Invisible characters that letters of some scripts and emoji need; all other format characters go.
_JOINERS = "\u200c\u200d"

_TEMPLATE = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:tryon="urn:tryon:facts:1">
<xmp:CreatorTool>{tool}</xmp:CreatorTool>
<Iptc4xmpExt:DigitalSourceType>{source}</Iptc4xmpExt:DigitalSourceType>
<tryon:facts>{facts}</tryon:facts>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def clean(text: str) -> str:
    """One line without control, direction or unassigned characters, at most 500 characters."""
    kept = (" " if char in "\t\r\n\v\f\u2028\u2029" else char for char in text)
    visible = "".join(char for char in kept if char in _JOINERS or unicodedata.category(char)[0] != "C")
    return " ".join(visible.split())[:_MOST_TEXT]


def metadata(facts: Facts, *, film: bool) -> dict[str, object]:
    """What is written, as plain values. The time it took is left out: the same job gives the same bytes."""
    return {
        "ai_generated": True,
        "digital_source_type": _FILM if film else _STILL,
        "product": PRODUCT,
        "version": __version__,
        "transfer": clean(facts.transfer),
        "video": clean(facts.video) if facts.video else None,
        "prompt": clean(facts.prompt),
        "wear": [clean(one) for one in facts.wear],
        "category": clean(facts.category),
        "seed": facts.seed,
        "width": facts.width,
        "height": facts.height,
        "frames": facts.frames,
        "fps": facts.fps,
        "quality": clean(facts.quality),
        "steps": list(facts.steps),
        "guidance": list(facts.guidance),
        "samples": facts.samples,
        "strength": facts.strength,
    }


def as_json(facts: Facts, *, film: bool) -> str:
    """The metadata as one line of JSON, always the same for the same facts."""
    return json.dumps(metadata(facts, film=film), ensure_ascii=False, sort_keys=True)


def as_xmp(facts: Facts, *, film: bool) -> bytes:
    """The metadata as an XMP packet in UTF-8."""
    text = _TEMPLATE.format(
        tool=html.escape(f"{PRODUCT} {__version__}"),
        source=_SOURCE_TYPES + (_FILM if film else _STILL),
        facts=html.escape(as_json(facts, film=film), quote=False),
    )
    return text.encode()


def read_facts(path: Path) -> dict[str, object]:
    """The metadata of a png, jpg, webp, gif or mp4 of ours; empty when the file carries none."""
    found = _PACKET.search(path.read_bytes())
    if found is None:
        return {}
    try:
        values = json.loads(html.unescape(found[1].decode()))
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
