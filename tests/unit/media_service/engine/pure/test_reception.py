from media_service.engine.pure.reception import PATIENCE, SequenceCount, SourceFilter

NAMED, BESIDE, STRANGER = ("10.0.0.1", 4000), ("10.0.0.1", 4100), ("10.9.9.9", 5000)


def test_the_named_source_is_heard_at_once_and_alone() -> None:
    heard = SourceFilter(NAMED)
    assert heard.accepts(NAMED, 0.0)
    assert not any(heard.accepts(STRANGER, 0.02 * i) or heard.accepts(BESIDE, 0.02 * i) for i in range(20))
    assert heard.target == NAMED


def test_another_source_is_followed_when_it_goes_on() -> None:
    heard = SourceFilter(NAMED)
    assert [heard.accepts(STRANGER, 0.02 * i) for i in range(PATIENCE)] == [False] * (PATIENCE - 1) + [True]
    assert heard.target == STRANGER


def test_the_last_packets_of_an_earlier_far_end_lead_nobody_astray() -> None:
    heard = SourceFilter(NAMED)
    for i in range(PATIENCE - 1):
        assert not heard.accepts(BESIDE, 0.02 * i)
    assert heard.accepts(NAMED, 0.1)
    assert not heard.accepts(BESIDE, 0.12)
    assert heard.target == NAMED


def test_the_named_host_wins_over_strangers_and_its_named_port_over_all() -> None:
    heard = SourceFilter(NAMED)
    for i in range(PATIENCE):
        heard.accepts(STRANGER, 0.01 * i)
    for i in range(PATIENCE):
        heard.accepts(BESIDE, 0.1 + 0.01 * i)
    assert heard.target == BESIDE
    assert not heard.accepts(STRANGER, 0.2)
    assert heard.accepts(NAMED, 0.21)
    assert heard.target == NAMED
    assert not heard.accepts(BESIDE, 0.22)


def test_a_far_end_that_moves_is_followed_after_a_pause() -> None:
    heard = SourceFilter(NAMED)
    heard.accepts(NAMED, 0.0)
    assert [heard.accepts(BESIDE, 1.0 + 0.02 * i) for i in range(PATIENCE)][-1]
    assert heard.target == BESIDE
    heard.release_silent(1.5)
    assert heard.target == BESIDE
    heard.release_silent(5.0)
    assert heard.target == NAMED


def count(*numbers: int, ssrc: int = 1) -> SequenceCount:
    counted = SequenceCount()
    for number in numbers:
        counted.heard(ssrc, number)
    return counted


def test_nothing_is_lost_across_the_wrap_or_out_of_order() -> None:
    assert count(65534, 65535, 0, 2, 1, 3).lost == 0


def test_losses_are_counted() -> None:
    counted = count(10, 11, 14, 15, 19)
    assert (counted.received, counted.lost) == (5, 5)


def test_doubles_never_make_losses_negative() -> None:
    assert count(10, 10, 10, 11).lost == 0


def test_newer_packets_are_told_from_late_and_double_ones() -> None:
    counted = SequenceCount()
    assert [counted.heard(1, number) for number in (5, 7, 6, 7, 8)] == [True, True, False, False, True]


def test_a_new_stream_begins_its_own_count_and_keeps_the_old_losses() -> None:
    counted = count(10, 12)
    for number in (50000, 50001, 50003):
        counted.heard(2, number)
    assert (counted.received, counted.lost) == (5, 2)


def test_a_great_leap_counts_only_when_it_goes_on() -> None:
    counted = count(10, 30000, 11, 12)
    assert counted.lost == 0
    counted = count(10, 11, 30000, 30001, 30002)
    assert counted.lost == 0
    assert counted.heard(1, 30003)
