"""Long-term places that come free at two nurseries at once, where one child waits at both."""

from datetime import date

from flask import Flask

from childcare import enrolments, waitlist
from childcare.institutions import CareForm
from childcare.waitlist import Ask
from tests.build import NOON, TODAY, director
from tests.childcare.racing import Command, Nursery, acting, done, enrolling, sabotage, together
from tests.childcare.waitlist_racing import states_of

# Beyond what is opened: no stays are written, by which offers would exclude one another.
MARCH = date(2027, 3, 1)
# Each of the two promotions has made its offer before either commits.
LINGER = (
    "CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END'",
    "CREATE TRIGGER linger AFTER INSERT ON waitlist_offer FOR EACH ROW EXECUTE FUNCTION linger()",
)


def applying(nursery: Nursery, who: int, *also: Nursery) -> Command:
    actor, child = nursery.parents[who]
    places = (nursery.institution.id, *(other.institution.id for other in also))
    ask = Ask((child.id,), places, CareForm.FULL_DAY, from_month=MARCH, weekdays=(1, 2, 3, 4, 5))
    return lambda s: waitlist.join(s, actor, ask=ask, now=NOON)[0]


def ending(nursery: Nursery, enrolment_id: int) -> Command:
    boss = director(nursery.institution.id)
    return lambda s: enrolments.end(s, boss, enrolment_id=enrolment_id, on=TODAY, now=NOON)


def freed_at_both(app: Flask) -> list[list[str]]:
    """The offers of two children, first and second in line at both nurseries."""
    here, there = Nursery.founded(families=4), Nursery.founded(families=0)
    there.parents = here.parents
    at_here, at_there = done(enrolling(here, 2)), done(enrolling(there, 3))
    entries = [done(applying(here, who, there)) for who in (0, 1)]
    sabotage(*LINGER)
    answers = together(app, *acting(ending(here, at_here), ending(there, at_there)))
    assert answers == [at_here, at_there]
    return [states_of(entry) for entry in entries]


def test_long_term_places_free_at_two_nurseries_are_one_offer_for_a_child(app: Flask) -> None:
    assert freed_at_both(app) == [["open"], ["open"]]


def test_control_without_the_constraint_a_child_is_offered_both(app: Flask) -> None:
    sabotage("DROP INDEX uq_waitlist_offer_long_term")
    assert freed_at_both(app) == [["open", "open"], []]
