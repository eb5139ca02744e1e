"""The public lottery (公开随机摇号): who is drawn, who tests it, who goes there, so that anybody can recompute it.

Draw rule v1, whose bytes docs/reference/draw-rule.md defines, in the order in which a ceremony uses it:

    frame, reading    the list of units, canonical, digested; every fault at once
    seed              commitments, seed, draw key, tickets, result digest
    plan              who is certain, and the weight left for the rest: integers only
    draw              order sampling by Pareto ranks, and the Python engine
    sql, held, table  the same as one SQL text; DuckDB, which also judges the files
    engines           Polars, Apache Spark and PostgreSQL, for frames that are kept there
    odds              the exact probability of each weight class
    matching          laboratories and teams by least hash cost under equal loads; flow solves, certificate proves
    pair_odds         the other mode: the probability of every pair, exact, published first; quotas that nest (quotas)
    rounding          makes a whole matching of published odds
    rehearsal         the same a thousand times under dummy seeds, before the seed exists
    bundle            what is published, docs/reference/draw-bundle.md
    merkle, beacon    one line's proof; a drand round as public input
    verify_draw       the one-file checker: a second reading of the same rule that shares no code with the rest

Pure: no Django, no clock, no network; importing this package loads nothing heavy.
"""
