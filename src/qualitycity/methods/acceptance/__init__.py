"""Acceptance sampling: plans of GB/T 2828.1 and their switching, what a plan does, which plan does what is wanted.

tables      code letters and plans of GB/T 2828.1-2012 (`code_letter`, `plan`, `plans`); data in gbt2828_1.toml
stages      a plan of one or more stages, however it was found (`single`, `double`, `multiple`)
kernels     everything compiled: probabilities to 12 figures, the walk through the stages, searches
oc          probability of acceptance, mean sample and outgoing quality (`oc`, `asn`, `aoq`, `ati`, `quantile`)
search      smallest plan through two points, zero acceptance (`find_plan`, `zero_acceptance`)
variables   plans for a measured characteristic (`variables_plan`, `variables_oc`)
switching   normal, tightened, reduced as a pure state machine (`step`), and the OC of the whole scheme (`scheme_oc`)
declared    audit of a declared quality level, GB/T 2828.4 and 2828.11 (`declared_quality`, `judge`): not acceptance

The quality of a lot is a number of the law asked for: a fraction for "binomial", nonconformities per item for
"poisson" (an AQL of 15 per 100 items is 0.15), an integer count of nonconforming items for "hypergeometric".
"""
