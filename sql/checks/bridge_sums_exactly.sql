-- before + steps = after, to the öre, wherever every step is assessed
select project, carrier from analysis.bridge
group by project, carrier
having count(amount_sek) = count(*)
    and abs(sum(amount_sek) filter (step <> 'after') - sum(amount_sek) filter (step = 'after')) > 0.005
