"""The page: layout, theme, texts, wiring. Knows events, never models."""

from tryon.ui.quick_start import import_gradio

import_gradio()
