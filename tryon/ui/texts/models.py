"""What the model menus say that is no name: titles of the built-in engine, and licences that are a sentence.

English stands in the specs. A model's own name and the name of a licence are the same in every language.
"""

from __future__ import annotations

from collections.abc import Mapping

_ENGLISH = (
    "Built-in",
    "Built-in motion",
    "VITON's warp (2018), without its networks",
    "none published",
    "Apache-2.0 code, weights without a licence",
    "Apache-2.0 code, weights from CreativeML-OpenRAIL-M",
    "MIT, weights from CreativeML-OpenRAIL-M",
    "Apache-2.0 with a clause: research and non-commercial use only",
    "Kolors Model License, commercial use only after registration",
    "your own; the parts beside it are MIT and CreativeML OpenRAIL++-M",
    "Apache-2.0; began as FLUX.1-dev (non-commercial), autoencoder of HunyuanVideo (Tencent community)",
)
_OTHERS = {
    "zh-CN": (
        "内置",
        "内置动态",
        "VITON 的变形（2018），不用其网络",
        "未公布许可",
        "代码 Apache-2.0，权重无许可",
        "代码 Apache-2.0，权重源自 CreativeML-OpenRAIL-M",
        "MIT，权重源自 CreativeML-OpenRAIL-M",
        "Apache-2.0 附加条款：仅限研究和非商业用途",
        "Kolors Model License，登记后方可商用",
        "取决于你自己的权重；其余部分为 MIT 和 CreativeML OpenRAIL++-M",
        "Apache-2.0；源自 FLUX.1-dev（非商业），自编码器来自 HunyuanVideo（腾讯社区许可）",
    ),
    "ko": (
        "기본 제공",
        "기본 제공 움직임",
        "VITON의 변형(2018), 신경망 없이",
        "공개된 라이선스 없음",
        "코드 Apache-2.0, 가중치는 라이선스 없음",
        "코드 Apache-2.0, 가중치는 CreativeML-OpenRAIL-M에서 유래",
        "MIT, 가중치는 CreativeML-OpenRAIL-M에서 유래",
        "Apache-2.0, 단서 조항: 연구 및 비상업적 용도만",
        "Kolors Model License, 등록 후에만 상업적 이용 가능",
        "직접 준비한 가중치에 따름. 나머지는 MIT 및 CreativeML OpenRAIL++-M",
        "Apache-2.0. FLUX.1-dev(비상업용)에서 출발, 오토인코더는 HunyuanVideo(Tencent 커뮤니티)",
    ),
    "es": (
        "Integrado",
        "Movimiento integrado",
        "La deformación de VITON (2018), sin sus redes",
        "ninguna publicada",
        "código Apache-2.0, pesos sin licencia",
        "código Apache-2.0, pesos derivados de CreativeML-OpenRAIL-M",
        "MIT, pesos derivados de CreativeML-OpenRAIL-M",
        "Apache-2.0 con una cláusula: solo investigación y uso no comercial",
        "Kolors Model License, uso comercial solo tras registrarse",
        "la de tus pesos; las demás partes son MIT y CreativeML OpenRAIL++-M",
        "Apache-2.0; partió de FLUX.1-dev (no comercial), autocodificador de HunyuanVideo (comunidad de Tencent)",
    ),
    "de": (
        "Eingebaut",
        "Eingebaute Bewegung",
        "VITONs Verformung (2018), ohne seine Netze",
        "keine veröffentlicht",
        "Code Apache-2.0, Gewichte ohne Lizenz",
        "Code Apache-2.0, Gewichte aus CreativeML-OpenRAIL-M",
        "MIT, Gewichte aus CreativeML-OpenRAIL-M",
        "Apache-2.0 mit einer Klausel: nur Forschung und nichtkommerzielle Nutzung",
        "Kolors Model License, kommerzielle Nutzung nur nach Anmeldung",
        "die der eigenen Gewichte; die übrigen Teile sind MIT und CreativeML OpenRAIL++-M",
        "Apache-2.0; aus FLUX.1-dev entstanden (nichtkommerziell), Autoencoder von HunyuanVideo (Tencent Community)",
    ),
}
WORDS: Mapping[str, Mapping[str, str]] = {
    code: dict(zip(_ENGLISH, texts, strict=True)) for code, texts in _OTHERS.items()
}
