"""The words of the motion grammar in English; see motion_words.py."""

from __future__ import annotations

from collections.abc import Mapping

MOVES: Mapping[str, tuple[str, ...]] = {
    "hold": (
        r"\b(?:the )?camera (?:\w+ ){0,2}?(?:holds?|still|static|fixed|locked|steady)\b(?: still)?",
        r"\b(?:static|fixed|still|steady|locked) (?:camera|shot)\b",
        r"\b(?:no|without(?: any)?) camera (?:movement|motion)\b",
        r"\bwithout moving the camera\b",
        r"\bcamera (?:does not|doesn'?t|must not|should not) move\b",
    ),
    "stand": (
        r"\b(?:stands?|standing|stays?|staying|remains?|keeps?|holds?|be|is) (?:\w+ )?(?:still|motionless)\b",
        r"\b(?:do(?:es)? not|do(?:es)?n'?t|without|not) mov(?:e|ing)\b",
        r"\bfreez(?:e|es|ing)\b",
    ),
    "push": (
        (
            r"\b(?:the )?camera (?:\w+ ){0,2}?(?:moves?|moving|pushes|push|goes|comes|dollies|dolly|glides?"
            r"|zooms?|drifts?|slides?) (?:\w+ ){0,2}?(?:in|closer|forwards?|nearer|towards? (?:her|him|them|the"
            r" \w+))\b"
        ),
        r"\b(?:push(?:es|ing)?|zoom(?:s|ing)?|dolly|dollies|track(?:s|ing)?)[ -](?:\w+ )?in\b",
        r"\bcamera (?:\w+ )?(?:approaches|zooms?(?! out))\b",
        r"\b(?:move|get|come)s? in closer\b",
        r"\bclose[- ]?up\b",
        r"\bzoom\b(?! (?:\w+ )?(?:out|aus|weg|raus))(?= |$|[.,])",
    ),
    "pull": (
        (
            r"\b(?:the )?camera (?:\w+ ){0,2}?(?:moves?|moving|pulls?|goes|dollies|glides?|zooms?|drifts?|backs?"
            r"|slides?) (?:\w+ ){0,2}?(?:out|back|backwards?|away|off|up)\b"
        ),
        r"\b(?:pull(?:s|ing)?|zoom(?:s|ing)?|dolly|dollies|track(?:s|ing)?)[ -](?:\w+ )?(?:out|back)\b",
    ),
    "orbit": (
        (
            r"\b(?:the )?camera (?:\w+ ){0,2}?(?:orbits?|circles?|rotates?|revolves?|arcs?|swings?|(?:moves?|goes"
            r") around)\b(?: (?:around|round) (?:her|him|them|the \w+))?"
        ),
        r"\b(?:orbit|orbits|orbiting|arc shot)\b(?: (?:around|round) (?:her|him|them|the \w+))?",
        r"\b360\b",
    ),
    "tilt": (
        (
            r"\b(?:the )?camera (?:\w+ )?(?:tilts?|cranes?|rises?|pedestals?|looks?|moves?|pans?|booms?)(?="
            r" (?:\w+ )?(?:up|down)\b)"
        ),
        r"\bcamera (?:\w+ )?(?:tilts?|rises|lowers|sinks)\b",
        r"\btilt(?:s|ing)?(?: shot| the camera)?(?= (?:up|down)\b)",
    ),
    "pan": (
        r"\b(?:the )?camera (?:\w+ )?(?:pans?|moves?|moving|slides?|trucks?|glides?|drifts?|turns?|goes)\b",
        r"\bpan(?:s|ning)?\b(?: the camera)?",
        r"\bcamera (?:\w+ )?(?:panning|sliding|gliding)\b",
    ),
    "jump": (r"\b(?:jumps?|jumping|hops?|leaps?|skips?)\b",),
    "sit": (r"\b(?:sits?(?: down)?|sitting|kneels?|crouch(?:es)?|squats?|lies? down|bends? (?:over|down)|bows?)\b",),
    "smile": (r"\b(?:smiles?|smiling|laughs?|laughing|talks?|speaks?|blinks?|winks?|sings?|kiss(?:es)?)\b",),
    "hair": (
        (
            r"\b(?:touch(?:es)?|runs? (?:a |her |his )?(?:hand|fingers) through|flips?|tosses|brush(?:es)?)"
            r" (?:her |his |their |the )?hair\b"
        ),
    ),
    "away": (r"\b(?:walks?|walking|goes|runs?|leaves?|moves?) (?:\w+ )?(?:away|off|out of)\b(?: from the camera)?",),
    "aside": (
        (
            r"\b(?:walks?|walking|steps?|strolls?) (?:to the |to her |to his )?(?=(?:\w+ )?(?:left|right|side)\b"
            r")(?:sideways)?"
        ),
        r"\bsidesteps?\b",
    ),
    "approach": (
        (
            r"\b(?:walks?|walking|strolls?|struts?|runs?|running|catwalks?|moves?|moving|comes?|coming|goes"
            r"|steps?|stepping|strides?|advances?) (?:\w+ ){0,2}?(?:towards?|to|at|up to|into) (?:the |us|me|you"
            r")(?:camera|viewer|lens|audience|front)?"
        ),
        (
            r"\b(?:walks?|walking|strolls?|struts?|comes?|coming|steps?|stepping|moves?|moving|strides?|runs?)"
            r" (?:\w+ )?(?:forwards?|closer|nearer|over|ahead)\b"
        ),
        r"\bapproach(?:es|ing)?(?: the)?(?: (?:camera|viewer|lens))?\b",
        r"\b(?:walks? |walking )?(?:(?:down|along|on) the )?(?:catwalk|runway)(?: walk)?\b",
    ),
    "back": (r"\b(?:steps?|walks?|stepping|moves?|goes) (?:\w+ )?(?:back|backwards?)\b",),
    "walk": (
        (
            r"\b(?:walks?|walking|strolls?|struts?|marches|steps?|stepping|strides?|runs?|running|jogs?)\b(?:"
            r" (?:in place|on the spot))?"
        ),
    ),
    "show": (
        (
            r"\b(?:shows?|showing|presents?|presenting|displays?|models?|modeling|modelling|shows? off"
            r"|showcas(?:e|es|ing)) (?:off )?(?:\w+ )?(?:the |her |his |their )?(?:outfit|garment|dress|shirt"
            r"|look|clothes|top|skirt|jacket|trousers|pants|sleeves?|hem|details?|clothing|blouse|coat|t-shirt)\b"
        ),
        r"\b(?:poses?|posing|shows? off|showcase)\b",
    ),
    "around": (
        (
            r"\b(?:turns?|turning|spins?|spinning|twirls?|twirling|rotates?|rotating|whirls?) (?:\w+ )?(?:all the"
            r" way )?(?:around|round|in a circle|full circle|about)\b"
        ),
        r"\b(?:spins?|spinning|twirls?|twirling|pirouettes?|whirls?)\b",
        r"\b(?:shows?|turns?) (?:\w+ )?(?:her|his|their|the) back\b",
        r"\bfrom behind\b",
    ),
    "look": (
        (
            r"\b(?:looks?|looking|glances?|glancing|gazes?|gazing)\b(?: (?:aside|away|sideways|around|over (?:her"
            r"|his|their|the) (?:\w+ )?shoulder))?"
        ),
        r"\b(?:turns?|turning|tilts?) (?:her |his |their |the )?(?:head|face|gaze|eyes)\b",
        r"\b(?:nods?|nodding)\b",
    ),
    "turn": (r"\b(?:turns?|turning|rotates?|rotating|pivots?|twists?|faces|face(?= (?:to |the )*(?:left|right)))\b",),
    "wave": (
        (
            r"\b(?:waves?|waving)\b(?: (?:(?:her|his|their|a|the|one) )?(?:\w+ )?(?:hands?|arms?)| hello| goodbye"
            r"| at the camera| to the camera)?"
        ),
        r"\bsays? (?:hello|hi|goodbye)\b|\bgreets?\b",
    ),
    "hips": (
        (
            r"\b(?:puts? |places? |with |resting |rests? )?(?:(?:one|a|her|his|their|both|the) )?(?:\w+ )?hands?"
            r" on (?:(?:her|his|their|the) )?(?:hips?|waist)\b"
        ),
        r"\bakimbo\b",
    ),
    "raise": (
        (
            r"\b(?:raises?|raising|lifts?|lifting|holds? up|puts? up|puts?|throws?) (?:(?:her|his|their|a|an|one"
            r"|the|both) )?(?:\w+ )?(?:hands?|arms?)\b(?: up)?"
        ),
        r"\b(?:hands?|arms?) (?:go |goes )?up\b",
    ),
    "dance": (r"\b(?:danc(?:e|es|ing)|grooves?|grooving|boogies?)\b",),
    "weight": (
        (
            r"\b(?:shift(?:s|ing)?|transfers?|moves?) (?:(?:her|his|their|the) )?(?:body )?weight\b(?: from"
            r" (?:one )?(?:foot|leg|side) to (?:the )?(?:other|another))?"
        ),
        r"\bcontrapposto\b",
    ),
    "wind": (
        (
            r"\b(?:in the |a |with |the |light |gentle |soft )*(?:breeze|breezy|wind|windy|gust)\b(?: (?:blows?"
            r"|blowing|moves?|plays? with)(?: (?:the|her|his|their|through) ?(?:\w+)?)?)?"
        ),
        (
            r"\b(?:(?:her|his|the|their) )?(?:\w+ )?(?:flutter(?:s|ing)?|billow(?:s|ing)?|flow(?:s|ing)|ripples?"
            r"|rippling|swish(?:es|ing)?)\b(?: (?:lightly|gently|softly))?"
        ),
        (
            r"\b(?:hair|dress|skirt|hem|fabric|cloth) (?:\w+ )?(?:blow(?:s|ing)|moves?|moving|swings?|swinging"
            r"|sways?|swaying|waves?|waving)\b(?: in the (?:wind|breeze))?"
        ),
    ),
    "breathe": (r"\b(?:breath(?:e|es|ing)?|breathes? (?:in|out)|inhales?|exhales?|sighs?)\b",),
    "sway": (
        (
            r"\b(?:sway(?:s|ing)?|swing(?:s|ing)?|rock(?:s|ing)?|moves?|moving|wiggles?|idles?)\b(?: (?:from "
            r")?side to side)?|\bside to side\b"
        ),
    ),
}

SIDES: Mapping[str, tuple[str, ...]] = {
    "view_left": (
        (
            r"\b(?:viewer'?s|our|picture|image|screen|camera|frame)[- ](?:left|left side)\b|\bleft (?:of|side of)"
            r" (?:the )?(?:picture|image|screen|frame)\b"
        ),
    ),
    "view_right": (
        (
            r"\b(?:viewer'?s|our|picture|image|screen|camera|frame)[- ](?:right|right side)\b|\bright (?:of|side"
            r" of) (?:the )?(?:picture|image|screen|frame)\b"
        ),
    ),
    "both": (r"\bboth\b|\b(?:hands|arms) (?=up)",),
    "left": (r"\bleft(?:wards?)?\b",),
    "right": (r"\bright(?:wards?)?\b",),
    "up": (r"\b(?:up|upwards?)\b",),
    "down": (r"\b(?:down|downwards?|lowers|sinks)\b",),
}

MANNERS: Mapping[str, tuple[str, ...]] = {
    "very slow": (r"\bvery slowly\b|\bslow motion\b",),
    "slow": (r"\b(?:slow(?:ly)?|leisurely|calmly|unhurried)\b",),
    "quick": (r"\b(?:quick(?:ly)?|fast|rapid(?:ly)?|swift(?:ly)?|brisk(?:ly)?|suddenly)\b",),
    "little": (
        (
            r"\b(?:a (?:little|bit)|a tiny bit|a touch|slight(?:ly)?|subtl[ey]|barely|somewhat|small|a few"
            r" degrees)\b"
        ),
    ),
    "gentle": (r"\b(?:gent(?:ly|le)|soft(?:ly)?|smooth(?:ly)?|tenderly|light(?:ly)?|delicately|casually)\b",),
    "strong": (
        (
            r"\b(?:strong(?:ly)?|a lot|very|wide(?:ly)?|far|big|dramatic(?:ally)?|energetic(?:ally)?"
            r"|vigorous(?:ly)?|fully|completely|deeply|wildly)\b"
        ),
    ),
}

THEN: tuple[str, ...] = (
    (
        r"(?:[,;] ?)?\b(?:and )?(?:then|after that|afterwards?|after which|next|finally|later|followed by"
        r"|before)\b"
    ),
)

AND: tuple[str, ...] = (r"\b(?:and|while|as|with|whilst|meanwhile)\b",)
