"""A port to listen on."""

import socket

MOST_WAITING = 2_048  # connections that may wait for their client's next HTTP request, beside the sockets


def listen(host: str, port: int) -> socket.socket:
    """Bind before anything else is started: a taken port is found at once. Raises OSError."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what waits for its end is no obstacle
        listening.bind((host, port))
    except BaseException:
        listening.close()
        raise
    return listening


def refused(host: str, port: int) -> OSError | None:
    """Why nobody could listen there now, or None."""
    try:
        listen(host, port).close()
    except OSError as error:
        return error
    return None
