"""What the diffusion try-on backends share: stock models from published folders, pictures, steps, masks."""
