"""Measurements, each a ratio to something bare that ran beside it. `python -m bench` runs them all."""
