"""Pieces of the grammar that many messages share."""

_RELATION = "Relation:[Spouse|Partner|Mother|Father|Sister|Brother|Son|Daughter|Friend|Other]"
_HOURS = (
    "{ HoursAvailable:span AccrualPeriod:[BeginningOfYear|EveryHourOnPaycheck|EveryPaycheck] HoursAccrued:span "
    "MaximumHours:span IsResettingHoursEachNewYear:bool HoursUsed:span@5 AccrualStartDate:date@5 }"
)

FRAGMENTS = {
    # What a list query starts with; filters that only some lists have follow inside the same choice.
    "chosen": "ListID:id+ | FullName:str+",
    "page": "MaxReturned:int(1..) ActiveStatus:[ActiveOnly|InactiveOnly|All] FromModifiedDate:time ToModifiedDate:time "
    "( NameFilter!{ MatchCriterion:[StartsWith|Contains|EndsWith]! Name:str! } "
    "| NameRangeFilter!{ FromName:str ToName:str } )",
    "balance": "TotalBalanceFilter{ Operator:[LessThan|LessThanEqual|Equal|GreaterThan|GreaterThanEqual]! "
    "Amount:amt! }",
    "currency": "CurrencyFilter@8{ ( ListID:id+ | FullName:64+ )! }",
    "class": "ClassFilter@12{ ( &family )! }",
    "family": "ListID:id+ | FullName:str+ | ListIDWithChildren:id! | FullNameWithChildren:str!",
    "txnfamily": "ListID:id+@2 | FullName:str+ | ListIDWithChildren:id!@2 | FullNameWithChildren:str!",
    "trim": "IncludeRetElement:50*@4",
    "owners": "OwnerID:guid*@2",
    # Addresses and people.
    "address": "Addr1:41 Addr2:41 Addr3:41 Addr4:41@2 Addr5:41@6 City:31 State:21 PostalCode:13 Country:31 Note:41@6",
    "contactref": "ContactName:40! ContactValue:255!",
    "person": "Salutation:15 FirstName:25! MiddleName:5 LastName:25 JobTitle:41 "
    "AdditionalContactRef*5{ ContactName:40! ContactValue:255! }",
    "namesake": "CompanyName:41 Salutation:15 FirstName:25 MiddleName:5 LastName:25",
    "reach": "Phone:21 AltPhone:21 Fax:21 Email:1023 Cc:1023@12 Contact:41 AltContact:41 "
    "AdditionalContactRef*8@12{ &contactref }",
    "addresses": "BillAddress{ &address } ShipAddress{ &address } "
    "ShipToAddress*50@12{ Name:41! &address DefaultShipTo:bool }",
    "card": "CreditCardInfo@3{ CreditCardNumber:25 ExpirationMonth:int(1..12) ExpirationYear:int NameOnCard:41 "
    "CreditCardAddress:41 CreditCardPostalCode:41 }",
    "identity": "ListID:id! EditSequence:16!",
    # Employees.
    "emergency": f"EmergencyContacts@13{{ PrimaryContact{{ &contactref {_RELATION} }} "
    f"SecondaryContact{{ &contactref {_RELATION} }} }}",
    "citizen": "USCitizen:[Yes|No]@13 "
    "Ethnicity:[AmericianIndian|Asian|Black|Hawaiian|Hispanic|White|TwoOrMoreRaces]@13 "
    "Disabled:[Yes|No]@13 DisabilityDesc:25@13 OnFile:[Yes|No]@13 WorkAuthExpireDate:date@13 USVeteran:[Yes|No]@13 "
    "MilitaryStatus:[Active|Reserve]@13",
    "pay": "PayPeriod:[Daily|Weekly|Biweekly|Semimonthly|Monthly|Quarterly|Yearly] ClassRef>159 "
    "( ClearEarnings:bool! | Earnings+{ PayrollItemWageRef>31! ( Rate:price! | RatePercent:pct! ) } ) "
    f"UseTimeDataToCreatePaychecks:[NotSet|UseTimeData|DoNotUseTimeData]@3 SickHours{_HOURS} VacationHours{_HOURS}",
    "employee": "Salutation:15 FirstName:25 MiddleName:5 LastName:25 JobTitle:41@12 SupervisorRef>209@13 "
    "Department:31@13 "
    "Description:64@13 TargetBonus:amt@13 EmployeeAddress{ Addr1:41 Addr2:41 City:31 State:21 PostalCode:13 } "
    "PrintAs:41 "
    "Phone:21 Mobile:21@2.1 Pager:21@2.1 PagerPIN:10@2.1 AltPhone:21 Fax:21@2.1",
    "work": "PartOrFullTime:[PartTime|FullTime]@13 Exempt:[Exempt|NonExempt]@13 KeyEmployee:[Yes|No]@13",
    # Items.
    "barcode": "BarCode@12{ BarCodeValue:50 AssignEvenIfUsed:bool AllowOverride:bool }",
    "measure": "UnitOfMeasureSetRef>31@7",
    "measured": "UnitOfMeasureSetRef>31@7 ForceUOMChange:bool@7",
    "sold": "( SalesOrPurchase!{ Desc:4095 ( Price:price! | PricePercent:pct! ) AccountRef>159 } | "
    "SalesAndPurchase!{ SalesDesc:4095 SalesPrice:price IncomeAccountRef>159 PurchaseDesc:4095 PurchaseCost:price "
    "ExpenseAccountRef>159 PrefVendorRef>41 } )!",
    "resold": "( SalesOrPurchaseMod!{ Desc:4095 ( Price:price! | PricePercent:pct! ) AccountRef>159@7 "
    "ApplyAccountRefToExistingTxns:bool@7 } | SalesAndPurchaseMod!{ SalesDesc:4095 SalesPrice:price "
    "IncomeAccountRef>159@7 ApplyIncomeAccountRefToExistingTxns:bool@7 PurchaseDesc:4095 PurchaseCost:price "
    "ExpenseAccountRef>159@7 ApplyExpenseAccountRefToExistingTxns:bool@7 PrefVendorRef>41 } )",
    "discount": "( DiscountRate:price! | DiscountRatePercent:pct! )",
    "stocked": "SalesDesc:4095 SalesPrice:price IncomeAccountRef>159 PurchaseDesc:4095 PurchaseCost:price "
    "COGSAccountRef>159 PrefVendorRef>41 AssetAccountRef>159",
    "restocked": "SalesDesc:4095 SalesPrice:price IncomeAccountRef>159@7 ApplyIncomeAccountRefToExistingTxns:bool@7 "
    "PurchaseDesc:4095 PurchaseCost:price COGSAccountRef>159",
    "opening": "QuantityOnHand:quan TotalValue:amt InventoryDate:date",
    "asset": "PurchaseCost:price VendorOrPayeeName:50 AssetAccountRef>159",
    "disposal": "SalesDesc:50! SalesDate:date! SalesPrice:price SalesExpense:price",
    "assetrest": "AssetDesc:50 Location:50 PONumber:30 SerialNumber:30 WarrantyExpDate:date Notes:4095 AssetNumber:10 "
    "CostBasis:amt YearEndAccumulatedDepreciation:amt YearEndBookValue:amt",
    # Small lists.
    "currencyformat": "CurrencyFormat{ ThousandSeparator:[Comma|Period|Space|Apostrophe] "
    "ThousandSeparatorGrouping:[XX_XXX_XXX|X_XX_XX_XXX] DecimalPlaces:[0|2] DecimalSeparator:[Period|Comma] }",
    "prices": "PriceLevelFixedPercentage:pct! | PriceLevelPerItem*{ ItemRef>! ( ( CustomPrice:price! | "
    "CustomPricePercent:pct! )! | AdjustPercentage:pct! AdjustRelativeTo:[StandardPrice|Cost|CurrentCustomPrice]! )! } "
    "CurrencyRef>64@8",
    "extended": "OwnerID:guid! DataExtName:31! ( ListDataExtType:[Account|Customer|Employee|Item|OtherName|Vendor]! "
    "ListObjRef>159! | TxnDataExtType:[ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|"
    "Charge|Check|CreditCardCharge|CreditCardCredit|CreditMemo|Deposit|Estimate|InventoryAdjustment|Invoice|ItemReceipt|"
    "JournalEntry|PurchaseOrder|ReceivePayment|SalesOrder|SalesReceipt|SalesTaxPaymentCheck|VendorCredit]! TxnID:id! "
    "TxnLineID:id@3 | OtherDataExtType:[Company]! )!",
}
