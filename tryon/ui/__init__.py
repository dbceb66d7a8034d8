"""The page: layout, theme, texts, wiring. Knows events, never models."""
