"""Methods that follow attention from layer to layer."""
