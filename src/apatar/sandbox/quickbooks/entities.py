"""The shapes of requests about people and firms: customers, vendors, employees, other names."""

_JOB = (
    "JobStatus:[Awarded|Closed|InProgress|None|NotAwarded|Pending]{v} JobStartDate:date{v} JobProjectedEndDate:date{v} "
    "JobEndDate:date{v} JobDesc:99{v} JobTypeRef>159{v}"
)

ENTITY_REQUESTS = {
    "CustomerQuery": "( &chosen | &page &balance &currency &class ) &trim &owners",
    "CustomerAdd": "CustomerAdd!{ Name:41! IsActive:bool ClassRef>159@12 ParentRef> &namesake JobTitle:41@12 "
    "&addresses "
    "&reach Contacts*@12{ &person } CustomerTypeRef>159 TermsRef>31 SalesRepRef>5 OpenBalance:amt OpenBalanceDate:date "
    "SalesTaxCodeRef>3 ItemSalesTaxRef>31 ResaleNumber:15 AccountNumber:99 CreditLimit:amt "
    "PreferredPaymentMethodRef>31@3 &card " + _JOB.format(v="") + " Notes:4095@3 AdditionalNotes*@12{ Note:4095! } "
    "IsStatementWithParent:bool PreferredDeliveryMethod:[None|Email|Fax]@12 PriceLevelRef>31@4 "
    "ExternalGUID:guid@8 CurrencyRef>64@8 } &trim",
    "CustomerMod": "CustomerMod!{ &identity Name:41 IsActive:bool@3 ClassRef>159@12 ParentRef>@3 &namesake "
    "JobTitle:41@12 &addresses &reach ContactsMod*@12{ &identity &person } CustomerTypeRef>159@3 TermsRef>31@3 "
    "SalesRepRef>5@3 SalesTaxCodeRef>3@3 ItemSalesTaxRef>31@3 ResaleNumber:15@3 AccountNumber:99 CreditLimit:amt@3 "
    "PreferredPaymentMethodRef>31@3 &card " + _JOB.format(v="@3") + " Notes:4095@3 "
    "AdditionalNotesMod*@12{ NoteID:int! Note:4095! } IsStatementWithParent:bool@3 "
    "PreferredDeliveryMethod:[None|Email|Fax]@12 PriceLevelRef>31@4 "
    "CurrencyRef>64@8 } &trim",
    "VendorQuery": "( &chosen | &page &balance &currency &class ) &trim &owners",
    "VendorAdd": "VendorAdd!{ Name:41! IsActive:bool ClassRef>159@12 &namesake JobTitle:41@12 VendorAddress{ "
    "&address } "
    "ShipAddress@11{ &address } &reach Contacts*@12{ &person } NameOnCheck:41 AccountNumber:99 Notes:4095@3 "
    "AdditionalNotes*@12{ Note:4095! } VendorTypeRef>159 TermsRef>31 CreditLimit:amt VendorTaxIdent:15 "
    "IsVendorEligibleFor1099:bool OpenBalance:amt OpenBalanceDate:date BillingRateRef>31@6 ExternalGUID:guid@8 "
    "PrefillAccountRef>159*@8 CurrencyRef>64@8 } &trim",
    "VendorMod": "VendorMod!{ &identity Name:41 IsActive:bool@3 ClassRef>159@12 &namesake JobTitle:41@12 "
    "VendorAddress{ &address } ShipAddress@11{ &address } &reach ContactsMod*@12{ &identity &person } NameOnCheck:41 "
    "AccountNumber:99 Notes:4095@3 AdditionalNotesMod*@12{ NoteID:int! Note:4095! } VendorTypeRef>159@3 TermsRef>31@3 "
    "CreditLimit:amt@3 VendorTaxIdent:15@3 IsVendorEligibleFor1099:bool@3 BillingRateRef>31@6 PrefillAccountRef>159*@8 "
    "CurrencyRef>64@8 } &trim",
    "EmployeeQuery": "( &chosen | &page ) &trim &owners",
    "EmployeeAdd": "EmployeeAdd!{ IsActive:bool &employee SSN:15 Email:1023 AdditionalContactRef*@12{ &contactref } "
    "&emergency EmployeeType:[Officer|Owner|Regular|Statutory] &work Gender:[Male|Female] HiredDate:date "
    "OriginalHireDate:date@13 AdjustedServiceDate:date@13 ReleasedDate:date BirthDate:date@2 &citizen AccountNumber:99 "
    "Notes:4095@3 AdditionalNotes*@12{ Note:4095! } BillingRateRef>31@6 EmployeePayrollInfo@2{ &pay } "
    "ExternalGUID:guid@8 } &trim",
    "EmployeeMod": "EmployeeMod!{ &identity IsActive:bool@3 &employee Email:1023 AdditionalContactRef*@12{ "
    "&contactref } "
    "&emergency EmployeeType:[Officer|Owner|Regular|Statutory]@5 &work HiredDate:date@5 OriginalHireDate:date@13 "
    "AdjustedServiceDate:date@13 ReleasedDate:date@5 BirthDate:date@2 &citizen AccountNumber:99 Notes:4095@3 "
    "AdditionalNotesMod*@12{ NoteID:int! Note:4095! } BillingRateRef>31@6 EmployeePayrollInfoMod@2{ &pay } } &trim",
    "OtherNameQuery": "( &chosen | &page ) &trim &owners",
    "OtherNameAdd": "OtherNameAdd!{ Name:41! IsActive:bool &namesake OtherNameAddress{ &address } Phone:21 AltPhone:21 "
    "Fax:21 Email:1023 Contact:41 AltContact:41 AccountNumber:99 Notes:4095@3 ExternalGUID:guid@8 } &trim",
    "OtherNameMod": "OtherNameMod!{ &identity Name:41 IsActive:bool &namesake OtherNameAddress{ &address } Phone:21 "
    "AltPhone:21 Fax:21 Email:1023 Contact:41 AltContact:41 AccountNumber:99 Notes:4095@3 } &trim",
    "EntityQuery": "( &chosen | &page ) &trim",
}
