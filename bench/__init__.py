"""Measures the hub beside its peers: `python -m bench`. See README.md."""
