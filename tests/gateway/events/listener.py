"""A receiver of webhooks as its author would write it from the Standard Webhooks text, independent of our code."""

import base64
import hashlib
import hmac
import json
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def genuine(secret, headers, body):
    """Whether one of the signatures is right, by the text of the standard."""
    key = base64.b64decode(secret.split("_", 1)[1])
    signed = headers["webhook-id"].encode() + b"." + headers["webhook-timestamp"].encode() + b"." + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    offered = [one.split(",", 1) for one in headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(text, wanted) for version, text in offered)


class Listener:
    """Keeps what came. ``answers`` are statuses for the next requests; then it is 204."""

    def __init__(self):
        self.requests = []
        self.answers = []
        self.says = b""
        self.url = ""

    @property
    def events(self):
        return [json.loads(body) for _, body in self.requests]

    @property
    def sequences(self):
        return [int(one["sequence"]) for one in self.events]


@contextmanager
def listening():
    heard = Listener()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = heard.answers.pop(0) if heard.answers else 204
            self.send_response(status)
            if status == 302:
                self.send_header("Location", heard.url)
            self.send_header("Content-Length", str(len(heard.says)))
            self.end_headers()
            with suppress(OSError):  # a caller may hang up in the middle of a long answer
                self.wfile.write(heard.says)

        def log_message(self, *_):
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    heard.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
