"""Nouns of the registry: who and what the city's quality work is about."""

from .enterprises import Enterprise, EnterpriseName, Shop
from .imports import ImportBatch, ImportProgress, ImportRow, ImportStage, RegionPackLoad
from .labs import DeclaredInterest, Lab, LabQualification, LabScope, SamplerRecord
from .leads import Lead
from .lists import BureauList, BureauListEntry
from .products import (
    CategoryProposal,
    EnterpriseProduct,
    PriorSampling,
    ProductCategory,
    ProposalReview,
    SupervisionClass,
)
from .standards import Standard

__all__ = [
    "BureauList",
    "BureauListEntry",
    "CategoryProposal",
    "DeclaredInterest",
    "Enterprise",
    "EnterpriseName",
    "EnterpriseProduct",
    "ImportBatch",
    "ImportProgress",
    "ImportRow",
    "ImportStage",
    "Lab",
    "LabQualification",
    "LabScope",
    "Lead",
    "PriorSampling",
    "ProductCategory",
    "ProposalReview",
    "RegionPackLoad",
    "SamplerRecord",
    "Shop",
    "Standard",
    "SupervisionClass",
]
