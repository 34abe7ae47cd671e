import base64

import pytest

from bookings.codes import ForgedCode, qr_data_uri, qr_png, read_code, ticket_code

SERIAL = "XW7M9-K3QPH"


def test_code_then_showtime_and_serial_come_back():
    assert read_code(ticket_code(SERIAL, 4711)) == (4711, SERIAL)


def test_code_is_small_enough_for_a_coarse_qr():
    code = ticket_code(SERIAL, 2**32 - 1)

    assert len(base64.b32decode(code)) == 80
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


@pytest.mark.parametrize("bit", range(0, 640, 7))
def test_one_bit_flipped_then_forged(bit):
    raw = bytearray(base64.b32decode(ticket_code(SERIAL, 4711)))
    raw[bit // 8] ^= 1 << bit % 8

    with pytest.raises(ForgedCode):
        read_code(base64.b32encode(raw).decode())


@pytest.mark.parametrize("code", ["", "A", "=", "ÄÖÜ", SERIAL, "A" * 128, "A" * 1000])
def test_anything_else_then_forged(code):
    with pytest.raises(ForgedCode):
        read_code(code)


def test_secret_rolled_then_old_tickets_stay_good_while_it_is_a_fallback(settings):
    code, old = ticket_code(SERIAL, 1), settings.SECRET_KEY
    settings.SECRET_KEY = "another-secret-" * 4
    settings.SECRET_KEY_FALLBACKS = [old]
    assert read_code(code) == (1, SERIAL)

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(ForgedCode):
        read_code(code)


def test_qr_as_picture():
    code = ticket_code(SERIAL, 1)

    assert qr_data_uri(code).startswith("data:image/svg+xml")
    assert qr_png(code).startswith(b"\x89PNG")
