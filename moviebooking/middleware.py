"""What wraps every request: the health check, the request id, one log line."""

import logging
import re
import time
import uuid
from contextvars import ContextVar

from django.http import HttpResponse

from moviebooking.logs import route

current_request_id: ContextVar[str] = ContextVar("request_id", default="-")
logger = logging.getLogger("moviebooking.requests")
ACCEPTABLE_ID = re.compile(r"[\w-]{8,64}", re.ASCII)


def health(get_response):
    """Answer /healthz before anything looks at the Host: platforms probe with their own."""

    def middleware(request):
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        return get_response(request)

    return middleware


def request_log(get_response):
    """One line a request: the route and not the path, as paths hold references."""

    def middleware(request):
        given = request.headers.get("X-Request-ID", "")
        request_id = given if ACCEPTABLE_ID.fullmatch(given) else uuid.uuid4().hex
        token = current_request_id.set(request_id)
        started = time.monotonic()
        try:
            response = get_response(request)
            response["X-Request-ID"] = request_id
            logger.info(
                "request",
                extra={
                    "method": request.method,
                    "route": route(request),
                    "status": response.status_code,
                    "milliseconds": round((time.monotonic() - started) * 1000),
                },
            )
            return response
        finally:
            current_request_id.reset(token)

    return middleware


class RequestIdFilter(logging.Filter):
    def filter(self, record):
        record.request_id = current_request_id.get()
        return True
