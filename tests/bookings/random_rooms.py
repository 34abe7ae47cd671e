"""Rooms of any shape and any audience, for properties."""

from hypothesis import strategies as st

from tests.bookings.drawn_rooms import drawn_room

# More often a seat than anything else, or nobody could sit together.
ROW = st.lists(st.sampled_from("......xxP_wclr"), min_size=1, max_size=12).map("".join)


@st.composite
def rooms(draw, rows=ROW):
    drawing = draw(st.lists(rows, min_size=1, max_size=5))
    room = drawn_room(*drawing)
    return room if room.places else drawn_room("..")


@st.composite
def rooms_with_a_choice(draw):
    """Some free seats, in a row or anywhere."""
    room = draw(rooms(st.lists(st.sampled_from("........xPlw_"), min_size=1, max_size=12).map("".join)))
    free = [place for place in room.places.values() if place.id in room.free] or list(room.places.values())
    room.free |= {place.id for place in free}
    first = draw(st.integers(0, len(free) - 1))
    size = draw(st.integers(1, 5))
    scattered = draw(st.lists(st.sampled_from(free), max_size=2))
    return room, list({place.id: place for place in [*free[first : first + size], *scattered]}.values())
