"""Whether the meters named in [[store]] can be what they are said to be: one meter, one role, one store."""

from __future__ import annotations

from collections.abc import Iterator

from flows.settings.model import MeteringPoint, Settings
from flows.settings.store import STORE_ROLES, StoreTable

__all__ = ["doubtful_meters", "lacking_meters", "wrong_meters"]

Wrong = tuple[str, str, str]  # key of the settings, what was found, what is allowed

SHARED = frozenset({"source"})  # heat that is thrown away may be within reach of several stores
ALIKE = frozenset({"discharge", "heat_pump_heat"})  # all that is delivered may be the heat pump's
# what a meter of this use can be in a store
ROLES_OF = {"charge": {"charge"}, "discharge": {"discharge", "store_out", "heat_pump_heat"}}
POWER = ("electricity", "electric_heater")


def wrong_meters(settings: Settings) -> Iterator[Wrong]:
    """Yield (key, found, allowed) in Swedish for the meters that would give energy twice, or of something else."""
    points = {point.id: point for point in settings.metering_point}
    mains = {c.metering_point for c in settings.contract} & {p.parent for p in settings.metering_point if p.parent}
    for n, store in enumerate(settings.store, start=1):
        yield from _twice(n, store)
        for role in STORE_ROLES:
            for meter in getattr(store, role):
                if meter in points:
                    yield from _unfit(f"store[{n}].{role}", role, store, points[meter], mains)
        for m, other in enumerate(settings.store[: n - 1], start=1):
            yield from _between(n, store, m, other)


def doubtful_meters(settings: Settings) -> Iterator[str]:
    """Yield in Swedish stores with all the electricity bought, and meters whose `use` is another role's."""
    yield from _of_another_role(settings)
    priced = {c.metering_point for c in settings.contract}
    for n, store in enumerate(settings.store, start=1):
        bought = {p.id for p in settings.metering_point
                  if p.facility == store.facility and p.carrier == "electricity" and p.id in priced}  # fmt: skip
        for meter in store.electricity:
            if bought == {meter}:
                yield (
                    f"store[{n}].electricity: {meter} är den enda elmätaren med avtal i {store.facility}, så all köpt"
                    f" el räknas som {store.name}s. Mäter den mer än lagret, ange en undermätare"
                )


def _of_another_role(settings: Settings) -> Iterator[str]:
    uses = {point.id: point.use for point in settings.metering_point}
    for n, store in enumerate(settings.store, start=1):
        for role in STORE_ROLES:
            for meter in getattr(store, role):
                use = uses.get(meter)
                if use in ROLES_OF and role not in ROLES_OF[use]:
                    yield (
                        f"store[{n}].{role}: {meter} står under {role}, men dess [[metering_point]] säger use ="
                        f' "{use}". En av raderna är fel: rätta den, annars kan laddning och urladdning vara omkastade'
                    )


def lacking_meters(settings: Settings) -> Iterator[str]:
    """Yield in Swedish what cannot be judged of a store for want of a line in [[store]], and the line that tells it."""
    for n, store in enumerate(settings.store, start=1):
        for key, what, lost in _lacking(store):
            value = '"mätpunktens id"' if key == "displaces" else '["mätpunktens id"]'
            yield (
                f"store[{n}].{key}: {what} är inte angiven för {store.name}. Då kan inte bedömas: {lost}. Lägg till "
                f"raden {key} = {value} under [[store]], om den mäts"
            )


def _lacking(store: StoreTable) -> Iterator[tuple[str, str, str]]:
    """Yield (key, what it is, what cannot be judged without it) of a store."""
    balance = "balans, förluster och verkningsgrad"
    if not store.discharge:
        worth = "vad lagret levererar och är värt, när det lönar sig och dess bästa drift"
        yield "discharge", "mätaren för urladdning", worth if store.store_out else f"{balance}, {worth}"
    if not store.charge:
        yield "charge", "mätaren för laddning", balance
    if store.has_heat_pump and not store.electricity:
        yield "electricity", "mätaren för lagrets el", "värmefaktor, elkostnad och netto"
    if store.kind != "battery" and not store.displaces:
        yield "displaces", "mätpunkten för den köpta energi som lagret ersätter", "vad lagret är värt, i kronor"


def _twice(n: int, store: StoreTable) -> Iterator[Wrong]:
    """Yield the meters that a store names more than once."""
    seen: dict[str, str] = {}
    for role in STORE_ROLES:
        for meter in dict.fromkeys(getattr(store, role)):
            before = seen.setdefault(meter, role)
            if (before != role and {before, role} != ALIKE) or getattr(store, role).count(meter) > 1:
                allowed = f"en annan mätpunkt än under {before}: samma mätare kan inte mäta två saker i ett lager"
                yield f"store[{n}].{role}", meter, allowed
    if store.displaces in seen:
        allowed = f"den köpta energi som lagret ersätter, inte lagrets egen mätare under {seen[str(store.displaces)]}"
        yield f"store[{n}].displaces", str(store.displaces), allowed


def _unfit(key: str, role: str, store: StoreTable, point: MeteringPoint, mains: set[str]) -> Iterator[Wrong]:
    """Yield why a metering point cannot have a role of a store: another facility's, another carrier's, a main meter."""
    if point.facility != store.facility:
        yield key, f"{point.id} (anläggning {point.facility})", f"en mätpunkt i lagrets anläggning, {store.facility}"
    if role in POWER and point.carrier not in ("electricity", "other"):
        yield key, f"{point.id} ({point.carrier})", "en mätpunkt med carrier electricity"
    if point.id in mains:
        allowed = (
            "en undermätare som bara mäter lagret; huvudmätaren med avtal mäter allt under sig, och allt skulle räknas"
            " som lagrets"
        )
        yield key, f"{point.id} ({point.name}), en huvudmätare med avtal och undermätare", allowed


def _between(n: int, store: StoreTable, m: int, other: StoreTable) -> Iterator[Wrong]:
    """Yield the meters that two stores cannot both have: one in the same role, or charge and discharge mirrored."""
    crossed = set(store.charge) & set(other.discharge), set(store.discharge) & set(other.charge)
    if all(crossed):
        found = f"{', '.join(sorted(crossed[0]))} och {', '.join(sorted(crossed[1]))}"
        allowed = (
            f"laddning och urladdning åt ett håll: store[{m}] ({other.id}) har samma två mätare omkastade, så den ena"
            " av dem är fel"
        )
        yield f"store[{n}].charge och discharge", found, allowed
    for role in STORE_ROLES:
        for meter in sorted(set(getattr(store, role)) & set(getattr(other, role))):
            if role not in SHARED:
                allowed = (
                    f"en mätpunkt för sig: den är redan {role} i store[{m}] ({other.id}), och räknas då två gånger"
                )
                yield f"store[{n}].{role}", meter, allowed
