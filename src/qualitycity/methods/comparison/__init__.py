"""Comparison of laboratories and of products: ISO 13528, ISO 5725-2, and the replicated blind-coded product comparison.

Doors, which gather what belongs together:

    proficiency   robust estimates, assigned value, sigma_pt, scores, homogeneity and stability (ISO 13528:2022)
    precision     Cochran, Grubbs, Mandel, repeatability and reproducibility, screening with a log (ISO 5725-2)
    product       quality comparison (质量比对): blind-coded design, groups that differ beyond uncertainty, public table

Rooms behind them:

    rounds        input: rounds × laboratories (× replicates), missing results as NaN, ragged input padded
    robust        median, MADe, nIQR, Algorithm A, Algorithm S
    pairwise      Qn, Q method, Hampel, Q/Hampel
    factors       tables C.1 and C.2 of ISO 13528
    sigma         the standard deviation for proficiency assessment
    scores        D, D%, PA, z, z', zeta, En and their grades
    items         homogeneity and stability of the proficiency test items
    outliers      Cochran, Grubbs and Mandel with critical values by formula
    pair          the exact null distribution of Grubbs' test for two outlying values
    components    the variance components of one level: s_r, s_L, s_R
    screening     the order of ISO 5725-2 with a log of every straggler and every exclusion
    blinding      codes and running order of a product comparison

Pure numpy, scipy and numba. Importing this package loads none of them; each module loads what it needs.
"""
