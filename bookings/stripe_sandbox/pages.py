"""The hosted payment page. It works without JavaScript and never pretends to be anybody's real one."""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, quote, urlsplit

from bookings.stripe_sandbox import checkout, money
from bookings.stripe_sandbox.account import Account
from bookings.stripe_sandbox.errors import SessionClosed, StripeError

FOLDER = Path(__file__).parent / "pages"
MESSAGES = {
    "card_declined": "The card was declined and nothing was charged. You can try again.",
    "payment_intent_authentication_failure": "The bank did not approve the payment. Nothing was charged; try again.",
}


@dataclass
class Page:
    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})


class Pages:
    def __init__(self, account: Account, later_after: int):
        self.later_after = later_after
        self._account = account

    def answer(self, method: str, path: str, body: str) -> Page:
        if path == "/pages/page.css":
            return Page(200, (FOLDER / "page.css").read_text(), {"Content-Type": "text/css; charset=utf-8"})
        if not path.startswith("/pay/"):
            return self._sorry(404, "There is no such page here", "This server only has payment pages.")
        session_id, _, step = path.removeprefix("/pay/").rstrip("/").partition("/")
        try:
            checkout.catch_up(self._account)
            session = self._account.find("checkout.session", session_id)
            if method == "POST":
                form = parse_qs(body)
                return self._act(session, form.get("action", [""])[0], form.get("email", [None])[0])
            if session["status"] != "open":
                return self._closed(session)
            return self._ask_bank(session) if step == "3ds" else self._offer(session)
        except SessionClosed:
            return self._closed(self._account.find("checkout.session", session_id))
        except StripeError:
            return self._sorry(404, "This payment is not known", "The link may be incomplete, or the data was reset.")

    def _act(self, session: dict, action: str, email: str | None) -> Page:
        account, session_id = self._account, session["id"]
        back = f"/pay/{session_id}"
        if action in ("pay", "approve"):
            return self._leave(session, checkout.pay(account, session_id, email))
        if action in ("later_success", "later_failure"):
            succeed = action == "later_success"
            return self._leave(session, checkout.pay_later(account, session_id, succeed, self.later_after, email))
        if action == "3ds":
            checkout.ask_for_3d_secure(account, session_id)
            return _see_other(f"{back}/3ds")
        if action == "refuse":
            checkout.decline(account, session_id, checkout.NOT_AUTHENTICATED)
            return _see_other(back)
        if action == "decline":
            checkout.decline(account, session_id)
            return _see_other(back)
        return self._sorry(400, "This button is not known", "Go back and use one of the buttons on the page.")

    def _leave(self, session: dict, completed: dict) -> Page:
        # Webhook first is the normal order: the customer is let go once the shop has answered, or after ten seconds.
        self._account.webhooks.wait_for_answer(completed)
        return _see_other(_success_url(session))

    def _offer(self, session: dict) -> Page:
        intent = self._account.store.get("payment_intent", session["payment_intent"]) or {}
        error = (intent.get("last_payment_error") or {}).get("code")
        lines = [
            _fill(
                "_line.html",
                name=line["description"],
                quantity=line["quantity"],
                amount=money.with_code(line["amount_total"], line["currency"]),
            )
            for line in self._account.store.get("line_items", session["id"])
        ]
        email = session["customer_email"]
        content = _fill(
            "pay.html",
            reference=session["client_reference_id"] or "none given",
            total=_total(session),
            time_left=_in_words(session["expires_at"] - self._account.now()),
            later_after=self.later_after,
            raw_lines="".join(lines),
            raw_alert=_fill("_alert.html", message=MESSAGES.get(error, MESSAGES["card_declined"])) if error else "",
            raw_email=_fill("_email_known.html", email=email) if email else _fill("_email_asked.html"),
            raw_leave=_fill("_leave.html", url=session["cancel_url"]) if session["cancel_url"] else "",
        )
        return self._page(200, f"Pay {_total(session)}", content, session)

    def _ask_bank(self, session: dict) -> Page:
        return self._page(200, "Confirm with your bank", _fill("bank.html", total=_total(session)), session)

    def _closed(self, session: dict) -> Page:
        if session["status"] == "complete":
            url, label = _success_url(session), "Back to your booking"
            return self._sorry(200, "This payment is complete", "There is nothing left to pay here.", url, label)
        sentence = "The time to pay is over, and nothing was charged. Please choose your seats again."
        url = session["cancel_url"] or _origin(session["success_url"])
        return self._sorry(410, "This payment has expired", sentence, url, "Back to the cinema")

    def _sorry(self, status: int, title: str, sentence: str, url: str = "", label: str = "") -> Page:
        link = _fill("_back.html", url=url, label=label) if url else ""
        return self._page(status, title, _fill("closed.html", title=title, sentence=sentence, raw_link=link))

    def _page(self, status: int, title: str, content: str, session: dict | None = None) -> Page:
        page = Page(status, _fill("base.html", title=title, raw_content=content))
        # Browsers apply form-action to the redirect after the form too, so the shop must be in it.
        shop = _origin(session["success_url"]) if session else ""
        page.headers["Content-Security-Policy"] = (
            f"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' {shop}"
        ).rstrip()
        page.headers["Referrer-Policy"] = "no-referrer"
        return page


def _fill(template: str, **values: object) -> str:
    """Every value is escaped, except the raw_ ones, which are filled templates themselves."""
    safe = {name: value if name.startswith("raw_") else escape(str(value)) for name, value in values.items()}
    return Template((FOLDER / template).read_text()).substitute(safe)


def _see_other(url: str) -> Page:
    return Page(303, headers={"Location": quote(url, safe="%/:=&?~#+!$,;'@()*[]{}")})


def _success_url(session: dict) -> str:
    # The literal braces only: Stripe does not recognise them percent-encoded either.
    return session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _total(session: dict) -> str:
    return money.with_code(session["amount_total"], session["currency"])


def _in_words(seconds: int) -> str:
    hours, minutes = divmod(max(seconds, 0) // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else "less than a minute"
