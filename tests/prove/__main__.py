"""`make prove`: hundreds buy at once while servers die around them; then the books are judged.

SECONDS (300), BUYERS (200) and SEED (of the day) may be set in the environment. With CONTROL=1 the shop has no lock, no
constraint and no holds, and the run succeeds when it has sold a seat twice: the fire is hot enough to tell.
"""

import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.prove.servers import House

SHOWTIMES = 3  # that take place; one more is called off


def main() -> int:
    seconds = int(os.environ.get("SECONDS") or 300)
    buyers = int(os.environ.get("BUYERS") or 200)
    seed = os.environ.get("SEED") or time.strftime("%Y-%m-%d")
    folder = Path(tempfile.mkdtemp(prefix="moviebooking-prove-"))
    folder.chmod(0o711)  # PostgreSQL may run as another user, who has to pass through
    print(f"{buyers} buyers, {seconds} seconds under fire, seed {seed}. Logs: {folder}", flush=True)
    house = House(folder)
    try:
        house.open()
        is_clean = sell(house, seconds=seconds, buyers=buyers, seed=seed)
    finally:
        house.close()
    if is_clean:
        shutil.rmtree(folder)
    else:
        print(f"\nSomething is wrong. The logs of this run are kept in {folder}")
    return 0 if is_clean else 1


def sell(house: House, *, seconds: int, buyers: int, seed: str) -> bool:
    """One sale from the opening of the doors to the verdict; whether all is well."""
    os.environ.update(house.environ)
    import django

    django.setup()
    from bookings.demo.people import PASSWORD
    from tests.prove import aftermath, careless, faults, programme
    from tests.prove.buyers import log_in_for_real
    from tests.prove.report import report
    from tests.prove.tally import Tally

    if os.environ.get("CONTROL"):
        careless.drop_constraint()
    tally, closing = Tally(), threading.Event()
    showtimes = programme.create_showtimes(SHOWTIMES + 1)
    cookies = programme.create_buyers(buyers)
    django.db.connection.close()
    house.open_doors()
    log_in_for_real(house.url, "buyer0001@example.com", PASSWORD)
    crowd = send_in(house, cookies, showtimes, seed=seed, tally=tally, closing=closing)
    faults.play(house, seconds=seconds * 2 / 3, seed=seed, tally=tally)
    programme.call_off(showtimes[-1])
    tally.fault("showtime called off")
    faults.play(house, seconds=seconds / 3, seed=f"{seed}-again", tally=tally)
    closing.set()
    faults.calm(house)
    for person in crowd:
        person.join()
    end = aftermath.settle(house)
    is_clean = report(house, end, tally)
    return bool(end.verdict.seats_sold_twice) if os.environ.get("CONTROL") else is_clean


def send_in(house: House, cookies: list, showtimes: list[int], *, seed: str, tally, closing) -> list:
    from tests.prove.buyers import Buyer

    crowd = []
    # The shop, the buyers and the stand-in share one machine: many buyers take their time.
    pace = max(1, len(cookies) / 50)
    for number, cookie in enumerate(cookies):
        buyer = Buyer(number, url=house.url, cookies=cookie, showtimes=showtimes, seed=seed, tally=tally, pace=pace)
        crowd.append(threading.Thread(target=buyer.shop_until, args=[closing], daemon=True))
    for person in crowd:
        person.start()
    return crowd


if __name__ == "__main__":
    sys.exit(main())
