"""Rates of a population and of single units, estimated from inspection results.

survey      pass rates, means and totals by domain from stratified, clustered, weighted samples; also the door to
            ``ci``, ``total_ht``, ``inclusion_probabilities``, ``poststratify`` and ``neyman``
intervals   confidence intervals of a design-based rate (Korn-Graubard, beta, logit, Wilson, Clopper-Pearson) and of a
            plain binomial count
thompson    Horvitz-Thompson total with the variances of Sen-Yates-Grundy and of Deville
weights     inclusion probabilities proportional to size, post-stratification, exact integer Neyman allocation
regional    pass rate weighted by output, industries into regions (RPQ, 制造业产品质量合格率)
targeted    what a risk-targeted sample does say: the finding rate (不合格发现率), never a population rate
riskrate    fail rates of many units by empirical Bayes (beta-binomial), classes A to D with hysteresis

Design-based means: the values are fixed, only the draw is random, and the variance follows the draw that was made.
"""
