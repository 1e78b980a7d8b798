"""Class activation maps: a layer's channels, weighted and laid over the image."""
