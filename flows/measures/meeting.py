"""Which done measures and projects show on the same meters: whose months one ends, and which of several is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from energy.measures.verification import CANNOT
from flows.settings.load import Project, Settings

__all__ = ["Done", "Meeting"]


@dataclass(frozen=True)
class Done:
    """A measure that is said to be done: from which day, with what promise [SEK a year], on which meters."""

    measure_key: str
    facility: str
    measure_id: str
    start_on: date
    promised_sek: float | None
    title: str
    one_off: bool
    points: tuple[str, ...]
    point: str | None = None  # whose contract it changes, where it changes no load


@dataclass(frozen=True)
class Meeting:
    """The done measures of one facility beside each other and beside its projects."""

    settings: Settings
    done: Sequence[Done]

    def same_meter(self, one: Done) -> list[Done]:
        """Return the other measures whose change shows on a meter of this one: on it, or on a meter below it."""
        others = [d for d in self.done if d is not one]
        if not one.points:
            return [d for d in others if not d.points and d.point == one.point]
        return [d for d in others if self._above(d.points) & set(one.points)]

    def changes(self, one: Done) -> tuple[date | None, date | None]:
        """Return the day of the last change before a measure on its meters, and of the first after it."""
        before = [d.start_on for d in self.same_meter(one) if d.start_on < one.start_on]
        after = [d.start_on for d in self.same_meter(one) if d.start_on > one.start_on]
        projects = [project.reporting_from for project in self._projects(one)]
        before += [on for on in projects if on < one.start_on]
        after += [on for on in projects if on > one.start_on]
        return max(before, default=None), min(after, default=None)

    def _projects(self, one: Done) -> list[Project]:
        """Return the projects that change what a meter of the measure shows."""
        return [project for project in self.settings.project if not project.placebo and self._touches(project, one)]

    def _above(self, points: Sequence[str]) -> set[str]:
        """Return the points and every meter above them."""
        parents = {m.id: m.parent for m in self.settings.metering_point}
        found: set[str] = set()
        for point in points:
            at: str | None = point
            while at is not None and at not in found:
                found.add(at)
                at = parents.get(at)
        return found

    def _holds(self, project: Project, one: Done) -> bool:
        """Return whether a project's boundary holds a meter of the measure, so that its saving is part of both."""
        return bool(self._above(one.points) & {*project.boundary_meters, *project.own_meters})

    def _touches(self, project: Project, one: Done) -> bool:
        """Return whether a project changes what a meter of the measure shows."""
        changed = self._above([*project.boundary_meters, *project.own_meters])
        return self._holds(project, one) or bool(changed & set(one.points))

    def together(self, one: Done) -> str | None:
        """Return why a measure is not counted by itself: another began the same day, on the same meter or one above.

        A project counts before any measure.

        The figure stands at the measure of the meter that holds the others, of one meter at the largest promise.
        """
        started = [project.name for project in self._projects(one) if project.reporting_from == one.start_on]
        if started:
            beside = f"projektet «{started[0]}», som började samma dag på samma mätare"
            return f"{CANNOT} för sig: mäts tillsammans med {beside}"
        nested = [d for d in self.done if d is not one and one.points and self._above(one.points) & set(d.points)]
        same = [d for d in [*self.same_meter(one), *nested] if d.start_on == one.start_on]
        first = min([one, *same], key=lambda d: (self._depth(d), -(d.promised_sek or 0.0), d.measure_key))
        if not same or first is one:
            return None
        return f"{CANNOT} för sig: mäts tillsammans med «{first.title}», som började samma dag på samma mätare"

    def _depth(self, one: Done) -> int:
        """Return how many meters lie above the measure's, the nearest to the main counting."""
        return min((len(self._above([point])) for point in one.points), default=0)

    def overlaps(self, one: Done) -> str:
        """Return in Swedish what else the figure is part of, or holds; "" where it stands alone."""
        said = []
        for project in self.settings.project:
            inside = project.reporting_from <= one.start_on < project.reporting_to
            if inside and not project.placebo and self._holds(project, one):
                said.append(f"Ingår också i besparingen för projektet {project.name}: räknas inte ihop.")
        for other in self.same_meter(one):
            if other.start_on == one.start_on:
                said.append(f"Började samma dag som «{other.title}» på samma mätare: de mäts tillsammans, en gång.")
            else:
                said.append(f"Samma mätare som «{other.title}» ({other.start_on}): var och en räknas i sin egen tid.")
        return " ".join(said)
