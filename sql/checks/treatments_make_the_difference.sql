-- savings without the ledger's treatments + what each row does = savings with them, wherever all of it is assessed
select project, carrier, period from analysis.non_routine
group by all
having count(avoided_cost_sek) = count(*)
    and abs(
        sum(avoided_cost_sek) filter (entry <> 'with') - sum(avoided_cost_sek) filter (entry = 'with')
    ) > 0.01
