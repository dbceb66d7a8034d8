"""The words of the motion grammar in German; see motion_words.py."""

from __future__ import annotations

from collections.abc import Mapping

MOVES: Mapping[str, tuple[str, ...]] = {
    "hold": (
        r"\b(?:die )?kamera (?:\w+ )?(?:fest|still|ruhig|unbewegt|statisch)\b",
        r"\bkamera bewegt sich nicht\b",
        r"\b(?:statische|feste|ruhige) kamera\b",
    ),
    "stand": (
        r"\b(?:steht|bleibt|stehen) (?:\w+ )?(?:still|ruhig|stehen|unbewegt)\b",
        r"\bohne bewegung\b",
        r"\bbewegt sich nicht\b",
    ),
    "push": (
        r"\bkamera (?:\w+ ){0,3}?(?:naher(?: heran)?|heran|hinein|ran|vorwarts|nach vorn|rein)\b",
        (
            r"\b(?:zoomt?|kamerafahrt|heranzoomen|hineinzoomen|einzoomen|fahrt) (?:\w+ )?(?:heran|hinein|ran|rein"
            r"|nach vorn)\b"
        ),
        r"\bheran(?:zoomen|fahren)\b",
        r"\bnahaufnahme\b",
    ),
    "pull": (
        r"\bkamera (?:\w+ ){0,3}?(?:zuruck|weg|heraus|raus|hinaus|ruckwarts|entfernt sich)\b",
        r"\b(?:zoomt?|fahrt) (?:\w+ )?(?:heraus|raus|zuruck|weg|hinaus)\b",
        r"\bherauszoomen\b",
    ),
    "orbit": (
        r"\bkamera (?:\w+ ){0,3}?(?:umkreist|kreist|umrundet|dreht sich)\b(?: um \w+)?",
        r"\bum (?:sie|ihn) herum\b",
    ),
    "tilt": (
        (
            r"\bkamera (?:\w+ )?(?:neigt|schwenkt|fahrt|bewegt sich)(?: sich)?(?= (?:\w+ ){0,2}?(?:hoch|oben"
            r"|unten|runter|hinauf|hinunter)\b)"
        ),
        r"\bkamera (?:\w+ )?(?:neigt|senkt|hebt)(?: sich)?\b",
        r"\bschwenkt (?=(?:\w+ )?nach (?:oben|unten)\b)",
    ),
    "pan": (
        r"\bkamera (?:\w+ )?(?:schwenkt|fahrt|bewegt sich|gleitet|zieht)\b",
        r"\bkameraschwenk\b|\bschwenk\b",
    ),
    "jump": (r"\b(?:springt|hupft)\b",),
    "sit": (r"\b(?:setzt sich|sitzt|hockt|kniet|legt sich|buckt sich)\b",),
    "smile": (r"\b(?:lachelt|lacht|spricht|redet|zwinkert|blinzelt|singt)\b",),
    "hair": (r"\bstreicht sich (?:\w+ )?(?:durchs? )?(?:die )?haar(?:e)?\b",),
    "away": (r"\b(?:geht|lauft) (?:\w+ )?(?:weg|davon|fort)\b",),
    "aside": (r"\b(?:geht|lauft) (?=(?:\w+ )?nach (?:links|rechts))",),
    "approach": (
        (
            r"\b(?:geht|lauft|kommt|schreitet|tritt|bewegt sich|rennt)(?: \w+)? (?:auf|in richtung|zur|richtung"
            r"|an) (?:die |der |den )?(?:kamera|uns|mich|zuschauer|linse|betrachter)(?: zu)?\b"
        ),
        r"\b(?:geht|lauft|kommt|tritt|schreitet)(?: \w+)? (?:naher|nach vorn(?:e)?|vorwarts|heran)\b",
        r"\b(?:geht|macht|tritt) (?:\w+ ){0,2}?schritte? (?:vor|nach vorn(?:e)?|auf uns zu)\b",
        r"\blaufsteg\b",
        r"\bnahert sich(?: der kamera)?\b",
    ),
    "back": (r"\b(?:geht|tritt|lauft|weicht) (?:\w+ )?(?:zuruck|ruckwarts)\b",),
    "walk": (r"\b(?:geht|gehen|lauft|laufen|spaziert|schlendert|marschiert|rennt)\b(?: auf der stelle)?",),
    "show": (
        (
            r"\b(?:zeigt|prasentiert|fuhrt)\b(?: (?:das|die|den|ihr|ihre|ihren|sein|seine) \w+)?(?: vor)?"
            r"|\bposiert\b"
        ),
    ),
    "around": (
        (
            r"\bdreht sich (?:\w+ )?(?:um|im kreis|einmal|herum|um sich selbst|ganz)\b(?: (?:herum|um|die eigene"
            r" achse|im kreis))*"
        ),
        r"\bpirouette\b|\bvon hinten\b",
    ),
    "look": (
        (
            r"\bwirft (?:\w+ )?blick\b"
            r"|\b(?:blickt|schaut|sieht|guckt|nickt)\b(?: zur seite)?|\bdreht (?:\w+ )?(?:den|ihren|seinen) kopf\b"
            r"|\bneigt (?:den|ihren|seinen) kopf\b"
        ),
    ),
    "turn": (r"\b(?:dreht|drehen|wendet)\b(?: sich)?|\bdrehung\b",),
    "wave": (r"\b(?:winkt|winken|grusst)\b(?: mit der \w+)?",),
    "hips": (
        r"\b(?:stemmt )?(?:\w+ )?(?:hand|hande) (?:in|auf|an) (?:die |den |der )?(?:hufte|huften|taille)\b|\bstemmt\b",
    ),
    "raise": (
        (
            r"\bhebt (?:(?:die|den|eine|einen|ihre|ihren|seine|seinen|beide) )?(?:\w+ )?(?:hand|hande|arm|arme"
            r")\b(?: hoch)?"
        ),
    ),
    "dance": (r"\b(?:tanzt|tanzen|tanzend)\b",),
    "weight": (r"\bverlagert (?:(?:das|ihr|sein) )?gewicht\b|\bgewichtsverlagerung\b",),
    "wind": (
        (
            r"\b(?:im |eine |leichte[rn]? |der )*(?:wind|brise|luftzug)\b|\b(?:flattert|weht|wehen|wallt|wogt"
            r"|flattern)\b"
        ),
    ),
    "breathe": (r"\b(?:atmet|atmen|atmend|seufzt)\b(?: (?:ein|aus|durch))?",),
    "sway": (r"\b(?:schwankt|wiegt(?: sich)?|schaukelt|pendelt|schwingt|bewegt sich)\b(?: hin und her)?",),
}

SIDES: Mapping[str, tuple[str, ...]] = {
    "view_left": (r"\b(?:bildlinks|linke bildseite|vom betrachter (?:aus )?links)\b|\blinks im bild\b",),
    "view_right": (r"\b(?:bildrechts|rechte bildseite|vom betrachter (?:aus )?rechts)\b|\brechts im bild\b",),
    "both": (r"\bbeide\b|\barme\b|\bhande\b",),
    "left": (r"\blinks\b|\blinke[nrsm]?\b",),
    "right": (r"\brechts\b|\brechte[nrsm]?\b",),
    "up": (r"\b(?:hoch|nach oben|oben|hinauf|hebt)\b",),
    "down": (r"\b(?:runter|nach unten|unten|hinunter|senkt)\b",),
}

MANNERS: Mapping[str, tuple[str, ...]] = {
    "very slow": (r"\bsehr langsam\b|\bzeitlupe\b",),
    "slow": (r"\b(?:langsame?[rn]?|gemachlich|allmahlich)\b",),
    "quick": (r"\b(?:schnell(?:e[rn]?)?|rasch|flott|zugig)\b",),
    "little": (r"\b(?:ein wenig|ein bisschen|etwas|leicht(?:e[rn]?)?|minimal|kaum)\b",),
    "gentle": (r"\b(?:sanft(?:e[rn]?)?|behutsam|weich)\b",),
    "strong": (r"\b(?:stark|sehr|weit|kraftig|energisch|heftig|viel|schwungvoll)\b",),
}

THEN: tuple[str, ...] = (r"(?:[,;] ?)?\b(?:und )?(?:dann|danach|anschliessend|daraufhin|schliesslich|zuletzt)\b",)

AND: tuple[str, ...] = (r"\b(?:und|wahrend|dabei|gleichzeitig|mit)\b",)
