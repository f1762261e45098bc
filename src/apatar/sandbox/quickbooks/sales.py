"""The shapes of requests about sales transactions: estimates, orders, invoices, receipts, credits and payments."""

# The kinds of document that have lines; and all that this company file keeps.
LINED = ("Estimate", "SalesOrder", "Invoice", "SalesReceipt", "CreditMemo")
DOCUMENTS = (*LINED, "ReceivePayment")

SALES_SINCE = {
    "EstimateMod": "3",
    "SalesOrderQuery": "2.1",
    "SalesOrderAdd": "2.1",
    "SalesOrderMod": "3",
    "InvoiceMod": "2.1",
    "SalesReceiptMod": "5",
    "CreditMemoMod": "3",
    "ReceivePaymentQuery": "1.1",
    "ReceivePaymentAdd": "1.1",
    "ReceivePaymentMod": "6",
    "TransactionQuery": "4",
    "TxnVoid": "1.1",
}

_PERIODS = "|".join(
    ["All", "Today", "Yesterday", "NextFourWeeks"]
    + [
        f"{which}{period}{until}"
        for which in ("This", "Last")
        for period in ("Week", "Month", "CalendarQuarter", "FiscalQuarter", "CalendarYear", "FiscalYear")
        for until in ("", "ToDate")
    ]
    + ["NextWeek", "NextMonth", "NextCalendarQuarter", "NextCalendarYear", "NextFiscalQuarter", "NextFiscalYear"]
)
_PASSED = "[Pass|Fail|NotAvailable]"
_CARD_TYPE = "CreditCardTxnType:[Authorization|Capture|Charge|Refund|VoiceAuthorization]"
_MODE = "TransactionMode:[CardNotPresent|CardPresent]"

_ACCOUNT_TYPES = (
    "AccountsPayable|AccountsReceivable|AllowedFor1099|APAndSalesTax|APOrCreditCard|ARAndAP|Asset|"
    "BalanceSheet|Bank|BankAndARAndAPAndUF|BankAndUF|CostOfSales|CreditCard|CurrentAsset|"
    "CurrentAssetAndExpense|CurrentLiability|Equity|EquityAndIncomeAndExpense|ExpenseAndOtherExpense|"
    "FixedAsset|IncomeAndExpense|IncomeAndOtherIncome|Liability|LiabilityAndEquity|LongTermLiability|"
    "NonPosting|OrdinaryExpense|OrdinaryIncome|OrdinaryIncomeAndCOGS|OrdinaryIncomeAndExpense|OtherAsset|"
    "OtherCurrentAsset|OtherCurrentLiability|OtherExpense|OtherIncome|OtherIncomeOrExpense"
)
_ITEM_TYPES = (
    "AllExceptFixedAsset|Assembly|Discount|FixedAsset|Inventory|InventoryAndAssembly|NonInventory|"
    "OtherCharge|Payment|Sales|SalesTax|Service"
)
_TXN_TYPES = (
    "All|ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|Charge|Check|"
    "CreditCardCharge|CreditCardCredit|CreditMemo|Deposit|Estimate|InventoryAdjustment|Invoice|"
    "ItemReceipt|JournalEntry|LiabilityAdjustment|Paycheck|PayrollLiabilityCheck|PurchaseOrder|"
    "ReceivePayment|SalesOrder|SalesReceipt|SalesTaxPaymentCheck|Transfer|VendorCredit|YTDAdjustment"
)

SALES_FRAGMENTS = {
    "txnidentity": "TxnID:id! EditSequence:16!",
    "credit": "SetCredit*@10{ CreditTxnID:id! AppliedAmount:amt! Override:bool@10 }",
    # Money cards.
    "cardgiven": "CreditCardNumber:25! ExpirationMonth:int(1..12)! ExpirationYear:int! NameOnCard:41! "
    f"CreditCardAddress:41 CreditCardPostalCode:18 CommercialCardCode:24 {_MODE}@6 {_CARD_TYPE}@7",
    "cardresult": "ResultCode:int! ResultMessage:60! CreditCardTransID:24! MerchantAccountNumber:32! "
    f"AuthorizationCode:12 AVSStreet:{_PASSED} AVSZip:{_PASSED} CardSecurityCodeMatch:{_PASSED}@6 ReconBatchID:84 "
    "PaymentGroupingCode:int PaymentStatus:[Unknown|Completed]! TxnAuthorizationTime:time! TxnAuthorizationStamp:int "
    "ClientTransID:16@6",
    "cardtxn": "CreditCardTxnInfo@4.1{ CreditCardTxnInputInfo!{ &cardgiven } CreditCardTxnResultInfo!{ &cardresult } }",
    "cardline": "CreditCardTxnInfo@7{ CreditCardTxnInputInfo!{ &cardgiven } CreditCardTxnResultInfo!{ &cardresult } }",
    "cardmod": "CreditCardTxnInfoMod@7{ CreditCardTxnInputInfoMod{ CreditCardNumber:25 ExpirationMonth:int(1..12) "
    "ExpirationYear:int NameOnCard:41 CreditCardAddress:41 CreditCardPostalCode:18 CommercialCardCode:24 "
    f"{_MODE} {_CARD_TYPE} }} CreditCardTxnResultInfoMod{{ ResultCode:int ResultMessage:60 CreditCardTransID:24 "
    f"MerchantAccountNumber:32 AuthorizationCode:12 AVSStreet:{_PASSED} AVSZip:{_PASSED} "
    f"CardSecurityCodeMatch:{_PASSED} ReconBatchID:84 PaymentGroupingCode:int PaymentStatus:[Unknown|Completed] "
    "TxnAuthorizationTime:time TxnAuthorizationStamp:int ClientTransID:16 } }",
    # Pieces of a header, in the order in which they stand.
    "txnhead": "TemplateRef>31@3 TxnDate:date RefNumber:11 BillAddress{ &address }",
    "shipto": "ShipAddress{ &address }",
    "agreed": "PONumber:25 TermsRef>31 DueDate:date SalesRepRef>5 FOB:13",
    "shipped": "ShipDate:date ShipMethodRef>15",
    "told": "CustomerMsgRef>101 IsToBePrinted:bool IsToBeEmailed:bool@6 CustomerSalesTaxCodeRef>3",
    "txntail": "Other:29@6 ExchangeRate:float@8",
    "guid": "ExternalGUID:guid@9",
    "channel": "SOChannel:[Blank|Ecommerce]@15 StoreName:str@15 StoreType:str@15",
    "estimatebody": "PONumber:25 TermsRef>31 DueDate:date SalesRepRef>5 FOB:13 ItemSalesTaxRef>31 Memo:4095 "
    "CustomerMsgRef>101 IsToBeEmailed:bool@6 CustomerSalesTaxCodeRef>3 &txntail",
    "orderbody": "&shipto &agreed &shipped ItemSalesTaxRef>31 IsManuallyClosed:bool Memo:4095 &told &txntail",
    "invoicebody": "&agreed &shipped ItemSalesTaxRef>31 Memo:4095 &told &txntail",
    "receiptbody": "&shipto IsPending:bool CheckNumber:25 PaymentMethodRef>31 DueDate:date SalesRepRef>5 &shipped "
    "FOB:13 ItemSalesTaxRef>31 Memo:4095 &told DepositToAccountRef>159",
    # Pieces of a line.
    "counted": "ItemRef> Desc:4095 Quantity:quan UnitOfMeasure:31@7",
    "recounted": "TxnLineID:id! &counted OverrideUOMSetRef>31@7",
    "rated": "( Rate:price! | RatePercent:pct! | PriceLevelRef>31!@4 ) ClassRef>159 Amount:amt",
    "rule": "OptionForPriceRuleConflict:[Zero|BasePrice]@13",
    "site": "InventorySiteRef>31@10 InventorySiteLocationRef>31@12",
    "stored": "&site ( SerialNumber:4095 | LotNumber:40 )",
    "others": "Other1:29@6 Other2:29@6",
    "lineaccount": "OverrideItemAccountRef>159@2",
    "linedata": "DataExt*@5{ OwnerID:guid! DataExtName:31! DataExtValue:str! }",
    "groupadd": "ItemGroupRef>31! Quantity:quan UnitOfMeasure:31@7 &site &linedata",
    "groupmod": "TxnLineID:id! ItemGroupRef>31 Quantity:quan UnitOfMeasure:31@7 OverrideUOMSetRef>31@7",
    "estimateline": "( Rate:price! | RatePercent:pct! ) ClassRef>159 Amount:amt &rule &site SalesTaxCodeRef>3 "
    "( MarkupRate:price! | MarkupRatePercent:pct! | PriceLevelRef>31!@7 )",
    "orderline": "&rated &rule &stored SalesTaxCodeRef>3 IsManuallyClosed:bool &others",
    "invoiceline": "&rated &rule &stored ServiceDate:date SalesTaxCodeRef>3 &lineaccount &others",
    "creditline": "&rated &stored ServiceDate:date SalesTaxCodeRef>3 &lineaccount &others",
    "estimatemod": "&recounted &estimateline &others",
    "ordermod": "&recounted &orderline",
    "invoicemod": "&recounted &invoiceline",
    "creditmod": "&recounted &creditline",
    # What a query asks for.
    "numbered": "TxnID:id+ | RefNumber:str+ | RefNumberCaseSensitive:str+@4",
    "dated": "MaxReturned:int(1..) ( ModifiedDateRangeFilter!{ FromModifiedDate:time ToModifiedDate:time } "
    "| TxnDateRangeFilter!{ ( FromTxnDate:date ToTxnDate:date | DateMacro:[" + _PERIODS + "]! )! } ) "
    "EntityFilter{ ( &txnfamily )! }",
    "ofaccount": "AccountFilter{ ( &txnfamily )! }",
    "bynumber": "( RefNumberFilter!{ MatchCriterion:[StartsWith|Contains|EndsWith]! RefNumber:str! } "
    "| RefNumberRangeFilter!{ FromRefNumber:str ToRefNumber:str } ) &currency",
    # What a TransactionQuery asks for.
    "ids": "ListID:id+ | FullName:str+ | ListIDWithChildren:id! | FullNameWithChildren:str!",
    "macro": "DateMacro:[" + _PERIODS + "]!",
    "summed": "( RefNumber:str+ | RefNumberCaseSensitive:str+ | RefNumberFilter!{ MatchCriterion:[StartsWith|Contains|"
    "EndsWith]! RefNumber:str! } | RefNumberRangeFilter!{ FromRefNumber:str ToRefNumber:str } ) "
    "TransactionModifiedDateRangeFilter{ ( FromModifiedDate:time ToModifiedDate:time | &macro )! } "
    "TransactionDateRangeFilter{ ( FromTxnDate:date ToTxnDate:date | &macro )! } TransactionEntityFilter{ "
    "( EntityTypeFilter:[Customer|Employee|OtherName|Vendor]! | &ids )! } TransactionAccountFilter{ "
    f"( AccountTypeFilter:[{_ACCOUNT_TYPES}]! | &ids )! }} TransactionItemFilter{{ ( ItemTypeFilter:[{_ITEM_TYPES}]! | "
    f"&ids )! }} TransactionClassFilter{{ ( &ids )! }} TransactionTypeFilter{{ TxnTypeFilter:[{_TXN_TYPES}]+ }} "
    "TransactionDetailLevelFilter:[All|SummaryOnly|AllExceptSummary] "
    "TransactionPostingStatusFilter:[Either|NonPosting|Posting] TransactionPaidStatusFilter:[Either|Closed|Open] "
    "&currency",
    # Payments.
    "paid": "CustomerRef>209! ARAccountRef>159 &payment",
    "payment": "TxnDate:date RefNumber:20 TotalAmount:amt ExchangeRate:float@8 PaymentMethodRef>31 Memo:4095 "
    "DepositToAccountRef>159",
    "applied": "TxnID:id! PaymentAmount:amt SetCredit*{ CreditTxnID:id! AppliedAmount:amt! Override:bool@10 } "
    "DiscountAmount:amt DiscountAccountRef>159 DiscountClassRef>159@11",
}


def _lines(kind: str, line: str, group: str, often: str) -> str:
    """Lines and groups in any order; the lines of a changed group stand inside it."""
    verb = "Mod" if group == "&groupmod" else "Add"
    members = f" {kind}Line{verb}*{{ {line} }}" if verb == "Mod" else ""
    return f"( {kind}Line{verb}!{{ {line} }} | {kind}LineGroup{verb}!{{ {group}{members} }} ){often}"


def _mod_lines(kind: str, line: str) -> str:
    return _lines(kind, line, "&groupmod", "*")


def _add_lines(kind: str, line: str, often: str = "+") -> str:
    return _lines(kind, f"&counted {line} &linedata", "&groupadd", often)


_MANY = "IncludeLineItems:bool"
_SOLD_ON_CREDIT = "&shipto IsPending:bool"

SALES_REQUESTS = {
    "EstimateQuery": f"( &numbered | &dated &ofaccount &bynumber ) {_MANY} IncludeLinkedTxns:bool@3 &trim &owners",
    "EstimateAdd": "EstimateAdd!{ CustomerRef>209! ClassRef>159 &txnhead ShipAddress@7{ &address } IsActive:bool@3 "
    f"&estimatebody &guid {_add_lines('Estimate', '&estimateline &lineaccount &others')} }} &trim",
    "EstimateMod": "EstimateMod!{ &txnidentity CustomerRef>209 ClassRef>159 &txnhead ShipAddress@7{ &address } "
    f"IsActive:bool@3 CreateChangeOrder:bool &estimatebody {_mod_lines('Estimate', '&estimatemod')} }} &trim",
    "SalesOrderQuery": f"( &numbered | &dated &bynumber ) {_MANY} IncludeLinkedTxns:bool@2 &trim &owners",
    "SalesOrderAdd": "SalesOrderAdd!{ CustomerRef>209! ClassRef>159 &txnhead &orderbody &guid "
    f"{_add_lines('SalesOrder', '&orderline')} &channel }} &trim",
    "SalesOrderMod": "SalesOrderMod!{ &txnidentity CustomerRef>209 ClassRef>159 &txnhead &orderbody "
    f"{_mod_lines('SalesOrder', '&ordermod')} &channel }} &trim",
    "InvoiceQuery": "( &numbered | &dated &ofaccount &bynumber PaidStatus:[All|PaidOnly|NotPaidOnly] ) "
    f"{_MANY} IncludeLinkedTxns:bool@1.1 &trim &owners",
    "InvoiceAdd": f"InvoiceAdd!{{ CustomerRef>209! ClassRef>159 ARAccountRef>159 &txnhead {_SOLD_ON_CREDIT} "
    "IsFinanceCharge:bool@8 &invoicebody &guid LinkToTxnID:id*@6 &credit "
    f"{_add_lines('Invoice', '&invoiceline LinkToTxn@6{ TxnID:id! TxnLineID:id! }', '*')} }} &trim",
    "InvoiceMod": "InvoiceMod!{ &txnidentity CustomerRef>209 ClassRef>159 ARAccountRef>159 &txnhead "
    f"{_SOLD_ON_CREDIT} &invoicebody &credit {_mod_lines('Invoice', '&invoicemod')} }} &trim",
    "SalesReceiptQuery": f"( &numbered | &dated &ofaccount &bynumber ) {_MANY} &trim &owners",
    "SalesReceiptAdd": "SalesReceiptAdd!{ CustomerRef>209 ClassRef>159 &txnhead &receiptbody &cardtxn &txntail &guid "
    f"{_add_lines('SalesReceipt', '&invoiceline &cardline')} }} &trim",
    "SalesReceiptMod": "SalesReceiptMod!{ &txnidentity CustomerRef>209 ClassRef>159 &txnhead &receiptbody &txntail "
    f"{_mod_lines('SalesReceipt', '&invoicemod')} }} &trim",
    "CreditMemoQuery": f"( &numbered | &dated &ofaccount &bynumber ) {_MANY} IncludeLinkedTxns:bool@1.1 &trim &owners",
    "CreditMemoAdd": f"CreditMemoAdd!{{ CustomerRef>209! ClassRef>159 ARAccountRef>159 &txnhead {_SOLD_ON_CREDIT} "
    f"&invoicebody &guid {_add_lines('CreditMemo', '&creditline &cardline')} }} &trim",
    "CreditMemoMod": "CreditMemoMod!{ &txnidentity CustomerRef>209 ClassRef>159 ARAccountRef>159 &txnhead "
    f"{_SOLD_ON_CREDIT} &invoicebody {_mod_lines('CreditMemo', '&creditmod')} }} &trim",
    "ReceivePaymentQuery": f"( &numbered | &dated &ofaccount &bynumber ) {_MANY} &trim &owners",
    "ReceivePaymentAdd": "ReceivePaymentAdd!{ &paid &cardtxn &guid "
    "( IsAutoApply:bool! | AppliedToTxnAdd+{ &applied } )! } &trim",
    "ReceivePaymentMod": "ReceivePaymentMod!{ &txnidentity CustomerRef>209 ARAccountRef>159 &payment &cardmod "
    "AppliedToTxnMod*{ &applied } } &trim",
    "TransactionQuery": "( TxnID:id+ | MaxReturned:int(1..) &summed ) &trim",
    "TxnVoid": "TxnVoidType:[ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|Charge|Check|"
    "CreditCardCharge|CreditCardCredit|CreditMemo|Deposit|InventoryAdjustment|Invoice|ItemReceipt|JournalEntry|"
    "SalesReceipt|VendorCredit]! TxnID:id!",
}
