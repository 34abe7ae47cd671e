import base64
import json
import random
import secrets

import pytest

from bookings.codes import (
    ForgedCode,
    RetiredKey,
    RevokedCode,
    public_keys,
    qr_data_uri,
    qr_png,
    read_code,
    ticket_code,
    verify_code,
)

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


def roll(settings, *old):
    """A new secret; the old ones named are fallbacks."""
    settings.SECRET_KEY = secrets.token_hex(30)
    settings.SECRET_KEY_FALLBACKS = list(old)


def test_secret_rolled_then_old_tickets_stay_good_and_new_ones_are_signed_by_the_new(settings):
    code, old = ticket_code(SERIAL, 1), settings.SECRET_KEY

    roll(settings, old)

    assert read_code(code) == (1, SERIAL)
    new_alone = public_keys()[:1]
    assert verify_code(ticket_code(SERIAL, 1), new_alone) == (1, SERIAL)


def test_secret_retired_then_its_codes_are_told_from_forged_ones(settings):
    code, old_id = ticket_code(SERIAL, 1), public_keys()[0][0]
    while public_keys()[0][0] == old_id:
        roll(settings)

    with pytest.raises(RetiredKey):
        read_code(code)


def test_two_keys_with_one_id_then_both_are_tried(settings):
    code, old = ticket_code(SERIAL, 1), settings.SECRET_KEY
    key_id = public_keys()[0][0]
    while public_keys()[0][0] != key_id or old == settings.SECRET_KEY:
        roll(settings)
    same_id = [*public_keys(), *keys_of(settings, old)]

    assert [id_ for id_, _key in same_id] == [key_id, key_id]
    assert verify_code(code, same_id) == (1, SERIAL)
    assert verify_code(ticket_code(SERIAL, 2), same_id[::-1]) == (2, SERIAL)
    with pytest.raises(ForgedCode):
        verify_code(code, same_id[:1])


def keys_of(settings, secret):
    settings.SECRET_KEY, kept = secret, settings.SECRET_KEY
    keys = public_keys()
    settings.SECRET_KEY = kept
    return keys


def test_two_thousand_mutations_then_none_is_accepted():
    """Characters changed, cut, doubled, swapped, pasted from another ticket's code."""
    dice = random.Random(61)
    codes = [ticket_code(f"XW7M9-K3QP{letter}", number) for number, letter in enumerate("346789ABCDEFGHJK")]
    keys, accepted = public_keys(), []
    for _try in range(2000):
        mutant = mutate(dice, dice.choice(codes), dice.choice(codes))
        try:
            accepted.append(verify_code(mutant, keys)) if mutant not in codes else None
        except ForgedCode:
            continue

    assert accepted == []


def mutate(dice, code, other):
    at, letter = dice.randrange(len(code)), dice.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567=é ")
    return dice.choice(
        [
            code[:at] + letter + code[at + 1 :],
            code[:at],
            code + code[at:],
            code[:at] + other[at:],
            other[:8] + code[8:],
            code[:at] + code[at + 1 : at + 2] + code[at : at + 1] + code[at + 2 :],
        ]
    )


def test_without_a_line_then_keys_and_serials_from_json_are_enough():
    keys = [(entry["id"], base64.b64decode(entry["key"])) for entry in json.loads(json.dumps(keys_as_json()))]

    assert verify_code(ticket_code(SERIAL, 7), keys, revoked={"AAAAA-AAAAA"}) == (7, SERIAL)
    with pytest.raises(RevokedCode):
        verify_code(ticket_code(SERIAL, 7), keys, revoked={SERIAL})


def keys_as_json():
    return [{"id": key_id, "key": base64.b64encode(key).decode()} for key_id, key in public_keys()]


def test_qr_as_picture():
    code = ticket_code(SERIAL, 1)

    assert qr_data_uri(code).startswith("data:image/svg+xml")
    assert qr_png(code).startswith(b"\x89PNG")
