-- one row per facility
select
    facilities.facility,
    facilities.name,
    facilities.area_m2,
    bearers.name as cost_bearer,
    facilities.cost_centre,
    house.synthetic,
    coalesce(bool_and(projects.placebo), false) as placebo_only
from settings.facilities as facilities
cross join settings.house as house
left join settings.cost_bearers as bearers on facilities.cost_bearer = bearers.cost_bearer
left join settings.projects as projects on facilities.facility = projects.facility
group by all
order by facility
