"""News to browsers: once beside each mail, sealed, and never to an address inside our own network."""

from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bookings import flows, push
from bookings.models import Push, PushSubscription
from bookings.push import CURVE, encrypt, is_push_service, unbase64
from tests.bookings.push_service import Browser, PushService
from tests.bookings.steps import buy
from tests.bookings.test_moving import move

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(settings):
    with PushService() as service:
        settings.PUSH_SERVICES = [service.url]
        yield service


@pytest.fixture
def phone():
    return Browser()


@pytest.fixture
def booking(ann, showtime, sandbox, client, service, phone):
    client.force_login(ann)
    booking = buy(sandbox, ann, showtime, "A1")
    assert client.post("/bookings/push/", {"endpoint": f"{service.url}/one", **phone.keys}).status_code == 204
    return booking


def send_all():
    flows.send_due_mails()
    return flows.send_due_pushes()


def test_moved_then_told_once_and_sealed_for_this_browser(booking, showtime, manager, service, phone):
    move(showtime, manager, later=timedelta(minutes=30))
    assert [send_all(), send_all()] == [1, 0]

    ((path, headers, body),) = service.posted
    told = phone.read(body)
    assert (path, told["title"]) == ("/one", f"Moved: {showtime.movie.title}")
    assert [word for word in ("Ann", "ann@", booking.reference, showtime.movie.title) if word.encode() in body] == []
    assert [word for word in ("Ann", "ann@", booking.reference) if word in str(told)] == []
    token, key = headers["Authorization"].removeprefix("vapid t=").split(", k=")
    public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, unbase64(key))
    claims = jwt.decode(token, public, algorithms=["ES256"], audience=service.url)
    assert claims["sub"].startswith("mailto:")


def test_moved_again_then_told_again(booking, showtime, manager, service):
    for _time in range(2):
        move(showtime, manager, later=timedelta(minutes=30))
        showtime.refresh_from_db()
        send_all()

    assert len({headers["Topic"] for _path, headers, _body in service.posted}) == 2


def test_called_off_then_told_once(booking, showtime, manager, service, phone):
    flows.cancel_showtime(showtime, by=manager, reason="Flooded")
    flows.finish_cancellations()
    send_all()

    assert [phone.read(body)["title"] for *_head, body in service.posted] == [f"Called off: {showtime.movie.title}"]


def test_cancelled_oneself_or_just_bought_then_no_news(booking, ann, service):
    flows.send_due_mails()
    flows.cancel_booking(booking, by=ann, in_full=True)

    assert send_all() == 0


@pytest.mark.parametrize("status", [403, 404, 410])
def test_browser_is_gone_then_it_is_forgotten(booking, showtime, manager, service, status):
    service.status = status
    move(showtime, manager, later=timedelta(minutes=30))
    send_all()

    assert not PushSubscription.objects.exists()
    assert not Push.objects.exists()


def test_service_in_trouble_then_tried_again_later(booking, showtime, manager, service):
    service.status = 503
    move(showtime, manager, later=timedelta(minutes=30))
    send_all()

    assert (Push.objects.get().status, Push.objects.get().attempts) == ("pending", 1)


def test_service_that_leads_elsewhere_then_it_is_not_followed(booking, showtime, manager, service):
    service.status = 307
    move(showtime, manager, later=timedelta(minutes=30))
    send_all()

    assert len(service.posted) == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        *("http://127.0.0.1:5432/", "https://169.254.169.254/latest", "https://localhost/", "https://[::1]/"),
        *("http://fcm.googleapis.com/x", "https://fcm.googleapis.com:8443/x", "https://fcm.googleapis.com@10.0.0.1/x"),
        *(
            "https://fcm.googleapis.com.evil.example/x",
            "https://evil.example/.notify.windows.com",
            "file:///etc/passwd",
        ),
        *("https://evil.example#.notify.windows.com", "https://evil.example\\.notify.windows.com", "nonsense", ""),
        *("https://a@b.notify.windows.com/x", "https://10.0.0.1:443?.notify.windows.com"),
    ],
)
def test_address_that_is_no_push_service_then_it_is_refused(client, ann, phone, endpoint):
    client.force_login(ann)

    assert not is_push_service(endpoint)
    assert client.post("/bookings/push/", {"endpoint": endpoint, **phone.keys}).status_code == 400
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    "endpoint", ["https://fcm.googleapis.com/fcm/send/x", "https://wns2-am3p.notify.windows.com/w/?token=B%2f"]
)
def test_push_service_then_it_is_taken(endpoint):
    assert is_push_service(endpoint)


def test_switched_off_then_forgotten_and_nobody_else_can(client, bob, ann, booking, service):
    client.force_login(bob)
    client.post("/bookings/push/", {"endpoint": f"{service.url}/one", "stop": "1"})
    assert PushSubscription.objects.count() == 1

    client.force_login(ann)
    client.post("/bookings/push/", {"endpoint": f"{service.url}/one", "stop": "1"})
    assert not PushSubscription.objects.exists()


def test_somebody_else_signs_in_there_then_only_they_are_told(client, bob, booking, service, phone):
    client.force_login(bob)
    client.post("/bookings/push/", {"endpoint": f"{service.url}/one", **phone.keys})

    assert PushSubscription.objects.get().user == bob


def test_keys_that_are_none_then_refused(client, ann, service):
    client.force_login(ann)
    answer = client.post("/bookings/push/", {"endpoint": f"{service.url}/one", "p256dh": "é", "auth": "x"})

    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"p256dh", "auth"}


def test_sealed_then_just_as_in_the_standards_example():
    """RFC 8291, appendix A."""
    sender = ec.derive_private_key(int.from_bytes(unbase64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), CURVE)
    receiver = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    sealed = encrypt(
        b"When I grow up, I want to be a watermelon",
        unbase64(receiver),
        unbase64("BTBZMqHH6r4Tts7J_aSIgg"),
        salt=unbase64("DGv6ra1nlYgDCS1FRnbzlw"),
        sender=sender,
    )

    assert push.base64url(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
