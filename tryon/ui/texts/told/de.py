# ruff: noqa: E501
"""Deutsch."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "person": "Person",
    "result": "Ergebnis",
    "garment": "Kleidung",
    "body": "Körper",
    "arms": "Arme",
    "top": "Oberteil",
    "bottom": "Unterteil",
    "dress": "Kleid",
    "ankles": "Knöchel",
    "knees": "Knie",
    "hips": "Hüfte",
    "chest": "Brust",
    "shoulders": "Schultern",
    "both shoulders": "beide Schultern",
    "the hips": "die Hüfte",
    "the hips and legs": "Hüfte und Beine",
    "transfer": "Anprobe",
    "video": "Video",
    # what the motion engine did, and could not do
    "the camera moves in": "die Kamera fährt heran",
    "the camera moves back": "die Kamera fährt zurück",
    "the camera swings around": "die Kamera schwingt herum",
    "the camera tilts": "die Kamera neigt sich",
    "the camera pans": "die Kamera schwenkt",
    "the camera holds": "die Kamera bleibt ruhig",
    "turns": "dreht sich",
    "turns to both sides to show the look": "dreht sich zu beiden Seiten",
    "looks aside": "schaut zur Seite",
    "walks in place": "geht auf der Stelle",
    "walks towards the camera": "geht auf die Kamera zu",
    "steps back": "geht einen Schritt zurück",
    "sways": "wiegt sich",
    "shifts the weight": "verlagert das Gewicht",
    "waves": "winkt",
    "raises a hand": "hebt eine Hand",
    "hands on hips": "Hände an der Hüfte",
    "moves to a rhythm": "bewegt sich im Rhythmus",
    "a breeze in the cloth": "eine Brise im Stoff",
    "breathes deeply": "atmet tief",
    "stands still": "steht still",
    "jumping": "springen",
    "sitting or bending down": "sich setzen oder bücken",
    "a change of the face": "eine andere Miene",
    "touching the hair": "die Haare berühren",
    "walking away, seen from behind": "weggehen, von hinten gesehen",
    "turning all the way around": "sich ganz umdrehen",
    "walking sideways": "seitwärts gehen",
    "moving that arm": "diesen Arm bewegen",
    "moving both arms": "beide Arme bewegen",
    "the other arm": "der andere Arm",
    "one arm": "ein Arm",
    "a lively rhythm": "ein lebhafter Rhythmus",
    "a shift of the weight": "eine Gewichtsverlagerung",
    "a small tilt of the head": "ein leichtes Neigen des Kopfes",
    "a look aside": "ein Blick zur Seite",
    "a few steps back": "ein paar Schritte zurück",
    "a turn to one side and the other": "eine Drehung zur einen und zur anderen Seite",
    "steps on the spot, turned to that side": "Schritte auf der Stelle, zu dieser Seite gedreht",
    "left": "nach links",
    "right": "nach rechts",
    "up": "nach oben",
    "down": "nach unten",
    "with both hands": "mit beiden Händen",
    "slowly": "langsam",
    "quickly": "schnell",
    "a little": "ein wenig",
    "then": ", dann ",
    "and": " und ",
}

ERRORS: dict[str, str] = {
    "internal": "Bei uns ist etwas schiefgegangen. Deine Fotos sind noch da, bitte versuche es noch einmal.",
    "stopped": "Gestoppt. Es wurde nichts behalten.",
    "photo_unreadable": "Diese Datei ließ sich nicht öffnen. Nimm ein Foto als JPEG, PNG, WebP oder HEIC.",
    "photo_too_heavy": "Diese Datei hat {megabytes} MB. Nimm bitte eine unter {limit} MB.",
    "photo_too_large": "Dieses Bild ist zu groß. Nimm bitte eins mit weniger als {limit} Megapixeln.",
    "photo_too_small": (
        "Dieses Bild hat nur {width} x {height}. Nimm bitte eins mit mindestens {limit} Pixeln an der kurzen Seite."
    ),
    "photo_too_long": (
        "Dieses Bild hat {width} x {height}, ein zu schmaler Streifen. Schneide es auf eine Person oder ein Teil zu."
    ),
    "photo_blank": "Dieses Bild ist leer: Es hat überall dieselbe Farbe. Bitte wähle ein anderes.",
    "clip_unreadable": (
        "Diesen Clip konnten wir nicht lesen. Nimm mp4, mov oder webm, höchstens {seconds} Sekunden und 1920 x 1920 Pixel."
    ),
    "picture_refused": "Die Bildprüfung hält dieses Bild zurück ({what}): Sie stuft es zu {score} % als Nacktheit oder "
    "sexuellen Inhalt ein, ab {limit} % wird zurückgehalten. Sie kann irren; ein anderes Foto geht vielleicht durch.",
    "no_person": (
        "Wir haben in diesem Foto niemanden gefunden. Nimm ein Foto von einer Person von vorn, vom Kopf bis zu den Knien."
    ),
    "person_incomplete": "Das Foto zeigt für dieses Kleidungsstück zu wenig. Nimm eins, das dies zeigt: {needed}.",
    "no_garment": (
        "Wir erkennen in diesem Foto kein Kleidungsstück. Nimm ein Teil vor ruhigem Hintergrund oder wähle seine Art."
    ),
    "category_mismatch": (
        "{model} kann diese Art nicht anziehen: {category}. Wähle ein anderes Anprobemodell oder ein anderes Kleidungsstück."
    ),
    "order": "{reason}",
    "missing_input": "Füge zuerst ein Foto hinzu: {what}.",
    "same_garment": "Dasselbe Foto eines Kleidungsstücks ist zweimal da. Nimm eins davon weg oder wähle ein anderes.",
    "consent": "Bitte bestätige, dass es dein Foto ist oder dass du es verwenden darfst.",
    "unknown_model": "Es gibt kein Modell ({kind}) namens {name}. Wähle eins von diesen: {choices}.",
    "not_a_category": "Die Art muss Oberteil, Unterteil oder Kleid sein.",
    "not_a_wear": "Ein Kleidungsstück kann in den Bund gesteckt (tucked), offen (open) oder mit hochgekrempelten Ärmeln (rolled) getragen werden, jedes einmal genannt.",
    "not_a_quality": "Die Qualität muss Entwurf, Standard oder Beste sein.",
    "not_a_size": "Die Größe muss aus Breite und Höhe bestehen, zum Beispiel 720x1280.",
    "needs_clip": "{model} braucht einen Clip der Person, deren Bewegung es folgt. Nimm einen Clip oder ein anderes Videomodell.",
    "not_on_this_machine": "{model} läuft auf dieser Maschine nicht. Nimm stattdessen {instead}.",
    "needs_packages": "{model} läuft auf dieser Maschine nicht: Es fehlen Pakete (pip install tryon[{extra}]). Nimm stattdessen {instead}.",
    "needs_gpu": "{model} läuft auf dieser Maschine nicht: Es braucht eine GPU mit etwa {gib} GB, hier ist keine. Nimm stattdessen {instead}.",
    "needs_larger_gpu": "{model} läuft auf dieser Maschine nicht: Es braucht etwa {gib} GB GPU-Speicher, diese Karte hat {have}. Nimm stattdessen {instead}.",
    "needs_memory": "{model} läuft auf dieser Maschine nicht: Es braucht neben dieser Karte etwa {gib} GB Hauptspeicher, hier sind es {have}. Nimm stattdessen {instead}.",
    "not_for_sale": "{model} geht hier nicht: Die Lizenz ({licence}) erlaubt keine kommerzielle Nutzung. Nimm stattdessen {instead}.",
    "too_much_for": (
        "{model} braucht etwa {need} GB Grafikspeicher für {seconds} s in {width} x {height}; hier "
        "sind es {have} GB, und {ram} GB Hauptspeicher. Nimm stattdessen {instead}."
    ),
    "no_cache": "{model} hat für einen Film aus {steps} Schritten keinen Zwischenspeicher namens {name}. Es gibt: {choices}.",
    "no_room": (
        "{model} ist ein Download von etwa {gib} GB, und auf der Platte "
        "sind {free} GB frei. Nimm stattdessen {instead}."
    ),
    "bad_number": "{name} muss zwischen {low} und {high} liegen, nicht {value}.",
    "prompt_too_long": "Der Text zur Bewegung darf höchstens {limit} Zeichen haben.",
    "prompt_refused": "Solche Bilder machen wir nicht. Beschreibe bitte, wie sich die Person bewegen soll.",
    "too_busy": "Gerade ist alles belegt. Bitte versuche es in etwa {minutes} min noch einmal.",
    "already_running": "Einer deiner Looks entsteht schon. Warte darauf oder stoppe ihn zuerst.",
    "deadline": "Das dauerte länger als {seconds} Sekunden und wurde gestoppt. Wähle kleiner oder ein schnelleres Modell.",
    "out_of_memory": (
        "{model} braucht mehr Speicher, als hier frei ist. Wähle eine kleinere Größe, ein kürzeres Video oder {instead}."
    ),
    "weights_missing": "{model} ist hier nicht vollständig: {missing}. Lade es neu herunter oder nimm {instead}.",
    "weights_refused": "Die Gewichte von {model} könnten Code ausführen; geöffnet werden nur safetensors.",
    "weights_gated": (
        "Die Autoren von {model} möchten, dass man zuerst ihren Bedingungen zustimmt. Besuche {page}, stimme "
        "zu, melde dich hier mit dem Befehl hf auth login an und versuche es noch einmal."
    ),
    "weights_elsewhere": (
        "Die Autoren von {model} geben die Dateien nur auf {page} heraus. Hole dort {missing}, lege sie im "
        "Gewichtsordner unter {folder} ab und versuche es noch einmal, oder nimm {instead}."
    ),
    "weights_unpublished": (
        "Von {model} hat nie jemand Gewichte veröffentlicht. Trainiere eigene mit {command}, lege sie im "
        "Gewichtsordner unter {folder} ab und versuche es noch einmal, oder nimm {instead}."
    ),
    "weights_unreachable": (
        "Die Dateien von {model} ließen sich nicht herunterladen. Prüfe die Verbindung und versuche es noch "
        "einmal, oder nimm {instead}."
    ),
    "encode": "Das Video ließ sich nicht schreiben. Bitte versuche es noch einmal oder wähle eine andere Größe.",
    "empty_result": "{model} hat ein leeres Bild geliefert. Versuche einen anderen Seed, eine andere Größe oder ein anderes Modell.",
    "disk_full": "Es ist kein Platz mehr für das Ergebnis. Bitte sag es der Person, die diese Seite betreibt.",
    "session_gone": "Deine Bilder wurden wie versprochen gelöscht. Bitte füge sie noch einmal hinzu.",
}

NOTES: dict[str, str] = {
    "several_people": "Wir sehen {count} Personen und haben die größte angezogen. Für eine andere schneide das Foto zu.",
    "person_cut": "Das Foto endet hier: {where}. Was darunter liegt, bleibt, wie es ist.",
    "not_sure": "Hier sind wir unsicher: {what}. Prüfe den Bereich, bevor du dem Ergebnis traust.",
    "small_photo": "Das Foto ist klein ({width} x {height}); ein größeres gibt ein schärferes Ergebnis.",
    "wide_photo": "Breites Foto: Wir nehmen den Teil um die Person.",
    "garment_worn": "Jemand trägt das Kleidungsstück auf dem Foto; wir haben es ausgeschnitten. Liegend wird es sauberer.",
    "garment_guess": "Wir haben das Teil dafür gehalten: {category}. Wähle eine andere Art, wenn das nicht stimmt.",
    "garment_unsure": "Wir sind nicht sicher, was das ist, und haben es dafür gehalten: {category}.",
    "size_changed": "Die Größe ist {width} x {height}, die nächste, die {model} kann.",
    "size_fits": "Die Größe ist {width} x {height}, die größte, die {model} im Speicher dieser Maschine kann.",
    "length_changed": "Die Länge ist {seconds} s, die {model} kann.",
    "fps_changed": "Das Video hat {fps} Bilder pro Sekunde, die {model} kann.",
    "motion_done": "Bewegung: {done}.",
    "motion_default": "Der Satz nennt keine Bewegung, die wir kennen; es wurde eine sanfte. Versuche: {examples}.",
    "motion_not_possible": "Aus einem Foto nicht möglich: {what}. Stattdessen: {instead}.",
    "prompt_cut": "Der Text war länger, als {model} liest, und wurde hier abgeschnitten: {at}.",
    "memory_step": "Der Speicher reichte nicht; das Modell macht in kleinerer Form weiter.",
    "memory_whole": "{model} liegt ganz auf der Grafikkarte, etwa {gpu} GB davon.",
    "memory_text": "{model} braucht etwa {gpu} GB der Grafikkarte; sein Textteil läuft stückweise hindurch.",
    "memory_model": (
        "{model} wartet in {ram} GB Hauptspeicher; seine Teile wechseln sich auf etwa {gpu} GB der Karte ab."
    ),
    "memory_int8": "{model} liegt etwa halb so groß (int8) auf der Grafikkarte: {gpu} GB davon.",
    "memory_int8_turns": (
        "{model} wird etwa halb so groß gehalten (int8); seine Teile wechseln sich auf {gpu} GB der Karte ab."
    ),
    "memory_fp8": (
        "{model} wird in halber Größe gehalten, und seine Teile wechseln sich auf etwa {gpu} GB der Karte ab."
    ),
    "memory_group": "{model} wartet in {ram} GB Hauptspeicher und läuft durch etwa {gpu} GB der Karte; langsamer.",
    "memory_sequential": "{model} läuft Stück für Stück durch die Karte, mit etwa {gpu} GB davon; sehr langsam.",
    "film_shorter": "Für den ganzen Film reichte der Speicher nicht; er ist {seconds} s lang.",
    "film_smaller": "Für diese Größe reichte der Speicher nicht; der Film hat {width} x {height}.",
    "film_built_in": "Für {model} reichte der Speicher nicht; {instead} hat den Film gemacht.",
    "download": "{model} wird zuerst geladen: etwa {gib} GB, einmalig. Lizenz: {licence}.",
    "no_gate": "Auf dieser Maschine ist keine Bildprüfung installiert.",
    "photo_first_frame": "Das Bild bewegt sich in seiner Datei; wir nehmen das erste Einzelbild.",
    "clip_first_frame": "{model} zieht Fotos an, keine Clips; wir nehmen ein Einzelbild des Clips.",
    "clip_kept": "Ein angezogener Clip behält Länge, Größe und Tempo: {seconds} s mit {width} x {height}, {fps} Bilder pro Sekunde.",
    "clip_reduced": "Der Clip wurde von {width} x {height} auf {to_width} x {to_height} verkleinert, die Größe, in der wir anziehen.",
    "wear_not_tucked": "Nur ein Oberteil, das bis zur Taille reicht, kann in den Bund gesteckt werden; dieses hängt, wie es ist.",
    "wear_not_open": "An diesem Kleidungsstück ist vorne keine Öffnung zu finden; es wird geschlossen getragen.",
    "wear_not_rolled": "Nur lange Ärmel lassen sich hochkrempeln; dieses Kleidungsstück hat keine.",
    "wear_not_read": "{model} liest nicht, wie ein Kleidungsstück getragen wird, und entscheidet das selbst.",
    "clip_gaps": "Wo die Person nicht gut genug zu sehen ist, bleiben die Bilder, wie sie sind ({share} % des Clips).",
    "clip_turned": "Wo sich die Person wegdreht, wird die Vorderseite des Kleidungsstücks mitgeführt: Seine Rückseite kennen wir nicht.",
    "outline_lost": "Der Umriss des Kleidungsstücks ließ sich nicht auf den Körper übertragen; das Ergebnis ist gröber als möglich.",
    "measured": "Am Ergebnis gemessen: Die Farbe liegt {colour} neben der des Kleidungsfotos (CIEDE2000; unter 2 sieht "
    "es niemand, über 10 ist es eine andere Farbe), das Muster wurde zu {print} % wiedergefunden; außerhalb der Maske "
    "änderten sich {outside}, im Gesicht {face} von 255 Stufen.",
    "best_of": "Versuch {best} von {count} wurde behalten, der beste nach dem, was wir messen können: Die Farbe liegt "
    "{colour} neben der des Kleidungsfotos (CIEDE2000), das Muster wurde zu {print} % wiedergefunden; außerhalb der "
    "Maske änderten sich {outside}, im Gesicht {face} von 255 Stufen.",
    "mask_edited": "Dein bearbeiteter Bereich wurde verwendet.",
}
