"""The clock rings at once and then regularly, and one bad ring does not stop it."""

from __future__ import annotations

import threading

from sqlalchemy.exc import OperationalError

from bot.clock import background_clock


def test_it_rings_at_the_start_and_goes_on_after_a_ring_the_database_did_not_take() -> None:
    rings = threading.Semaphore(0)

    def ring() -> None:
        rings.release()
        raise OperationalError("INSERT", {}, Exception("the server was restarted"))

    clock = background_clock(ring, every_s=0.05)
    clock.start()  # type: ignore[no-untyped-call]
    try:
        assert all(rings.acquire(timeout=5) for _ in range(3))
    finally:
        clock.shutdown()  # type: ignore[no-untyped-call]
