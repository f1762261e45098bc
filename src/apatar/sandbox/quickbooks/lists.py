"""The shapes of requests about accounts, the small lists, deletions and custom fields."""

_PLAIN = "( &chosen | &page ) &trim"
_NAMED = "{{ Name:{length}! IsActive:bool }} &trim"
_TREE = "{ Name:31! IsActive:bool ParentRef> } &trim"

# The kinds of list and of transaction that deletion messages speak of.
_LISTS = (
    "Account|BillingRate|Class|Currency|Customer|CustomerMsg|CustomerType|DateDrivenTerms|Employee|InventorySite|"
    "ItemDiscount|ItemFixedAsset|ItemGroup|ItemInventory|ItemInventoryAssembly|ItemNonInventory|ItemOtherCharge|"
    "ItemPayment|ItemSalesTax|ItemSalesTaxGroup|ItemService|ItemSubtotal|JobType|OtherName|PaymentMethod|"
    "PayrollItemNonWage|PayrollItemWage|PriceLevel|SalesRep|SalesTaxCode|ShipMethod|StandardTerms|ToDo|"
    "UnitOfMeasureSet|Vehicle|Vendor|VendorType|WorkersCompCode"
)
_TRANSACTIONS = (
    "ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|Charge|Check|CreditCardCharge|"
    "CreditCardCredit|CreditMemo|Deposit|Estimate|InventoryAdjustment|Invoice|ItemReceipt|JournalEntry|PurchaseOrder|"
    "ReceivePayment|SalesOrder|SalesReceipt|SalesTaxPaymentCheck|TimeTracking|TransferInventory|VehicleMileage|"
    "VendorCredit"
)
_EXTENSIBLE = (
    "Account|ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|Charge|Check|Company|"
    "CreditCardCharge|CreditCardCredit|CreditMemo|Customer|Deposit|Employee|Estimate|InventoryAdjustment|Invoice|Item|"
    "ItemReceipt|JournalEntry|OtherName|PurchaseOrder|ReceivePayment|SalesOrder|SalesReceipt|SalesTaxPaymentCheck|"
    "Vendor|VendorCredit"
)
_MERGEABLE = (
    "Account|Class|Customer|ItemDiscount|ItemGroup|ItemInventory|ItemNonInventory|ItemOtherCharge|ItemPayment|"
    "ItemSalesTax|ItemSalesTaxGroup|ItemService|ItemSubtotal|Vendor"
)
_DELETED_BETWEEN = "DeletedDateRangeFilter{ FromDeletedDate:time ToDeletedDate:time } &trim"
_PAYMENTS = "[AmericanExpress|Cash|Check|DebitCard|Discover|ECheck|GiftCard|MasterCard|Other|OtherCreditCard|Visa]"
_ACCOUNT_TYPE = (
    "AccountType:[AccountsPayable|AccountsReceivable|Bank|CostOfGoodsSold|CreditCard|Equity|Expense|FixedAsset|Income|"
    "LongTermLiability|NonPosting|OtherAsset|OtherCurrentAsset|OtherCurrentLiability|OtherExpense|OtherIncome]"
)
_ACCOUNT = (
    "AccountNumber:7 BankNumber:25 Desc:200 OpenBalance:amt OpenBalanceDate:date TaxLineID:int@7 "
    "CurrencyRef>64@8 } &trim"
)
_SPECIAL = (
    "AccountsPayable|AccountsReceivable|CondenseItemAdjustmentExpenses|CostOfGoodsSold|DirectDepositLiabilities|"
    "Estimates|ExchangeGainLoss|InventoryAssets|ItemReceiptAccount|OpeningBalanceEquity|PayrollExpenses|"
    "PayrollLiabilities|PettyCash|PurchaseOrders|ReconciliationDifferences|RetainedEarnings|SalesOrders|"
    "SalesTaxPayable|UncategorizedExpenses|UncategorizedIncome|UndepositedFunds"
)

LIST_REQUESTS = {
    "AccountQuery": "( &chosen | &page " + _ACCOUNT_TYPE + "* &currency ) &trim &owners",
    "AccountAdd": "AccountAdd!{ Name:31! IsActive:bool ParentRef> " + _ACCOUNT_TYPE + "! " + _ACCOUNT,
    "AccountMod": "AccountMod!{ &identity Name:31 IsActive:bool ParentRef> " + _ACCOUNT_TYPE + " " + _ACCOUNT,
    "SpecialAccountAdd": f"SpecialAccountAdd!{{ SpecialAccountType:[{_SPECIAL}]! CurrencyRef>64@8 }} &trim",
    "TermsQuery": _PLAIN,
    "StandardTermsQuery": _PLAIN,
    "StandardTermsAdd": "StandardTermsAdd!{ Name:31! IsActive:bool StdDueDays:int StdDiscountDays:int "
    "DiscountPct:pct } "
    "&trim",
    "DateDrivenTermsQuery": _PLAIN,
    "DateDrivenTermsAdd": "DateDrivenTermsAdd!{ Name:31! IsActive:bool DayOfMonthDue:int(1..31)! DueNextMonthDays:int "
    "DiscountDayOfMonth:int(1..31) DiscountPct:pct } &trim",
    "CustomerTypeQuery": _PLAIN,
    "CustomerTypeAdd": f"CustomerTypeAdd!{_TREE}",
    "JobTypeQuery": _PLAIN,
    "JobTypeAdd": f"JobTypeAdd!{_TREE}",
    "VendorTypeQuery": _PLAIN,
    "VendorTypeAdd": f"VendorTypeAdd!{_TREE}",
    "SalesRepQuery": _PLAIN,
    "SalesRepAdd": "SalesRepAdd!{ Initial:5! IsActive:bool SalesRepEntityRef>41! } &trim",
    "SalesRepMod": "SalesRepMod!{ &identity Initial:5 IsActive:bool SalesRepEntityRef>41 } &trim",
    "SalesTaxCodeQuery": _PLAIN,
    "SalesTaxCodeAdd": "SalesTaxCodeAdd!{ Name:3! IsActive:bool IsTaxable:bool! Desc:31 } &trim",
    "SalesTaxCodeMod": "SalesTaxCodeMod!{ &identity Name:3 IsActive:bool IsTaxable:bool Desc:31 } &trim",
    "PriceLevelQuery": "( &chosen | &page ItemRef> &currency ) &trim",
    "PriceLevelAdd": "PriceLevelAdd!{ Name:31! IsActive:bool ( &prices )! } &trim",
    "PriceLevelMod": "PriceLevelMod!{ &identity Name:31 IsActive:bool ( &prices ) } &trim",
    "PaymentMethodQuery": f"( &chosen | &page PaymentMethodType:{_PAYMENTS}*@7 ) &trim",
    "PaymentMethodAdd": f"PaymentMethodAdd!{{ Name:31! IsActive:bool PaymentMethodType:{_PAYMENTS}@7 }} &trim",
    "ShipMethodQuery": _PLAIN,
    "ShipMethodAdd": f"ShipMethodAdd!{_NAMED.format(length=15)}",
    "CustomerMsgQuery": _PLAIN,
    "CustomerMsgAdd": f"CustomerMsgAdd!{_NAMED.format(length=101)}",
    "ClassQuery": _PLAIN,
    "ClassAdd": f"ClassAdd!{_TREE}",
    "ClassMod": "ClassMod!{ &identity Name:31 IsActive:bool ParentRef> } &trim",
    "CurrencyQuery": _PLAIN,
    "CurrencyAdd": "CurrencyAdd!{ Name:64! IsActive:bool CurrencyCode:3! &currencyformat } &trim",
    "CurrencyMod": "CurrencyMod!{ &identity Name:64 IsActive:bool CurrencyCode:3 &currencyformat } &trim",
    "TemplateQuery": "&trim",
    "ListDeletedQuery": f"ListDelType:[{_LISTS}]+ {_DELETED_BETWEEN}",
    "TxnDeletedQuery": f"TxnDelType:[{_TRANSACTIONS}]+ {_DELETED_BETWEEN}",
    "ListDel": f"ListDelType:[{_LISTS}]! ListID:id!",
    "TxnDel": f"TxnDelType:[{_TRANSACTIONS}]! TxnID:id!",
    "ListMerge": f"ListMergeType:[{_MERGEABLE}]! MergeFrom!{{ &identity }} MergeTo!{{ &identity }} "
    f"SameShipAddrOk:bool@8",
    "DataExtAdd": "DataExtAdd!{ &extended DataExtValue:str! }",
    "DataExtMod": "DataExtMod!{ &extended DataExtValue:str! }",
    "DataExtDel": "DataExtDel!{ &extended }",
    "DataExtDefQuery": f"( OwnerID:guid* | AssignToObject:[{_EXTENSIBLE}]* ) &trim",
    "DataExtDefAdd": "DataExtDefAdd!{ OwnerID:guid! DataExtName:31! "
    "DataExtType:[AMTTYPE|DATETIMETYPE|INTTYPE|PERCENTTYPE|PRICETYPE|QUANTYPE|STR1024TYPE|STR255TYPE]! "
    f"AssignToObject:[{_EXTENSIBLE}]* DataExtListRequire:bool@12 DataExtTxnRequire:bool@12 "
    f"DataExtFormatString:str@12 }} "
    "&trim",
    "DataExtDefMod": "DataExtDefMod!{ OwnerID:guid! DataExtName:31! DataExtNewName:31 "
    f"AssignToObject:[{_EXTENSIBLE}]* RemoveFromObject:[{_EXTENSIBLE}]* DataExtListRequire:bool@12 "
    "DataExtTxnRequire:bool@12 DataExtFormatString:str@12 } &trim",
    "DataExtDefDel": "OwnerID:guid! DataExtName:31!",
}
