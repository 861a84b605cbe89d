"""Whatever people wrote: what is exported natively comes back elsewhere, and goes out again byte for byte."""

from itertools import count

from hypothesis import HealthCheck, given, settings

from app.exports.service import restore_native
from tests.cast import Place, a_project
from tests.exports.conftest import a_place
from tests.exports.natives import WORLDS, native_of, store_world

ROUND = count(1)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(world=WORLDS)
def test_what_comes_back_goes_out_again_byte_for_byte(
    database, elsewhere, session, app_settings, cast, tmp_path, world
):
    slug = f"project-{next(ROUND)}"
    people = [cast[name] for name in ("Ed", "Eve", "Rae", "Ron")]
    project = a_project(session, slug, cast["Mona"])
    store_world(session, Place(project.id, slug, project.name), people, world)
    session.commit()
    session.expunge_all()
    sent = native_of(database, app_settings, slug, tmp_path / slug)

    a_place(elsewhere, slug)
    restored = restore_native(elsewhere, tmp_path / slug, project=slug, email=None)

    assert restored.faults == []
    assert native_of(elsewhere, app_settings, slug, tmp_path / f"{slug}-again") == sent
    assert restored.works == sent.count(b"\n") == sum(len(works) for _, works in world)
