"""Which project roles are chosen: the difference survives what others do, and nothing is said of the rest."""

from collections.abc import Iterable

from zitadel_tui.core.projects import Project, ProjectRoles
from zitadel_tui.tui.dialogs.project_selection import ProjectsOfOne, ProjectsOfSeveral
from zitadel_tui.tui.dialogs.role_selection import OfOne
from zitadel_tui.tui.format.lines import Part
from zitadel_tui.zitadel.wire.projects import UserGrant

BILLING, CRM = "1", "2"


def grant(*roles: str, project: str = BILLING, user_id: str = "") -> UserGrant:
    name = {BILLING: "Billing", CRM: ""}[project]
    return UserGrant(f"9{project}", role_keys=roles, user_id=user_id, project_id=project, project_name=name)


def of(selection: ProjectsOfOne, project: str = BILLING) -> OfOne:
    choice = selection.of(project)
    assert choice is not None
    return choice


def text(parts: Iterable[Part]) -> str:
    return "".join(part if isinstance(part, str) else part[0] for part in parts)


def test_nothing_can_be_chosen_before_it_is_known_what_is_there() -> None:
    selection = ProjectsOfOne()
    assert (selection.known, selection.of(BILLING), selection.changed) == (False, None, False)
    assert not selection.read([grant("viewer", "viewer")]), "nothing was seen before"
    assert of(selection).seen == ("viewer",)
    assert of(selection, CRM).seen == ()
    assert not selection.changed


def test_what_others_do_is_reported_and_the_difference_stays_on_top_of_it() -> None:
    selection = ProjectsOfOne([grant("viewer", "clerk")])
    of(selection).toggle("clerk")
    of(selection, CRM).toggle("leads.read")
    assert not selection.read([grant("clerk", "viewer")]), "in another order they are the same"
    assert selection.read([grant("clerk", "admin")])
    assert of(selection).wanted == ("admin",)
    assert selection.read([]), "all were removed"
    assert (of(selection).seen, of(selection).wanted) == ((), ())
    assert of(selection, CRM).wanted == ("leads.read",)


def test_the_difference_is_reported_by_project() -> None:
    selection = ProjectsOfOne([grant("viewer", "clerk"), grant("leads.read", project=CRM)])
    assert selection.then() == []
    of(selection).toggle("clerk")
    of(selection).toggle("admin")
    assert text(selection.then()) == "Billing  + admin  − clerk"
    of(selection, CRM).toggle("leads.read")
    assert text(selection.then()) == f"Billing  + admin  − clerk  {CRM}  − leads.read"


def test_what_was_chosen_for_a_user_who_does_not_exist_yet_comes_back() -> None:
    billing = Project(BILLING, "Billing", owner="Globex")
    chosen = (ProjectRoles(billing, ("viewer", "clerk")), ProjectRoles(Project(CRM, "CRM"), ("leads.read",)))
    selection = ProjectsOfOne.of_nobody(chosen)
    assert text(selection.then()) == "Billing  + clerk  + viewer  CRM  + leads.read"
    back = selection.chosen({BILLING: billing})
    assert [(one.project, set(one.roles)) for one in back] == [
        (billing, {"viewer", "clerk"}),
        (Project(CRM, "CRM"), {"leads.read"}),
    ]
    of(selection, CRM).toggle("leads.read")
    assert [one.project for one in selection.chosen({})] == [Project(BILLING, "Billing")]


def test_of_several_a_project_is_chosen_from_when_it_was_read_and_the_choice_stays() -> None:
    selection = ProjectsOfSeveral(["a", "b"])
    assert (selection.of(BILLING), selection.now(80)) == (None, [])
    selection.names[BILLING] = "Billing"
    selection.read(BILLING, [grant("viewer", user_id="a"), grant("viewer", user_id="c")])
    choice = selection.of(BILLING)
    assert choice is not None
    assert choice.users == {"a": ("viewer",), "b": ()}
    assert (choice.note("viewer"), selection.leaving()) == ("1 of 2", [])
    choice.toggle("viewer")
    choice.toggle("viewer")
    assert selection.leaving() == ["1 user without roles in Billing"]
    selection.read(BILLING, [])
    assert selection.of(BILLING) is choice
    assert selection.changed
