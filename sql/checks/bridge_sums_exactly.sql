-- before + steps = after, to the öre
select project, carrier from analysis.bridge
where reason is null
group by project, carrier
having abs(sum(amount_sek) filter (step <> 'after') - sum(amount_sek) filter (step = 'after')) > 0.005
