"""Methods that differentiate the model."""
