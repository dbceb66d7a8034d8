"""Sentences in five languages -> steps of moves. The expectation is written `kind[:side]` joined by + and then by >."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.video.motion_grammar import GROUPS, Script, fold, read_sentence

ENGLISH = [
    ("turns left, then right", "turn:left > turn:right"),
    ("waves with the left hand, then with the right", "wave:left > wave:right"),
    ("zoom in on the face", "push"),
    ("don't move", "stand"),
    ("she bows", "sit"),
    ("pan from left to right", "pan:right"),
    ("she turns slowly to the left", "turn:left"),
    ("turns slowly to the left", "turn:left"),
    ("The woman turns right", "turn:right"),
    ("she turns slowly to the viewer's left", "turn:right"),
    ("turns to the left of the picture", "turn:right"),
    ("walks towards the camera", "approach"),
    ("She is walking toward the camera with confidence.", "approach"),
    ("a model walks down the runway", "approach"),
    ("comes closer", "approach"),
    ("walks in place", "walk"),
    ("walking", "walk"),
    ("takes a step back", "back"),
    ("the camera moves in", "push"),
    ("slow zoom in", "push"),
    ("camera slowly zooms in on the dress", "push"),
    ("camera pulls back", "pull"),
    ("zoom out", "pull"),
    ("the camera pans to the left", "pan:left"),
    ("camera pans right", "pan:right"),
    ("the camera tilts up", "tilt:up"),
    ("camera orbits around her", "orbit"),
    ("static camera", "hold"),
    ("the camera holds still", "hold"),
    ("she sways gently", "sway"),
    ("breathes", "breathe"),
    ("shifts her weight from one leg to the other", "weight"),
    ("looks aside", "look"),
    ("looks over her shoulder", "look"),
    ("turns her head to the right", "look:right"),
    ("looks left", "look:left"),
    ("raises her right hand", "raise:right"),
    ("lifts both arms", "raise:both"),
    ("waves", "wave"),
    ("waves her left hand at the camera", "wave:left"),
    ("hands on hips", "hips"),
    ("puts her hand on her hip", "hips"),
    ("shows the dress", "show"),
    ("poses", "show"),
    ("turns around", "around"),
    ("spins", "around"),
    ("a full 360 turn", "orbit+turn"),
    ("jumps", "jump"),
    ("sits down", "sit"),
    ("smiles", "smile"),
    ("dances", "dance"),
    ("her dress flutters in the breeze", "wind"),
    ("light wind in her hair", "wind"),
    ("the skirt moves in the wind", "wind"),
    ("stands still", "stand"),
    ("turns left, then walks towards the camera", "turn:left > approach"),
    ("turns left and right", "turn:left > turn:right"),
    ("she waves and smiles", "wave+smile"),
    ("turns left while the camera moves in", "turn:left+push"),
    ("the camera holds while her skirt flutters", "hold+wind"),
    ("First she looks left, after that she looks right, finally she waves", "look:left > look:right > wave"),
    ("A woman walking confidently on a runway", "approach"),
    ("raises her right hand and waves", "wave:right"),
    ("turns around to show the dress", "around"),
    ("sways, without moving the camera", "sway+hold"),
    ("The camera pans right. She looks left.", "pan:right+look:left"),
    ("hello world", ""),
    ("", ""),
    ("a beautiful red dress in a garden", ""),
]
CHINESE = [
    ("从左到右平移镜头", "pan:right"),
    ("慢慢向左转", "turn:left"),
    ("她向右转身", "turn:right"),
    ("走向镜头", "approach"),
    ("朝镜头走来", "approach"),
    ("原地踏步", "walk"),
    ("镜头推进", "push"),
    ("镜头慢慢拉近", "push"),
    ("镜头拉远", "pull"),
    ("镜头向左平移", "pan:left"),
    ("镜头环绕", "orbit"),
    ("镜头固定", "hold"),
    ("挥手", "wave"),
    ("举起右手", "raise:right"),
    ("双手叉腰", "hips:both"),
    ("看向左边", "look:left"),
    ("裙子随风飘动", "wind"),
    ("轻轻摇摆", "sway"),
    ("转一圈", "around"),
    ("跳舞", "dance"),
    ("展示裙子", "show"),
    ("深呼吸", "breathe"),
    ("重心转移", "weight"),
    ("站着不动", "stand"),
    ("她先向左转，然后走向镜头", "turn:left > approach"),
    ("你好", ""),
]
KOREAN = [
    ("뒤를 돌아봐요", "look"),
    ("천천히 왼쪽으로 돌아요", "turn:left"),
    ("오른쪽으로 몸을 돌린다", "turn:right"),
    ("카메라를 향해 걸어와요", "approach"),
    ("카메라 쪽으로 걷는다", "approach"),
    ("앞으로 걸어온다", "approach"),
    ("제자리에서 걷기", "walk"),
    ("카메라가 다가갑니다", "push"),
    ("카메라 줌 인", "push"),
    ("카메라가 뒤로 물러난다", "pull"),
    ("카메라 고정", "hold"),
    ("카메라가 왼쪽으로 움직인다", "pan:left"),
    ("손을 흔들어요", "wave"),
    ("오른손을 들어요", "raise:right"),
    ("허리에 손을 올린다", "hips"),
    ("고개를 왼쪽으로 돌린다", "look:left"),
    ("드레스가 바람에 날린다", "wind"),
    ("몸을 살짝 흔든다", "sway"),
    ("한 바퀴 돈다", "around"),
    ("춤을 춘다", "dance"),
    ("옷을 보여줘요", "show"),
    ("숨을 쉰다", "breathe"),
    ("왼쪽으로 돌고 나서 카메라를 향해 걷는다", "turn:left > approach"),
    ("안녕하세요", ""),
]
SPANISH = [
    ("gira a la izquierda y luego a la derecha", "turn:left > turn:right"),
    ("camina por la pasarela", "approach"),
    ("da un paso adelante", "approach"),
    ("gira despacio a la izquierda", "turn:left"),
    ("se gira hacia la derecha", "turn:right"),
    ("camina hacia la cámara", "approach"),
    ("ella camina lentamente hacia la cámara", "approach"),
    ("se acerca", "approach"),
    ("camina en el sitio", "walk"),
    ("la cámara se acerca", "push"),
    ("la cámara se aleja", "pull"),
    ("la cámara gira alrededor", "orbit"),
    ("la cámara se mueve a la izquierda", "pan:left"),
    ("cámara fija", "hold"),
    ("saluda con la mano", "wave"),
    ("levanta la mano derecha", "raise:right"),
    ("manos en las caderas", "hips"),
    ("mira a la izquierda", "look:left"),
    ("el vestido ondea con la brisa", "wind"),
    ("se balancea suavemente", "sway"),
    ("da una vuelta completa", "around"),
    ("baila", "dance"),
    ("muestra el vestido", "show"),
    ("respira", "breathe"),
    ("cambia el peso", "weight"),
    ("gira a la izquierda, luego camina hacia la cámara", "turn:left > approach"),
    ("buenos días", ""),
]
GERMAN = [
    ("dreht sich nach links, dann nach rechts", "turn:left > turn:right"),
    ("schwenkt nach oben", "tilt:up"),
    ("geht ein paar Schritte vor", "approach"),
    ("wirft einen Blick über die Schulter", "look"),
    ("stemmt die Hände in die Hüften", "hips:both"),
    ("dreht sich langsam nach links", "turn:left"),
    ("sie dreht sich nach rechts", "turn:right"),
    ("geht auf die Kamera zu", "approach"),
    ("kommt näher", "approach"),
    ("läuft langsam auf die Kamera zu", "approach"),
    ("geht auf der Stelle", "walk"),
    ("die Kamera fährt näher heran", "push"),
    ("Kamera zoomt heran", "push"),
    ("die Kamera fährt zurück", "pull"),
    ("die Kamera schwenkt nach links", "pan:left"),
    ("die Kamera umkreist sie", "orbit"),
    ("feste Kamera", "hold"),
    ("winkt", "wave"),
    ("hebt die rechte Hand", "raise:right"),
    ("Hände in die Hüften", "hips:both"),
    ("schaut nach links", "look:left"),
    ("das Kleid weht im Wind", "wind"),
    ("wiegt sich sanft hin und her", "sway"),
    ("dreht sich einmal um die eigene Achse", "around"),
    ("tanzt", "dance"),
    ("zeigt das Kleid", "show"),
    ("atmet tief ein", "breathe"),
    ("verlagert das Gewicht", "weight"),
    ("dreht sich nach links, dann geht sie auf die Kamera zu", "turn:left > approach"),
    ("guten Tag", ""),
]


def written(script: Script) -> str:
    return " > ".join(
        "+".join(move.kind + (f":{move.side}" if move.side else "") for move in step) for step in script.steps
    )


@pytest.mark.parametrize(("sentence", "expected"), ENGLISH + CHINESE + KOREAN + SPANISH + GERMAN)
def test_sentence(sentence: str, expected: str) -> None:
    assert written(read_sentence(sentence)) == expected


@pytest.mark.parametrize(
    ("sentence", "speed", "strength"),
    [
        ("turns left", 1.0, 1.0),
        ("turns slowly left", 0.75, 1.0),
        ("turns very slowly left", 0.6, 1.0),
        ("quickly turns left", 1.5, 1.0),
        ("turns left a little", 1.0, 0.55),
        ("turns far to the left", 1.0, 1.4),
        ("慢慢向左转", 0.75, 1.0),
        ("稍微向左转", 1.0, 0.55),
        ("조금 왼쪽으로 돌아요", 1.0, 0.55),
        ("빨리 왼쪽으로 돌아요", 1.5, 1.0),
        ("gira un poco a la izquierda", 1.0, 0.55),
        ("gira rápidamente a la izquierda", 1.5, 1.0),
        ("dreht sich ein wenig nach links", 1.0, 0.55),
        ("dreht sich sehr langsam nach links", 0.6, 1.0),
    ],
)
def test_manner(sentence: str, speed: float, strength: float) -> None:
    (move,) = read_sentence(sentence).moves
    assert (move.kind, move.side, move.speed, move.strength) == ("turn", "left", speed, strength)


def test_manner_belongs_to_the_nearest_move() -> None:
    turn, push = read_sentence("she turns slowly to the left and the camera quickly moves in").moves
    assert (turn.speed, push.speed) == (0.75, 1.5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("CÁMARA Fährt", "camara fahrt"), ("왼쪽", "왼쪽"), ("Ｌｅｆｔ", "left"), ("weiß", "weiss"), ("向左。", "向左。")],
)
def test_fold(text: str, expected: str) -> None:
    assert fold(text) == expected


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_a_script_of_known_moves(text: str) -> None:
    for move in read_sentence(text).moves:
        assert move.kind in GROUPS
        assert 0.4 <= move.speed <= 2 and 0.3 <= move.strength <= 2
