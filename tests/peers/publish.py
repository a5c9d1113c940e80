"""The scores -> tests/peers/results.csv and docs/peers.md, every row of it, those that do not flatter too."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

import polars as pl

FIRST, BOTH = "cambridge 2018 → 2019", ("cambridge 2018 → 2019", "cambridge 2019 → 2018")
SCHOOL = "nmecr school, in sample"
CARRIERS = ("electricity", "gas")
OURS, PLAIN = "energibok", "towt"
ORDER = (OURS, "opendsm.daily", "opendsm.hourly", "camber.towt", "camber.rmv2", "camber.caltrack_hourly",
         "camber.caltrack_daily", "camber.cp", PLAIN)  # fmt: skip
NAMES = {OURS: "**Energibok**", PLAIN: "plain TOWT"}


def publish(rows: pl.DataFrame, root: Path) -> list[Path]:
    """Write both files and return their paths."""
    table, page = root / "tests" / "peers" / "results.csv", root / "docs" / "peers.md"
    rows.sort("engine", "group", "carrier", "meter").write_csv(table, float_precision=4)
    page.write_text(written(rows), encoding="utf-8")
    return [table, page]


def written(rows: pl.DataFrame) -> str:
    """Return the page."""
    engines = [e for e in ORDER if rows.filter(pl.col("engine") == e).height]
    parts = [HEAD.format(day=date.today(), machine=machine(), versions=versions(rows))]
    parts += ["## Accuracy, 2019 from 2018", accuracy(rows, engines, FIRST), ACCURACY_NOTE]
    parts += ["## Accuracy, 2018 from 2019", accuracy(rows, engines, BOTH[1])]
    parts += ["## Bands", bands(rows, engines), BANDS_NOTE]
    parts += ["## Time, memory, failures", speed(rows, engines), SPEED_NOTE]
    if rows.filter(pl.col("group") == SCHOOL).height:
        parts += ["## The school of nmecr, in sample", school(rows, engines)]
    parts += ["## Targets", targets(rows)]
    return "\n\n".join(parts) + "\n"


# --- figures -----------------------------------------------------------------------------------------------------


def pick(rows: pl.DataFrame, engine: str, groups: str | Sequence[str], carrier: str | None = None) -> pl.DataFrame:
    """Return the rows of an engine, of one group or several, of one carrier or all."""
    wanted = [groups] if isinstance(groups, str) else list(groups)
    found = rows.filter(pl.col("engine") == engine, pl.col("group").is_in(wanted))
    return found.filter(pl.col("carrier") == carrier) if carrier else found


def median(found: pl.DataFrame, column: str) -> float | None:
    """Return the median of a column, None without a value."""
    value = found[column].drop_nulls().drop_nans().median()
    return None if value is None else float(value)  # type: ignore[arg-type]


def against(
    rows: pl.DataFrame, engine: str, other: str, groups: str | Sequence[str], carrier: str, column: str
) -> float | None:
    """Return the median over meters of the ratio of an error to that of another engine on the same meter and pair."""
    keys = ["group", "meter"]
    mine, theirs = (pick(rows, e, groups, carrier).select(*keys, column).drop_nulls() for e in (engine, other))
    both = mine.join(theirs, on=keys, suffix="_other")
    return None if both.is_empty() else median(both.select(ratio=pl.col(column) / pl.col(f"{column}_other")), "ratio")


def size(found: pl.DataFrame, how: str) -> float | None:
    """Return the median or mean of |NMBE| [%]."""
    values = found["nmbe_pct"].drop_nulls().abs()
    value = values.median() if how == "median" else values.mean()
    return None if value is None else float(value)  # type: ignore[arg-type]


def shown(value: float | None, digits: int = 1) -> str:
    """Return a number, or a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    rule = ["---"] + ["---:"] * (len(heads) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (heads, rule, *lines))


def named(engine: str) -> str:
    """Return how an engine is called on the page."""
    return NAMES.get(engine, engine)


def accuracy(rows: pl.DataFrame, engines: Sequence[str], group: str) -> str:
    """Return the table of medians out of sample, and of ratios to the plain model meter by meter."""
    heads = ["engine", *(f"{c} {what}" for c in ("el", "gas") for what in
             ("hourly", "daily", "abs NMBE median", "abs NMBE mean", "× TOWT hourly", "× TOWT daily"))]  # fmt: skip
    lines = []
    for engine in engines:
        cells = [named(engine)]
        for carrier in CARRIERS:
            found = pick(rows, engine, group, carrier)
            cells += [shown(median(found, c)) for c in ("cvrmse_hourly_pct", "cvrmse_daily_pct")]
            cells += [shown(size(found, how)) for how in ("median", "mean")]
            cells += [shown(against(rows, engine, PLAIN, group, carrier, c), 2)
                      for c in ("cvrmse_hourly_pct", "cvrmse_daily_pct")]  # fmt: skip
        lines.append(cells)
    return table(heads, lines)


def bands(rows: pl.DataFrame, engines: Sequence[str]) -> str:
    """Return the table of what the 90 % bands did on the placebo pairs."""
    heads = ["engine", "pairs", "covers", "covers el", "covers gas", "half-width el", "half-width gas",
             "interval score el", "interval score gas", "interval score all"]  # fmt: skip
    lines = []
    for engine in engines:
        found = pick(rows, engine, BOTH).drop_nulls("covers")
        parts = [found.filter(pl.col("carrier") == c) for c in CARRIERS]
        cells = [named(engine), str(found.height), share(found), *(share(p) for p in parts)]
        cells += [shown(median(p, "half_width_pct")) for p in parts]
        cells += [shown(mean(p, "interval_score_pct")) for p in (*parts, found)]
        lines.append(cells)
        if found["covers_mended"].drop_nulls().len():
            mended = found.drop_nulls("covers_mended")
            if engine == "opendsm.hourly":
                lines.append([f"{engine}, t as documented", str(mended.height), share(mended, "covers_mended"),
                              *(share(p, "covers_mended") for p in parts),
                              *(shown(median(p, "half_width_mended_pct")) for p in parts), "–", "–", "–"])  # fmt: skip
    return table(heads, lines)


def share(found: pl.DataFrame, column: str = "covers") -> str:
    """Return how many bands hold the metered year, and which share that is."""
    held, n = int(found[column].sum()), found.height
    return "–" if not n else f"{held} of {n} ({100 * held / n:.0f} %)"


def mean(found: pl.DataFrame, column: str) -> float | None:
    """Return the mean of a column, None without a value."""
    value = found[column].drop_nulls().mean()
    return None if value is None else float(value)  # type: ignore[arg-type]


def speed(rows: pl.DataFrame, engines: Sequence[str]) -> str:
    """Return the table of processor seconds, memory and failures over all cases."""
    heads = ["engine", "cases", "fit s, median", "fit s, longest", "predict s, median", "peak MB", "no result",
             "crash mended", "disqualified"]  # fmt: skip
    lines = []
    for engine in engines:
        found = rows.filter(pl.col("engine") == engine)
        numbers = [shown(median(found, "fit_s"), 2), shown(largest(found, "fit_s"), 2)]
        numbers += [shown(median(found, "predict_s"), 3), shown(largest(found, "peak_mb"), 0)]
        counts = [
            str(found.filter(pl.col(c).fill_null("") != "").height) for c in ("failed", "crashed", "disqualified")
        ]
        lines.append([named(engine), str(found.height), *numbers, *counts])
    return table(heads, lines)


def largest(found: pl.DataFrame, column: str) -> float | None:
    """Return the largest value of a column, None without a value."""
    value = found[column].drop_nulls().max()
    return None if value is None else float(value)  # type: ignore[arg-type]


def school(rows: pl.DataFrame, engines: Sequence[str]) -> str:
    """Return the table of the school, whose only year every engine has seen."""
    lines = []
    for engine in engines:
        for row in pick(rows, engine, SCHOOL).iter_rows(named=True):
            told = row["failed"] or row["disqualified"] or ("crash mended" if row["crashed"] else "")
            lines.append([named(engine), shown(row["cvrmse_hourly_pct"]), shown(row["cvrmse_daily_pct"]),
                          shown(row["nmbe_pct"], 2), told])  # fmt: skip
    return table(["engine", "hourly", "daily", "NMBE", "remark"], lines)


# --- targets -----------------------------------------------------------------------------------------------------


def targets(rows: pl.DataFrame) -> str:
    """Return the table of what was aimed at, what came out, and whether it was met."""
    el, gas = (pick(rows, OURS, FIRST, c) for c in CARRIERS)
    pairs = pick(rows, OURS, BOTH).drop_nulls("covers")
    cover = 100.0 * float(pairs["covers"].mean() or 0.0)
    peers = [e for e in ORDER if e not in (OURS, PLAIN) and rows.filter(pl.col("engine") == e).height]
    lines = []

    def line(what: str, found: float | None, limit: float, digits: int = 1) -> None:
        met = "–" if found is None else "met" if found <= limit else "**missed**"
        lines.append([what, f"≤ {limit:.{digits}f}", shown(found, digits), met])

    line("el, median CV(RMSE) hourly, %", median(el, "cvrmse_hourly_pct"), 20.0)
    line("el, median CV(RMSE) daily, %", median(el, "cvrmse_daily_pct"), 15.0)
    line("gas, median CV(RMSE) hourly, %", median(gas, "cvrmse_hourly_pct"), 39.0)
    line("gas, median CV(RMSE) daily, %", median(gas, "cvrmse_daily_pct"), 20.0)
    for carrier, word in zip(CARRIERS, ("el", "gas"), strict=True):
        for column in ("hourly", "daily"):
            ratio = against(rows, OURS, PLAIN, FIRST, carrier, f"cvrmse_{column}_pct")
            line(f"{word}, {column} error / plain TOWT, median", ratio, 0.88, 2)
    line("gas, daily error / opendsm.daily, median",
         against(rows, OURS, "opendsm.daily", FIRST, "gas", "cvrmse_daily_pct"), 0.93, 2)  # fmt: skip
    for how in ("median", "mean"):
        for carrier, word in zip(CARRIERS, ("el", "gas"), strict=True):
            best = [s for e in peers if (s := size(pick(rows, e, FIRST, carrier), how)) is not None]
            if best:
                line(f"{word}, {how} abs NMBE, no worse than the best peer, %",
                     size(pick(rows, OURS, FIRST, carrier), how), min(best), 2)  # fmt: skip
    met = "met" if 85 <= cover <= 95 else "**missed**"
    lines.append(["coverage of the placebo pairs, %", "85 to 95", shown(cover), met])
    for carrier, word, limit in zip(CARRIERS, ("el", "gas"), (15.0, 12.0), strict=True):
        line(f"{word}, median half-width, %", median(pick(rows, OURS, BOTH, carrier), "half_width_pct"), limit)
    scores = {e: mean(pick(rows, e, BOTH), "interval_score_pct") for e in (OURS, PLAIN, *peers)}
    others = [s for e, s in scores.items() if e != OURS and s is not None]
    if others and scores[OURS] is not None:
        line("interval score, lowest of all, %", scores[OURS], min(others))
    mine = rows.filter(pl.col("engine") == OURS)
    line("fit with choice of features, processor s a meter-year, median", median(mine, "fit_s"), 0.5, 2)
    line("peak memory, MB", largest(mine, "peak_mb"), 300, 0)
    line("crashes", float(mine.filter(pl.col("failed").fill_null("") != "").height), 0, 0)
    return table(["target", "limit", "found", ""], lines)


# --- words -------------------------------------------------------------------------------------------------------


def machine() -> str:
    """Return the class of machine, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, one thread an engine"


def versions(rows: pl.DataFrame) -> str:
    """Return the version of every package that was run."""
    first = rows.filter(pl.col("version") != "").group_by("engine").agg(pl.col("version").first())
    known = dict(first.iter_rows())
    packages = {"opendsm": "opendsm.daily", "camber-toolkit": "camber.towt"}
    told = [f"{name} {known[engine]}" for name, engine in packages.items() if engine in known]
    return ", ".join([f"Energibok {version('energibok')}", *told])


HEAD = """# Energibok and its peers on the same meters

Written by `make bench-peers` on {day}: {versions}; {machine}. Do not edit: run it again. Per meter:
[tests/peers/results.csv](../tests/peers/results.csv).

Every engine fits one year of a real meter and predicts another year it has not seen, from outdoor temperature alone.
Thirty-four meters of thirty university buildings (EECi, University of Cambridge, DOI 10.5281/zenodo.10955332; weather
Met Office MIDAS Open, Bedford), 16 of electricity and 18 of gas for heating; no project is known, so predicted minus
metered is a placebo saving. Left out before anything was scored: gas b75, a copy of b74, and electricity b12 and b49,
whose total of 2019 lies outside 3/5 to 5/3 of that of 2018. Flagged hours are missing.

How the peers are run: temperatures in °F, which both take without asking; local time; zeros are real
(`is_electricity_data=False`, `fuel="gas"`). `opendsm` 1.2.7 needs `multimethod<2` to be imported at all, and where its
hourly fit rejects its own metrics (`num_model_params` 0) it is fitted once more with one parameter at least, counted
below. A model a peer disqualifies, or would decline for extrapolation, is scored all the same. Errors are percentages,
medians over meters."""
ACCURACY_NOTE = """*× TOWT* is the median over meters of the error divided by that of the plain time-of-week and
temperature model on the same meter. Engines that predict days have no hourly error. Energibok is told which way time
goes: of the year after the one it predicts it weighs the beginning most, and takes the level of its beginning. The
others have no such notion."""
BANDS_NOTE = """Both pairs of years. A band of 90 % should hold the metered year in nine cases of ten, and be no wider
than it must: the interval score (Gneiting and Raftery 2007) is the width plus 20 times what falls outside, in per cent
of the metered year, mean over pairs; lower is better. Half-widths are medians. The bands are each engine's own:
opendsm and camber Guideline 14 with lag-1 memory (opendsm daily with the polynomial of Sun and Baltazar), the plain
model the same. None of them claims to hold what a building changes by itself from one year to the next, and that is
most of the difference. The drift in Energibok's bands is calibrated on meters of this same set: for each meter it is
calibrated anew on the other buildings, so that no building has a say in its own band."""
SPEED_NOTE = """Seconds are of the processor, one thread, since the machine was shared; opendsm's hold the making of its
data classes. The longest fit holds what is compiled at first use. Memory is the peak of the engine's own process. Where
an engine has fewer cases than the others, the run ended before it was through. A peer that disqualifies a meter is
scored all the same; Energibok gives no figure then, and its medians are those of the other meters."""
