"""Colours and type. Only fonts that Gradio ships complete, then the system's own (Chinese, Korean)."""

from __future__ import annotations

import gradio as gr

# Sans for reading first; the rest are the system's own faces for scripts that it does not have.
FALLBACKS = (
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "system-ui",
    "sans-serif",
)


def theme() -> gr.themes.Base:
    """Warm paper, ink, one accent. The custom properties of assets/css/page.css carry the rest."""
    fonts = [gr.themes.LocalFont(name, weights=(400, 700)) for name in ("Source Sans Pro", "Montserrat")]
    return gr.themes.Base(
        primary_hue="orange",
        neutral_hue="stone",
        radius_size="sm",
        font=[*fonts, *FALLBACKS],
        font_mono=["ui-monospace", "monospace"],
    ).set(
        body_background_fill="#f6f3ee",
        body_background_fill_dark="#141210",
        body_text_color="#1d1a17",
        body_text_color_dark="#f3eee7",
        body_text_color_subdued="#665e55",
        body_text_color_subdued_dark="#b5aa9d",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_color="#dfd8ce",
        block_border_color_dark="#38322b",
        block_border_width="0px",
        block_shadow="none",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_title_text_weight="700",
        block_title_text_color="#1d1a17",
        block_title_text_color_dark="#f3eee7",
        block_info_text_color="#665e55",
        block_info_text_color_dark="#b5aa9d",
        input_background_fill="#fffdfa",
        input_background_fill_dark="#1e1b18",
        input_border_color="#cfc6ba",
        input_border_color_dark="#4a433b",
        color_accent="#9a3b1c",
        slider_color="#9a3b1c",
        slider_color_dark="#f0956b",
        checkbox_background_color_selected="#1d1a17",
        checkbox_background_color_selected_dark="#f0956b",
        checkbox_border_color="#8d8378",
        checkbox_border_color_dark="#8d8378",
    )
