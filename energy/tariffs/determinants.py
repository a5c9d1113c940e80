"""The registry of determinants: method name -> how a load becomes the quantity a bill is computed on.

A new method is one small function with its settings and one row here; new prices are data only.
"""

from __future__ import annotations

from collections.abc import Mapping

from energy.tariffs import powers, volumes
from energy.tariffs.period import Determinant

_ALL = (
    Determinant("fixed", "fixed", "st", "Fast avgift, oberoende av lasten.", volumes.NoSettings, volumes.fixed),
    Determinant(
        "billed_energy_kwh", "billed_energy_kwh", "kWh",
        "Periodens energi, alla timmar eller delad på höglasttid och övrig tid.",
        volumes.EnergySettings, volumes.billed_energy_kwh,
    ),
    Determinant(
        "spot_energy", "billed_energy_kwh", "kWh",
        "Periodens energi, varje timme till sitt spotpris.",
        volumes.NoSettings, volumes.spot_energy, priced_per="spot",
    ),
    Determinant(
        "billed_flow_m3", "billed_flow_m3", "m³",
        "Periodens fjärrvärmevatten genom mätaren.",
        volumes.NoSettings, volumes.billed_flow_m3,
    ),
    Determinant(
        "flow_against_reference", "billed_flow_m3", "m³",
        "Periodens flöde utöver ett referensflöde per MWh; under det negativt.",
        volumes.FlowReferenceSettings, volumes.flow_against_reference,
    ),
    Determinant(
        "return_temperature_difference", "return_temperature_mwh_c", "MWh·°C",
        "Flödesvägd returtemperatur minus referensen, gånger periodens energi; negativt är rabatt.",
        volumes.ReferenceSettings, volumes.return_temperature_difference,
    ),
    Determinant(
        "mean_of_highest_daily_means", "billed_power_kw", "kW",
        "Medel av de n högsta dygnsmedeleffekterna i ett rullande fönster som slutar med fakturamånaden.",
        powers.HighestDaysSettings, powers.mean_of_highest_daily_means,
    ),
    Determinant(
        "highest_daily_mean_in_season", "billed_power_kw", "kW",
        "Högsta dygnsmedeleffekt under säsongen som slutade året före; gäller hela kalenderåret.",
        powers.SeasonSettings, powers.highest_daily_mean_in_season,
    ),
    Determinant(
        "monthly_peak_hour", "billed_power_kw", "kW",
        "Månadens högsta timeffekt, eller medel av de n högsta från skilda dygn.",
        powers.PeakSettings, powers.monthly_peak_hour,
    ),
    Determinant(
        "high_load_peak", "billed_high_load_power_kw", "kW",
        "Månadens högsta timeffekt under höglasttid, svensk normaltid.",
        powers.HighLoadPeakSettings, powers.high_load_peak,
    ),
    Determinant(
        "subscribed", "subscribed_power_kw", "kW",
        "Effekt som abonneras enligt avtalet.",
        powers.SubscribedSettings, powers.subscribed,
    ),
    Determinant(
        "overrun", "overrun_power_kw", "kW",
        "Månadens högsta timeffekt utöver den abonnerade, aldrig under noll.",
        powers.OverrunSettings, powers.overrun,
    ),
)  # fmt: skip

DETERMINANTS: Mapping[str, Determinant] = {one.name: one for one in _ALL}

# What a contract may decide about a determinant where the price list leaves it open: how gaps are met, never prices.
CONTRACT_MAY_SET = ("short_history", "min_hours", "max_missing_days", "max_missing_hours")
