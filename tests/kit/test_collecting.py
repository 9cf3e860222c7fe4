"""The collector of garbage is one for the process: works that overlap must leave it as they found it."""

import gc
from contextlib import ExitStack

from app.kit.collecting import few_collections, pass_over_what_is_here


def test_the_collector_looks_as_before_when_the_last_of_several_works_ends() -> None:
    before, first, second = gc.get_threshold(), ExitStack(), ExitStack()
    first.enter_context(few_collections())
    second.enter_context(few_collections())
    first.close()
    during = gc.get_threshold()
    second.close()

    assert before != during
    assert before == gc.get_threshold()


def test_the_collector_passes_over_what_a_process_was_loaded_with() -> None:
    loaded: list[list[object]] = [[]]
    try:
        pass_over_what_is_here()
        looked_at = gc.get_objects()

        assert not any(each is loaded for each in looked_at)
    finally:
        gc.unfreeze()
