"""Rings Sambung's bell when something in the stock changed, so that it looks at once instead of within a minute.

A notice says only *look there*: what changed is read from InvenTree itself, and what this plugin can't deliver is
found by the regular look. Set up by two variables in the environment of InvenTree's background worker:

    SAMBUNG_BELL_URL     https://isp.example/bells/inventree
    SAMBUNG_BELL_SECRET  as printed by: sambung engine bell inventree
"""

import base64
import hashlib
import hmac
import json
import logging
import os
import secrets
import urllib.request

from plugin import InvenTreePlugin
from plugin.mixins import EventMixin

LOG = logging.getLogger("inventree.sambung_bell")
HEADER = "X-Sambung-Signature"
SECONDS = 5
# Of what an item's own screen and API do; other models are of no interest.
WANTED = ("stockitem.", "stock_stockitem.", "stock_stockitemtracking.")


def signature(secret, body):
    """Base64 of HMAC-SHA256 over the raw body."""
    digest = hmac.new(secret.encode("utf-8"), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def notice(event, kwargs):
    """The body of a notice. The nonce makes each one another, so that none is taken for a repetition."""
    said = {"event": str(event), "kwargs": {str(k): str(v) for k, v in kwargs.items()}}
    said["nonce"] = secrets.token_hex(16)
    return json.dumps(said, sort_keys=True).encode("utf-8")


def ring(url, secret, body):
    """Sends a notice; answers the status."""
    request = urllib.request.Request(url, data=body, method="POST")
    request.add_header("Content-Type", "application/json")
    request.add_header(HEADER, signature(secret, body))
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return answer.status


class SambungBell(EventMixin, InvenTreePlugin):
    """The plugin as InvenTree finds it."""

    NAME = "SambungBell"
    SLUG = "sambung-bell"
    TITLE = "Sambung's bell"
    DESCRIPTION = "Tells Sambung to look when something in the stock changed"
    VERSION = "1.0.0"
    AUTHOR = "Sambung"

    def wants_process_event(self, event):
        return str(event).startswith(WANTED)

    def process_event(self, event, *args, **kwargs):
        # Older servers ask nobody what they want.
        if not self.wants_process_event(event):
            return
        url, secret = os.environ.get("SAMBUNG_BELL_URL"), os.environ.get("SAMBUNG_BELL_SECRET")
        if not url or not secret:
            LOG.warning("SAMBUNG_BELL_URL and SAMBUNG_BELL_SECRET are not set")
            return
        try:
            ring(url, secret, notice(event, kwargs))
        except OSError as error:
            # Nothing is lost: Sambung looks by itself within a minute.
            LOG.warning("Sambung's bell was not heard: %s", error)
