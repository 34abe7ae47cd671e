"""Errors in the shape Stripe answers them."""

from dataclasses import dataclass

DOC_URL = "https://stripe.com/docs/error-codes/"


@dataclass
class StripeError(Exception):
    """Raised anywhere below the API; becomes the body of a 4xx or 5xx answer."""

    message: str
    code: str | None = None
    param: str | None = None
    type: str = "invalid_request_error"
    status: int = 400

    def as_body(self, request_id: str) -> dict:
        error = {"type": self.type, "message": self.message}
        if self.code:
            error |= {"code": self.code, "doc_url": DOC_URL + self.code.replace("_", "-")}
        if self.param:
            error["param"] = self.param
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": error}


class SessionClosed(Exception):
    """The customer came to a session that is no longer open."""


def no_such(kind: str, object_id: str, param: str = "id", status: int = 404) -> StripeError:
    # A missing object in the URL is 404; the same missing object named in a parameter is 400.
    return StripeError(f"No such {kind}: '{object_id}'", "resource_missing", param, status=status)
