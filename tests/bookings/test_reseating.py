"""The planner of seats alone: what holds for every room and every audience."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.reseating import Party, Sitter, plan_seats
from bookings.seating.rooms import COMPANION, RESTRICTED, WHEELCHAIR, Place, Room, in_the_room
from tests.bookings.drawn_rooms import drawn


def room_of(*rows, first_id=1):
    return in_the_room(drawn(*rows, first_id=first_id))


def party(key, room, *labels):
    seats = [place for place in room if place.label in labels]
    return Party(key, tuple(Sitter(place.id, place) for place in seats))


def labels(plan, one):
    return [plan.seats[sitter.key].label for sitter in one.sitters]


def test_same_room_then_everybody_keeps_their_seats():
    room = room_of("....", "....")
    parties = [party(1, room, "A1", "A2"), party(2, room, "B3")]

    plan = plan_seats(parties, Room(room))

    assert ([labels(plan, one) for one in parties], plan.left_out) == ([["A1", "A2"], ["B3"]], {})


def test_other_room_then_the_same_distance_and_side():
    old, new = room_of("......", "......", "......"), room_of("......", "......", "......", first_id=100)
    parties = [party(1, old, "A1", "A2"), party(2, old, "C5", "C6")]

    plan = plan_seats(parties, Room(new))

    assert [labels(plan, one) for one in parties] == [["A1", "A2"], ["C5", "C6"]]


def test_an_aisle_in_between_then_they_sit_elsewhere_together():
    old, new = room_of("......"), room_of("_.._..", "......", first_id=100)
    three = party(1, old, "A1", "A2", "A3")

    assert labels(plan_seats([three], Room(new)), three) == ["B1", "B2", "B3"]


def test_no_room_side_by_side_then_left_out_or_divided():
    old, new = room_of("...."), room_of(".._..", first_id=100)
    four = party(1, old, "A1", "A2", "A3", "A4")

    assert plan_seats([four], Room(new)).left_out == {1: "No 4 seats as good are free side by side."}
    assert labels(plan_seats([four], Room(new), apart=True), four) == ["A1", "A2", "A4", "A5"]


def test_dear_seats_then_none_that_is_cheaper():
    old, new = room_of("PP"), room_of("..", first_id=100)

    assert plan_seats([party(1, old, "A1", "A2")], Room(new)).seats == {}


def test_cheap_seats_leave_the_dear_ones_to_those_who_paid_for_them():
    old, new = room_of("..", "PP"), room_of("PP_..", first_id=100)
    cheap, dear = party(1, old, "A1", "A2"), party(2, old, "B1", "B2")
    plan = plan_seats([cheap, dear], Room(new))

    assert (labels(plan, cheap), labels(plan, dear)) == (["A4", "A5"], ["A1", "A2"])


def test_only_dear_seats_left_then_better_ones_for_the_same_money():
    old, new = room_of(".."), room_of("PP", first_id=100)
    two = party(1, old, "A1", "A2")

    assert labels(plan_seats([two], Room(new)), two) == ["A1", "A2"]


def test_wheelchair_and_companion_then_a_space_with_the_seat_beside_it():
    old, new = room_of("wc....", "......"), room_of("......", "....cw", first_id=100)
    pair, four = party(1, old, "A1", "A2"), party(2, old, "B1", "B2", "B3", "B4")
    plan = plan_seats([four, pair], Room(new))

    assert (labels(plan, pair), labels(plan, four)) == (["B6", "B5"], ["B1", "B2", "B3", "B4"])


def test_companion_seat_across_a_gap_is_still_beside():
    old = room_of("wc")
    new = [Place(100, "A1", 0, 0, 0, WHEELCHAIR), Place(101, "A3", 0, 0, 1, COMPANION, companion_of=100)]
    pair = party(1, old, "A1", "A2")

    assert labels(plan_seats([pair], Room(new)), pair) == ["A1", "A3"]


def test_no_wheelchair_space_then_left_out_and_never_on_a_chair():
    old, new = room_of("wc"), room_of("....", first_id=100)

    assert plan_seats([party(1, old, "A1", "A2")], Room(new), apart=True).left_out == {
        1: "No free wheelchair space as good, with the seats beside it that they need."
    }


def test_half_a_love_seat_is_nobodys():
    old, new = room_of(".._.", ".."), room_of("ll", first_id=100)
    single, couple = party(1, old, "A4"), party(2, old, "A1", "A2")

    assert plan_seats([single], Room(new)).seats == {}
    assert labels(plan_seats([couple], Room(new)), couple) == ["A1", "A2"]


def test_who_found_nothing_goes_first_in_the_next_round():
    """The two with dear seats choose before the three, and first take the row in which alone three can sit."""
    old, new = room_of("PP_..."), room_of("PPP", "PP", first_id=100)
    two, three = party(1, old, "A1", "A2"), party(2, old, "A4", "A5", "A6")
    plan = plan_seats([two, three], Room(new))

    assert (labels(plan, two), labels(plan, three)) == (["B1", "B2"], ["A1", "A2", "A3"])


def test_parties_sold_apart_stay_as_they_were():
    old, new = room_of("._.", "._."), room_of("._.", "._.", first_id=100)
    split = party(1, old, "A1", "A3")

    assert labels(plan_seats([split], Room(new)), split) == ["A1", "A3"]


def test_without_a_seat_from_before_then_it_takes_none_that_is_somebody_elses():
    room = room_of("..")
    left_out = Party(1, (Sitter(50, room[0]),), is_seated=False)

    plan = plan_seats([left_out, party(2, room, "A1")], Room(room))

    assert (plan.seats[1].label, plan.seats[50].label) == ("A1", "A2")


SEAT = st.sampled_from("......PPwclr_")
ROOM = st.lists(st.text(SEAT, min_size=3, max_size=9), min_size=1, max_size=4)


@st.composite
def audiences(draw):
    old = room_of(*draw(ROOM))
    rest, parties = list(old), []
    while rest and draw(st.booleans()):
        start = draw(st.integers(0, len(rest) - 1))
        size = draw(st.integers(1, 4))
        seats, rest = rest[start : start + size], rest[:start] + rest[start + size :]
        parties.append(Party(len(parties), tuple(Sitter(place.id, place) for place in seats)))
    new = room_of(*draw(ROOM), first_id=1000)
    closed = draw(st.sets(st.sampled_from([place.id for place in new]))) if new else set()
    return parties, new, closed, draw(st.booleans())


def connected(places):
    reached, todo = set(), list(places[:1])
    while todo:
        here = todo.pop()
        reached.add(here.id)
        todo += [place for place in places if place.id not in reached and place.is_beside(here)]
    return len(reached) == len(places)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(audiences())
def test_any_room_and_audience_then_the_rules_hold(audience):
    parties, new, closed, apart = audience
    room = Room(new, closed=closed)
    plan = plan_seats(parties, room, apart=apart)
    given_out = [place.id for place in plan.seats.values()]

    # Nobody is lost, nobody is seated twice, no seat is given out twice or although it is closed.
    assert len(given_out) == len(set(given_out))
    assert not set(given_out) & set(closed)
    for one in parties:
        seated = [sitter.key in plan.seats for sitter in one.sitters]
        assert all(seated) if one.key not in plan.left_out else not any(seated)
    for one in (one for one in parties if one.key not in plan.left_out):
        for group in one.groups():
            places = [plan.seats[sitter.key] for sitter in group]
            has_wheelchair = any(sitter.in_wheelchair for sitter in group)
            assert connected(places) or (apart and not has_wheelchair)
            for sitter in group:
                place = plan.seats[sitter.key]
                assert place.rank >= sitter.place.rank
                assert (place.feature == WHEELCHAIR) == sitter.in_wheelchair
                assert place.feature != RESTRICTED or sitter.place.feature == RESTRICTED
                assert place.feature != COMPANION or has_wheelchair or sitter.place.feature == COMPANION
                if sitter.in_wheelchair and any(
                    sitter.place.is_beside(other.place) for other in group if not other.in_wheelchair
                ):
                    assert (
                        any(place.is_beside(other) for other in places if other.feature != WHEELCHAIR)
                        or sum(one.in_wheelchair for one in group) > 1
                    )
    booked = [(sitter.key, one.key) for one in parties for sitter in one.sitters]
    owner = {plan.seats[sitter].id: one for sitter, one in booked if sitter in plan.seats}
    for left, right in room.other_half.items():
        assert owner.get(left) == owner.get(right)


def test_two_hundred_people_in_pairs_then_no_pair_is_parted():
    rows = ["........_........_........"] * 12
    old, new = room_of(*rows), room_of(*["............_............"] * 10, first_id=1000)
    parties = [Party(n, tuple(Sitter(p.id, p) for p in old[2 * n : 2 * n + 2])) for n in range(100)]

    plan = plan_seats(parties, Room(new))

    assert (len(plan.seats), plan.left_out) == (200, {})
    pairs = [[plan.seats[sitter.key] for sitter in one.sitters] for one in parties]
    assert all(left.is_beside(right) for left, right in pairs)
