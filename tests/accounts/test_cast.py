"""The cast of every test is who the application would take them for."""

from app.accounts import queries


def test_everybody_acts_as_the_application_says(session, cast):
    assert {name: queries.actor_of_user(session, person.id) for name, person in cast.items()} == {
        name: person.actor for name, person in cast.items()
    }
