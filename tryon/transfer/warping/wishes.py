"""How the garment is to be worn, read from free text: tucked in or not, open, sleeves rolled."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the text asks for; the defaults are what a shopper expects without asking."""

    tucked: bool = False  # the top goes into the trousers or skirt
    rolled: bool = False  # sleeves end below the elbow
    open: bool = False  # the front of a jacket, cardigan or shirt is parted


_TUCKED = re.compile(
    r"\btuck(ed|s|ing)?\b(?!.{0,12}\bout\b)|塞进|扎进|넣어|por dentro|metid[oa]|in die hose|eingesteckt"
)
_LOOSE = re.compile(r"\b(un-?tucked|not tucked|hang(s|ing)? (out|loose))\b|por fuera|über der hose|塞出|빼서")
_ROLLED = re.compile(
    r"\broll(ed|s|ing)?[- ]?(up)?\b.{0,12}\bsleeves?|\bsleeves?\b.{0,12}\b(rolled|pushed)"
    r"|arremangad|hochgekrempelt|卷起|걷어"
)
_OPEN = re.compile(
    r"\bopen (front|jacket|cardigan|coat|shirt|blazer|hoodie|top)\b"
    r"|\b(jacket|cardigan|coat|shirt|blazer|hoodie|it) (is |left |worn |hangs )?open\b"
    r"|\b(worn|wear(s|ing)?|left) open\b"
    r"|\b(unbuttoned|unzipped)\b|offene[nrsm]? (jacke|strickjacke|hemd|mantel)|(jacke|strickjacke|hemd|mantel) offen"
    r"|offen getragen|aufgeknöpft|\babiert[oa]\b|desabrochad|desabotonad|敞开|敞着|敞穿|不扣"
    r"|열어 입|오픈|풀어 ?헤|잠그지 않"
)
_CLOSED = re.compile(r"\bnot open\b|\bclosed\b|\bbuttoned up\b|\bzipped up\b")


def read_wishes(prompt: str) -> Wishes:
    """The wishes named in a sentence in English, Chinese, Korean, Spanish or German."""
    text = prompt.lower()
    loose = bool(_LOOSE.search(text))
    return Wishes(
        tucked=bool(_TUCKED.search(text)) and not loose,
        rolled=bool(_ROLLED.search(text)),
        open=bool(_OPEN.search(text)) and not _CLOSED.search(text),
    )
