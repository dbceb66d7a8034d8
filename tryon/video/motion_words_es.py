"""The words of the motion grammar in Spanish; see motion_words.py."""

from __future__ import annotations

from collections.abc import Mapping

MOVES: Mapping[str, tuple[str, ...]] = {
    "hold": (
        r"\b(?:la )?camara (?:\w+ )?(?:fija|quieta|inmovil|estatica)\b",
        r"\bsin mover la camara\b",
        r"\bla camara no se mueve\b",
    ),
    "stand": (
        r"\b(?:se queda|esta|permanece|quedate) (?:\w+ )?(?:quiet[ao]|inmovil|de pie|parad[ao])\b",
        r"\bsin moverse\b",
        r"\bno se mueve\b",
    ),
    "push": (
        r"\bla camara (?:\w+ ){0,2}?(?:se acerca|avanza|entra|hace zoom)\b",
        r"\bacerca(?:r|miento)?(?: de)? (?:la )?camara\b",
        r"\bprimer plano\b",
        r"\bla camara acercandose\b",
    ),
    "pull": (
        r"\bla camara (?:\w+ ){0,2}?(?:se aleja|retrocede|sale)\b",
        r"\baleja(?:r|miento)? (?:la )?camara\b",
    ),
    "orbit": (
        r"\bla camara (?:\w+ ){0,2}?(?:gira|orbita|rodea|da la vuelta)(?: alrededor)?\b",
        r"\borbita\b",
    ),
    "tilt": (
        r"\bla camara (?:\w+ )?(?:sube|baja|se inclina)\b",
        r"\binclina(?:cion)? (?:de )?(?:la )?camara\b",
    ),
    "pan": (
        r"\bla camara (?:\w+ )?(?:se mueve|se desplaza|gira|panea|va|pasa)\b",
        r"\bpane(?:o|a)\b",
    ),
    "jump": (r"\b(?:salta|saltando|brinca)\b",),
    "sit": (r"\b(?:se sienta|sentarse|sentada|se agacha|se arrodilla|se acuesta)\b",),
    "smile": (r"\b(?:sonrie|sonriendo|rie|habla|guina|parpadea|canta)\b",),
    "hair": (r"\bse (?:toca|arregla|acomoda) el (?:pelo|cabello)\b",),
    "away": (r"\b(?:se aleja|se va|alejandose)\b",),
    "aside": (r"\b(?:camina|anda|va) (?=(?:\w+ )?(?:hacia|a) la (?:izquierda|derecha))",),
    "approach": (
        (
            r"\b(?:camina|caminando|anda|va|viene|avanza|corre|desfila|da un paso|se mueve)(?: \w+)? (?:hacia|a"
            r"|al) (?:la |el )?(?:camara|frente|adelante|delante|nosotros|objetivo)\b"
        ),
        r"\b(?:camina|anda|viene|avanza|desfila)(?: \w+)? (?:adelante|delante|hacia adelante)\b",
        r"\b(?:camina|desfila|anda|por) (?:\w+ )?(?:la |una )?pasarela\b|\bda (?:\w+ )?pasos? (?:adelante|al frente)\b",
        r"\bse acerca(?: a la camara)?\b|\bavanza\b|\bdesfila\b",
    ),
    "back": (r"\b(?:retrocede|da un paso atras|camina hacia atras)\b",),
    "walk": (r"\b(?:camina|caminar|caminando|anda|andando|pasea|marcha|corre)\b(?: en el sitio| en su lugar)?",),
    "show": (r"\b(?:muestra|mostrando|ensena|luce|presenta|posa|posando|exhibe)\b(?: (?:la|el|su|las|los) \w+)?",),
    "around": (
        r"\b(?:da|dando|dar|hace) (?:\w+ )?(?:una |la )?(?:vuelta|pirueta)s?(?: completa)?\b",
        r"\bgira sobre si mism[ao]\b",
        r"\bse da la vuelta\b",
        r"\bde espaldas\b",
    ),
    "look": (
        (
            r"\b(?:mira|mirando|voltea la cabeza|gira la cabeza|vuelve la cabeza|asiente)\b(?: a un lado| de lado"
            r")?"
        ),
    ),
    "turn": (r"\b(?:gira|girando|se gira|se vuelve|voltea|se voltea|rota)\b",),
    "wave": (r"\b(?:saluda|saludando|agita (?:la|una) mano|dice (?:hola|adios))\b(?: con la mano)?",),
    "hips": (
        (
            r"\b(?:pone |con |coloca )?(?:las |la |una |sus )?manos? en (?:las? |su )?(?:caderas?|cintura)\b|\ben"
            r" jarras\b"
        ),
    ),
    "raise": (r"\b(?:levanta|alza|sube|eleva|levantando) (?:la |el |una |un |los |las )?(?:manos?|brazos?)\b",),
    "dance": (r"\b(?:baila|bailando|danza)\b",),
    "weight": (r"\b(?:cambia|desplaza|traslada|pasa) (?:el |su )?peso\b",),
    "wind": (r"\b(?:con |la |una |el |un )*(?:brisa|viento)\b|\b(?:ondea|ondeando|ondula|vuela|revolotea|flota)\b",),
    "breathe": (r"\b(?:respira|respirando|inhala|exhala|suspira)\b",),
    "sway": (r"\b(?:se balancea|balanceandose|se mece|se mueve|se contonea)\b(?: de lado a lado)?",),
}

SIDES: Mapping[str, tuple[str, ...]] = {
    "view_left": (r"\bizquierda (?:de la (?:imagen|pantalla)|del espectador)\b",),
    "view_right": (r"\bderecha (?:de la (?:imagen|pantalla)|del espectador)\b",),
    "both": (r"\bambos?\b|\bambas\b|\blos brazos\b|\blas manos\b",),
    "left": (r"\bizquierd[ao]\b",),
    "right": (r"\bderech[ao]\b",),
    "up": (r"\b(?:arriba|sube)\b",),
    "down": (r"\b(?:abajo|baja)\b",),
}

MANNERS: Mapping[str, tuple[str, ...]] = {
    "very slow": (r"\bmuy (?:despacio|lento|lentamente)\b",),
    "slow": (r"\b(?:despacio|lento|lenta|lentamente|poco a poco)\b",),
    "quick": (r"\b(?:rapid[ao]|rapidamente|deprisa|velozmente)\b",),
    "little": (r"\b(?:un poco|un poquito|ligeramente|apenas|levemente|sutil(?:mente)?)\b",),
    "gentle": (r"\b(?:suave(?:mente)?|delicadamente|con suavidad)\b",),
    "strong": (r"\b(?:mucho|muy|fuerte(?:mente)?|ampliamente|con energia|completamente)\b",),
}

THEN: tuple[str, ...] = (r"(?:[,;] ?)?\b(?:y )?(?:luego|despues|entonces|a continuacion|por ultimo|finalmente)\b",)

AND: tuple[str, ...] = (r"\b(?:y|mientras|con|a la vez)\b",)
