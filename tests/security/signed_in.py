"""The shop as one customer sees it, for a scanner that takes no cookies. `make observatory` serves it."""

import os

from moviebooking.wsgi import application as shop


def application(environ, start_response):
    environ["HTTP_COOKIE"] = f"__Host-sessionid={os.environ['SESSION']}"
    return shop(environ, start_response)
