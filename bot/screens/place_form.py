"""Where a family starts from: a shared location, or a name written down."""

from sqlalchemy.orm import Session

from bot import forms
from bot.aims import FINE, Aim, fine
from bot.forms import Again, Answers, Done, Filled, Form, OldButton, Read, Step
from bot.screens import ways, wording
from childcare import geo, people
from childcare.actors import Actor
from childcare.geo import Place, Point
from childcare.i18n import _, tongue
from childcare.messages import Ask, Button, Message, address
from childcare.people import PlaceKind

MOST_CHOICES = 8


def _ask_home(session: Session, answers: Answers) -> Message:
    match answers.get("kind"):
        case PlaceKind.WORK:
            where = _("Where is work?")
        case PlaceKind.GRANDPARENTS:
            where = _("Where do the grandparents live?")
        case PlaceKind.HOME:
            where = _("Where do you live? I look for places within a 15-minute walk.")
        case _:
            where = _("Near which place shall I look?")
    how = _("Share a location, or write a neighbourhood, street or landmark, like Shuangjing.")
    return Message(f"{where}\n{how}\n{forms.how_to_leave()}", asks=(Ask.LOCATION,))


def _read(session: Session, actor: Actor, text: str, answers: Answers) -> Read:
    found = geo.places_like(text, geo.gazetteer())
    if len(found) == 1:
        return _filled(found[0])
    if found:
        everyone = geo.gazetteer().places
        choices = [
            forms.choice(_name(place), 0, everyone.index(place)) for place in found[:MOST_CHOICES]
        ]
        return Again(Message(_("Which one?"), [*wording.in_rows(choices, 2), [forms.leave()]]))
    return Again(
        Message(
            _(
                "I do not know that place yet. Try the name of a neighbourhood, a street or an"
                " underground station nearby, or share your location."
            )
            + f"\n{forms.how_to_leave()}",
            asks=(Ask.LOCATION,),
        )
    )


def _name(place: Place) -> str:
    return place.en if tongue() == "en" and place.en else place.zh


def _filled(place: Place) -> Filled:
    lat, lng = fine(place.point)
    return Filled([lat, lng], {"label": _name(place)})


def _choose(session: Session, value: int, answers: Answers) -> Read:
    everyone = geo.gazetteer().places
    if not 0 <= value < len(everyone):
        raise OldButton
    return _filled(everyone[value])


def _spot(session: Session, lat: float, lng: float) -> Read:
    return Filled(list(fine(Point(lat, lng))), {"label": _("my location")})


WHERE = Step("where", _ask_home, _read, _choose, _spot)


def _save(session: Session, actor: Actor, answers: Answers) -> Done | Message:
    lat, lng = answers["where"]
    people.save_place(
        session,
        actor,
        kind=PlaceKind(answers["kind"]),
        label=answers["label"],
        lat=lat / FINE,
        lng=lng / FINE,
    )
    text = _("Saved: {place}.", place=answers["label"])
    then = answers.get("then")
    return Done(text, then) if then else Message(text, [[ways.find()], _to_places()])


def _to_places() -> list[Button]:
    return [Button(_("📍 Places"), address("places")), ways.menu()]


def _search(session: Session, actor: Actor, answers: Answers) -> Done:
    lat, lng = answers["where"]
    return Done("", Aim(answers["child_id"], lat, lng).address)


def _search_aim(session: Session, actor: Actor, answers: Answers) -> Done:
    lat, lng = answers["where"]
    return Done("", Aim.read(*answers["aim"]).but(lat=lat, lng=lng).address)


PLACE = Form("place", [WHERE], _save)
ANYWHERE = Form("anywhere", [WHERE], _search)
NEARBY = Form("nearby", [WHERE], _search_aim)
