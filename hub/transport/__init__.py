"""Floor 3: wires. Sockets and HTTP."""
