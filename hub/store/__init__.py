"""Floor 1: memory. The only package that imports redis."""
