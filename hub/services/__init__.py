"""Floor 2: use cases. Carry out commands; react to what happened."""
