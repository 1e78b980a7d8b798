"""A real HTTP service on this machine that limits, delays, fails and counts."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def score(row):
    """What the service knows; rows come as lists, or as objects with the columns' names."""
    values = list(row.values()) if isinstance(row, dict) else row
    return sum((j + 1) * (value or 0.0) for j, value in enumerate(values)) + (values[0] or 0.0) * (values[-1] or 0.0)


class Scores:
    """What the server does, changed by a test as it likes, and what it saw.

    ``act(number, rows)`` returns None for an answer as it should be, or ``(status, headers, body)``, or "drop".
    """

    def __init__(self):
        self.act = lambda number, rows: None
        self.score = score
        self.delay = 0.0
        self.rows = Counter()
        self.requests = self.busiest = self.current = 0
        self.times, self.headers = [], []
        self.lock = threading.Lock()

    @property
    def asked(self):
        return sum(self.rows.values())


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        scores = self.server.scores
        rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["instances"]
        with scores.lock:
            scores.requests += 1
            number = scores.requests
            scores.times.append(time.monotonic())
            scores.headers.append(dict(self.headers))
            scores.current += 1
            scores.busiest = max(scores.busiest, scores.current)
        time.sleep(scores.delay)
        action = scores.act(number, rows)
        with scores.lock:
            scores.current -= 1
            if action is None:
                scores.rows.update(json.dumps(row) for row in rows)
        if action == "drop":
            self.close_connection = True
            self.connection.close()
            return
        self.answer(*(action or (200, {}, json.dumps({"predictions": [scores.score(row) for row in rows]}))))

    def answer(self, status, headers, body):
        body = body.encode()
        self.send_response(status)
        for name, value in {"Content-Length": len(body), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that went away is no news."""


@contextmanager
def serving():
    """Yields what the server does, with its ``url``."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.scores = Scores()
        server.scores.url = f"http://127.0.0.1:{server.server_port}/score"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.scores
        finally:
            server.shutdown()
            thread.join()
