"""Encoders: text in, unit vectors out. `models.encoder.load_encoder` is the door."""
