"""The embedded garment transfer in small steps: body, pieces, fields, skin, background, shading, composition."""
