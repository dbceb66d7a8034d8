# ruff: noqa: E501
"""Español."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "person": "la persona",
    "result": "el resultado",
    "garment": "la prenda",
    "body": "el cuerpo",
    "arms": "los brazos",
    "top": "parte de arriba",
    "bottom": "parte de abajo",
    "dress": "vestido",
    "ankles": "los tobillos",
    "knees": "las rodillas",
    "hips": "las caderas",
    "chest": "el pecho",
    "shoulders": "los hombros",
    "both shoulders": "los dos hombros",
    "the hips": "las caderas",
    "the hips and legs": "las caderas y las piernas",
    "transfer": "prueba",
    "video": "vídeo",
    # what the motion engine did, and could not do
    "the camera moves in": "la cámara se acerca",
    "the camera moves back": "la cámara se aleja",
    "the camera swings around": "la cámara gira alrededor",
    "the camera tilts": "la cámara se inclina",
    "the camera pans": "la cámara se desplaza",
    "the camera holds": "la cámara no se mueve",
    "turns": "gira",
    "turns to both sides to show the look": "gira a ambos lados para mostrar el look",
    "looks aside": "mira a un lado",
    "walks in place": "camina en el sitio",
    "walks towards the camera": "camina hacia la cámara",
    "steps back": "da pasos atrás",
    "sways": "se balancea",
    "shifts the weight": "cambia el peso de pierna",
    "waves": "saluda con la mano",
    "raises a hand": "levanta una mano",
    "hands on hips": "manos en la cintura",
    "moves to a rhythm": "se mueve con ritmo",
    "a breeze in the cloth": "una brisa en la tela",
    "breathes deeply": "respira hondo",
    "stands still": "permanece inmóvil",
    "jumping": "saltar",
    "sitting or bending down": "sentarse o agacharse",
    "a change of the face": "un cambio en la cara",
    "touching the hair": "tocarse el pelo",
    "walking away, seen from behind": "alejarse de espaldas",
    "turning all the way around": "dar la vuelta completa",
    "walking sideways": "caminar de lado",
    "moving that arm": "mover ese brazo",
    "moving both arms": "mover los dos brazos",
    "the other arm": "el otro brazo",
    "one arm": "un brazo",
    "a lively rhythm": "un ritmo animado",
    "a shift of the weight": "un cambio de peso",
    "a small tilt of the head": "una leve inclinación de cabeza",
    "a look aside": "una mirada a un lado",
    "a few steps back": "unos pasos atrás",
    "a turn to one side and the other": "un giro a un lado y al otro",
    "steps on the spot, turned to that side": "pasos en el sitio, de ese lado",
    "left": "a la izquierda",
    "right": "a la derecha",
    "up": "hacia arriba",
    "down": "hacia abajo",
    "with both hands": "con las dos manos",
    "slowly": "despacio",
    "quickly": "rápido",
    "a little": "un poco",
    "then": ", luego ",
    "and": " y ",
}

ERRORS: dict[str, str] = {
    "internal": "Algo ha fallado por nuestra parte. Tus fotos siguen aquí, inténtalo de nuevo.",
    "stopped": "Parado. No se ha guardado nada.",
    "photo_unreadable": "No hemos podido abrir ese archivo. Usa una foto JPEG, PNG, WebP o HEIC.",
    "photo_too_heavy": "Ese archivo pesa {megabytes} MB. Usa uno de menos de {limit} MB.",
    "photo_too_large": "Esa imagen es demasiado grande. Usa una de menos de {limit} megapíxeles.",
    "photo_too_small": "Esa imagen mide solo {width} x {height}. Usa una de al menos {limit} píxeles en su lado corto.",
    "photo_too_long": "Esa imagen mide {width} x {height}: es una tira muy estrecha. Recórtala a una persona o una prenda.",
    "photo_blank": "Esa imagen está vacía: tiene un solo color. Elige otra.",
    "clip_unreadable": (
        "No hemos podido leer ese clip. Usa un mp4, mov o webm de {seconds} segundos y 1920 x 1920 píxeles como máximo."
    ),
    "picture_refused": "El control de imágenes retiene esta imagen ({what}): la valora en un {score} % como desnudez o "
    "contenido sexual, y el límite es {limit} %. Puede equivocarse; otra foto quizá pase.",
    "no_person": "No hemos encontrado a nadie en esa foto. Usa una de una sola persona, de frente, hasta las rodillas.",
    "person_incomplete": "La foto no muestra lo suficiente para esta prenda. Usa una en la que se vean {needed}.",
    "no_garment": "No distinguimos ninguna prenda en esa foto. Usa una sola prenda sobre fondo liso o elige su tipo.",
    "category_mismatch": "{model} no admite este tipo de prenda ({category}). Elige otro modelo de prueba u otra prenda.",
    "order": "{reason}",
    "missing_input": "Añade primero una foto de {what}.",
    "same_garment": "La misma foto de prenda está dos veces. Quita una de las dos o elige otra.",
    "consent": "Confirma que es tu foto o que tienes permiso para usarla.",
    "unknown_model": "No hay ningún modelo de {kind} llamado {name}. Elige uno de estos: {choices}.",
    "not_a_category": "El tipo de prenda debe ser parte de arriba, parte de abajo o vestido.",
    "not_a_wear": "Una prenda puede llevarse por dentro (tucked), abierta (open) o remangada (rolled), cada cosa una sola vez.",
    "not_a_quality": "La calidad debe ser borrador, normal u óptima.",
    "not_a_size": "El tamaño debe ser un ancho y un alto, por ejemplo 720x1280.",
    "needs_clip": "{model} necesita un clip de la persona para seguir su movimiento. Usa un clip u otro modelo de vídeo.",
    "not_on_this_machine": "{model} no puede funcionar en esta máquina. Usa {instead}.",
    "needs_packages": "{model} no puede funcionar en esta máquina: faltan paquetes (pip install tryon[{extra}]). Usa {instead}.",
    "needs_gpu": "{model} no puede funcionar en esta máquina: necesita una GPU con unos {gib} GB y aquí no hay ninguna. Usa {instead}.",
    "needs_larger_gpu": "{model} no puede funcionar en esta máquina: necesita unos {gib} GB de memoria de GPU y esta tarjeta tiene {have}. Usa {instead}.",
    "needs_memory": "{model} no puede funcionar en esta máquina: necesita unos {gib} GB de memoria principal además de esta tarjeta y aquí hay {have}. Usa {instead}.",
    "not_for_sale": "{model} no se puede usar aquí: su licencia ({licence}) no permite el uso comercial. Usa {instead}.",
    "too_much_for": (
        "{model} necesita unos {need} GB de memoria gráfica para {seconds} s a {width} x {height}; "
        "esta máquina tiene {have} GB, y {ram} GB de memoria principal. Usa {instead}."
    ),
    "no_cache": "{model} no tiene ninguna caché llamada {name} para una película de {steps} pasos. Tiene: {choices}.",
    "no_room": "{model} es una descarga de unos {gib} GB y en el disco quedan {free} GB libres. Usa {instead}.",
    "bad_number": "{name} debe estar entre {low} y {high}, no {value}.",
    "prompt_too_long": "El texto del movimiento debe tener menos de {limit} caracteres.",
    "prompt_refused": "No hacemos imágenes así. Describe cómo debe moverse la persona.",
    "too_busy": "Ahora mismo está todo ocupado. Vuelve a intentarlo en unos {minutes} min.",
    "already_running": "Ya se está haciendo uno de tus looks. Espera o páralo primero.",
    "deadline": "Ha tardado más de {seconds} segundos y se ha parado. Elige un tamaño menor o un modelo más rápido.",
    "out_of_memory": (
        "{model} necesita más memoria de la que queda libre aquí. Elige un tamaño menor, un vídeo más corto o {instead}."
    ),
    "weights_missing": "{model} no está completo en esta máquina: {missing}. Descárgalo de nuevo o usa {instead}.",
    "weights_refused": "Los pesos de {model} podrían ejecutar código; solo abrimos safetensors.",
    "weights_gated": (
        "Los autores de {model} piden aceptar antes sus condiciones. Visita {page}, acéptalas, inicia sesión "
        "en esta máquina con la orden hf auth login e inténtalo de nuevo."
    ),
    "weights_elsewhere": (
        "Los autores de {model} ofrecen sus archivos solo en {page}. Descarga de allí {missing}, ponlos en la carpeta "
        "{folder} de la carpeta de pesos y vuelve a intentarlo, o usa {instead}."
    ),
    "weights_unpublished": (
        "Nadie ha publicado nunca pesos de {model}. Entrena los tuyos con {command}, ponlos en la carpeta {folder} de "
        "la carpeta de pesos y vuelve a intentarlo, o usa {instead}."
    ),
    "weights_unreachable": (
        "No se pudieron descargar los archivos de {model}. Comprueba la conexión e inténtalo de nuevo, o usa {instead}."
    ),
    "encode": "No se ha podido escribir el vídeo. Inténtalo de nuevo o elige otro tamaño.",
    "empty_result": "{model} ha dado una imagen vacía. Prueba otra semilla, otro tamaño u otro modelo.",
    "disk_full": "No queda espacio para escribir el resultado. Avisa a quien gestiona esta página.",
    "session_gone": "Tus fotos se han borrado, como prometimos. Añádelas otra vez.",
}

NOTES: dict[str, str] = {
    "several_people": "Vemos {count} personas y hemos vestido a la más grande. Recorta la foto para elegir a otra.",
    "person_cut": "La foto termina a la altura de {where}; lo que queda debajo no cambia.",
    "not_sure": "No vemos con seguridad {what} en esta foto; revisa la zona antes de fiarte del resultado.",
    "small_photo": "Esa foto es pequeña ({width} x {height}); con una mayor el resultado es más nítido.",
    "wide_photo": "Foto apaisada: usamos la parte alrededor de la persona.",
    "garment_worn": "Alguien lleva puesta la prenda en su foto; la hemos recortado. Extendida queda más limpia.",
    "garment_guess": "Hemos tomado la prenda por: {category}. Elige otro tipo si no es así.",
    "garment_unsure": "No sabemos bien qué prenda es y la hemos tomado por: {category}.",
    "size_changed": "El tamaño es {width} x {height}, el más cercano que puede hacer {model}.",
    "size_fits": "El tamaño es {width} x {height}, el mayor que {model} puede hacer con la memoria de esta máquina.",
    "length_changed": "La duración es de {seconds} s, que {model} puede hacer.",
    "fps_changed": "El vídeo va a {fps} fotogramas por segundo, que {model} puede hacer.",
    "motion_done": "Movimiento: {done}.",
    "motion_default": "La frase no nombra un movimiento conocido; usamos uno suave. Prueba: {examples}.",
    "motion_not_possible": "No es posible con una sola foto: {what}. En su lugar: {instead}.",
    "prompt_cut": "El texto era más largo de lo que lee {model} y se ha cortado en: {at}.",
    "memory_step": "Faltaba memoria; el modelo sigue en una forma más pequeña.",
    "memory_whole": "{model} está entero en la tarjeta gráfica, unos {gpu} GB de ella.",
    "memory_text": "{model} necesita unos {gpu} GB de la tarjeta gráfica; su lector de texto pasa por ella a trozos.",
    "memory_model": (
        "{model} espera en {ram} GB de memoria principal; sus partes se turnan en unos {gpu} GB de la tarjeta."
    ),
    "memory_int8": "{model} está en la tarjeta gráfica a la mitad de su tamaño (int8): {gpu} GB de ella.",
    "memory_int8_turns": (
        "{model} se guarda a la mitad de su tamaño (int8); sus partes se turnan en {gpu} GB de la tarjeta."
    ),
    "memory_fp8": "{model} se guarda a la mitad de su tamaño y sus partes se turnan en unos {gpu} GB de la tarjeta.",
    "memory_group": (
        "{model} espera en {ram} GB de memoria principal y pasa por unos {gpu} GB de la tarjeta; más lento."
    ),
    "memory_sequential": "{model} pasa trozo a trozo por la tarjeta, con unos {gpu} GB de ella; muy lento.",
    "film_shorter": "Faltaba memoria para el vídeo entero; dura {seconds} s.",
    "film_smaller": "Faltaba memoria para ese tamaño; el vídeo es de {width} x {height}.",
    "film_built_in": "Faltaba memoria para {model}; {instead} hizo el vídeo.",
    "download": "Primero se descarga {model}: unos {gib} GB, una sola vez. Licencia: {licence}.",
    "no_gate": "En esta máquina no hay instalado ningún control de imágenes.",
    "photo_first_frame": "La imagen se mueve en su archivo; usamos el primer fotograma.",
    "clip_first_frame": "{model} viste fotos, no clips; usamos un fotograma del clip.",
    "clip_kept": "Un clip vestido conserva su duración, su tamaño y su ritmo: {seconds} s de {width} x {height}, {fps} fotogramas por segundo.",
    "clip_reduced": "El clip se ha reducido de {width} x {height} a {to_width} x {to_height}, el tamaño en el que vestimos.",
    "wear_not_tucked": "Solo una prenda superior que llega a la cintura puede llevarse por dentro; esta cae como es.",
    "wear_not_open": "En esta prenda no se ha encontrado una abertura delantera; se lleva cerrada.",
    "wear_not_rolled": "Solo las mangas largas se pueden remangar; esta prenda no las tiene.",
    "wear_not_read": "{model} no lee cómo se lleva una prenda y lo decide por su cuenta.",
    "clip_gaps": "Donde no se ve bien a la persona, los fotogramas se quedan como están ({share} % del clip).",
    "clip_turned": "Donde la persona se gira, se mantiene el frente de la prenda: no conocemos su espalda.",
    "outline_lost": "El contorno de la prenda no se pudo ajustar al cuerpo; el resultado es menos fino de lo posible.",
    "measured": "Medido en el resultado: el color está a {colour} del de la foto de la prenda (CIEDE2000; por debajo de "
    "2 nadie lo ve, por encima de 10 es otro color), el estampado se reconoce en un {print} %; fuera de la máscara "
    "cambiaron {outside} y en la cara {face} de 255 niveles.",
    "best_of": "Se guardó el intento {best} de {count}, el mejor según lo que podemos medir: el color está a {colour} "
    "del de la foto de la prenda (CIEDE2000), el estampado se reconoce en un {print} %; fuera de la máscara cambiaron "
    "{outside} y en la cara {face} de 255 niveles.",
    "mask_edited": "Se ha usado la zona que has editado.",
}
