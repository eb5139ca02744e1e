"""Forms of the registry, by noun. They ask and check shape; the acts decide."""

from .enterprises import CancelForm, EditEnterpriseForm, MergeForm, NewEnterpriseForm, RenameForm, SettleForm, ShopForm
from .fields import CategoryField, EnterpriseField, TownField, leaf_categories, towns
from .knowledge import AbolishForm, EditStandardForm, KeepLeadForm, LeadForm, StandardForm, SupersedeForm, UseLeadForm
from .labs import (
    CertificateForm,
    EditLabForm,
    EndInterestForm,
    InterestForm,
    LabForm,
    QualifyForm,
    SamplerForm,
    ScopeForm,
)
from .products import (
    BureauListForm,
    CategoryForm,
    ClassifyForm,
    EditCategoryForm,
    EditProductForm,
    PriorForm,
    ProductForm,
    StrikeForm,
)

__all__ = [
    "AbolishForm",
    "BureauListForm",
    "CancelForm",
    "CategoryField",
    "CategoryForm",
    "CertificateForm",
    "ClassifyForm",
    "EditCategoryForm",
    "EditEnterpriseForm",
    "EditLabForm",
    "EditProductForm",
    "EditStandardForm",
    "EndInterestForm",
    "EnterpriseField",
    "InterestForm",
    "KeepLeadForm",
    "LabForm",
    "LeadForm",
    "MergeForm",
    "NewEnterpriseForm",
    "PriorForm",
    "ProductForm",
    "QualifyForm",
    "RenameForm",
    "SamplerForm",
    "ScopeForm",
    "SettleForm",
    "ShopForm",
    "StandardForm",
    "StrikeForm",
    "SupersedeForm",
    "TownField",
    "UseLeadForm",
    "leaf_categories",
    "towns",
]
