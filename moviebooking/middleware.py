"""What wraps every request: what browsers may do, health, request id, one log line, patience with the database."""

import logging
import re
import time
import uuid
from contextvars import ContextVar

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.utils import translation

from accounts import languages
from moviebooking.errors import is_database_trouble, try_again
from moviebooking.logs import route

current_request_id: ContextVar[str] = ContextVar("request_id", default="-")
logger = logging.getLogger("moviebooking.requests")
# All that a page could ask a device for. A page that needs one of them says so itself.
NOT_NEEDED = (
    "accelerometer autoplay camera display-capture encrypted-media fullscreen geolocation gyroscope magnetometer "
    "microphone midi payment picture-in-picture publickey-credentials-get screen-wake-lock usb xr-spatial-tracking"
)
ACCEPTABLE_ID = re.compile(r"[\w-]{8,64}", re.ASCII)


def policies(get_response):
    """The headers that neither Django nor django-csp knows."""

    def middleware(request):
        response = get_response(request)
        response.headers["Permissions-Policy"] = permissions(response.headers.get("Permissions-Policy", ""))
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware


def permissions(needed: str) -> str:
    """What the page has asked for, such as "camera=(self)", and no to all the rest."""
    asked_for = {part.partition("=")[0].strip() for part in needed.split(",")}
    refused = (f"{feature}=()" for feature in NOT_NEEDED.split() if feature not in asked_for)
    return ", ".join(filter(None, [needed, *refused]))


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


def language_of_the_address(get_response):
    """?lang=ar is how a search engine, or a friend, names a page in one of its languages; it is kept from then on."""

    def middleware(request):
        code = languages.known_language(request.GET.get("lang", ""))
        if not code:
            return get_response(request)
        translation.activate(code)
        request.LANGUAGE_CODE = code
        response = get_response(request)
        is_for_all = "public" in response.headers.get("Cache-Control", "")
        return response if is_for_all else languages.keep(response, code)

    return middleware


class TryAgain:
    """A database that is away or overrun is no error of ours: every page says so in words, and may be asked again."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 503:
            response.headers.setdefault("Retry-After", "10")
        return response

    def process_exception(self, request, exception):
        return try_again(request) if is_database_trouble(exception) else None


class OddRequests:
    """Answer 400 to what no page of ours sends, before PostgreSQL or Django's lists break at it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "%00" in request.META["QUERY_STRING"]:
            raise BadRequest("NUL byte in a question")
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        # The exempt read no form: the webhook takes its body raw, unsubscribing asks for none.
        is_form = request.method == "POST" and not getattr(view, "csrf_exempt", False)
        if is_form and any("\0" in part for name, values in request.POST.lists() for part in (name, *values)):
            raise BadRequest("NUL byte in a form")

    def process_exception(self, request, error):
        """A list of the office believes its address: years that do not exist, rows that are no numbers."""
        is_list = request.method == "GET" or "_selected_action" in request.POST
        is_office = request.resolver_match and "admin" in request.resolver_match.app_names
        if is_office and is_list and isinstance(error, ValueError | OverflowError):
            logger.error("refused a question that made no sense", exc_info=error)
            raise BadRequest("no such question") from error


class RequestIdFilter(logging.Filter):
    def filter(self, record):
        record.request_id = current_request_id.get()
        return True
