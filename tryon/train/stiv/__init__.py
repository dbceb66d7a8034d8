"""Training STIV, of which nobody has published weights."""
