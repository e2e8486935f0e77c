"""uvicorn's HTTP protocol, for the moment when a connection stops being HTTP. Serves both socket paths."""

import sys

from httptools import HttpParserUpgrade

from hub.transport.http.patience import PatientHttp


class UpgradingHttp(PatientHttp):
    """Does what uvicorn leaves out: bytes that came behind the upgrade request go on to the socket (uvicorn drops
    them), and the HTTP side is freed at once (it and its parser hold each other, until the garbage collector comes)."""

    segment = b""

    def data_received(self, chunk: bytes) -> None:
        self.segment = chunk
        super().data_received(chunk)
        self.segment = b""

    def handle_websocket_upgrade(self) -> None:
        upgrade = sys.exc_info()[1]  # uvicorn calls this where it caught the parser's word on where HTTP ends
        super().handle_websocket_upgrade()
        self.parser = None  # type: ignore[assignment]
        behind = self.segment[upgrade.args[0] :] if isinstance(upgrade, HttpParserUpgrade) else b""
        if behind and not self.transport.is_closing():
            self.transport.get_protocol().data_received(behind)  # type: ignore[attr-defined]
