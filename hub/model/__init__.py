"""Floor 0: the rules. Pure: time, ids and chance are arguments; no I/O."""
