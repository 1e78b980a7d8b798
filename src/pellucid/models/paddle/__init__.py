"""PaddlePaddle layers: how to call one, read and edit its inside, and differentiate it."""
