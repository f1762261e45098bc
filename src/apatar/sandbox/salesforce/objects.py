"""The objects of the org as a table.

Account, Contact and Opportunity follow recorded describes; the others follow the Field Reference v67, where flags
are partly inferred (SALESFORCE.md, sections 6 and 11): Product2,
Pricebook2, Quote and Order are unverified in their details.
"""

from apatar.sandbox.salesforce.schema import Schema, read_object

_OBJECTS = (
    """Account 001 Accounts
    MasterRecordId ->Account read
    Name string(255) required name label:Account_Name
    Type picklist(40) label:Account_Type
    ParentId ->Account label:Parent_Account_ID
    @Billing
    @Shipping
    Phone phone(40) label:Account_Phone
    Fax phone(40) label:Account_Fax
    AccountNumber string(40)
    Website url(255)
    PhotoUrl url(255) read
    Sic string(20) label:SIC_Code
    Industry picklist(40)
    AnnualRevenue currency(18,0)
    NumberOfEmployees int label:Employees
    Ownership picklist(40)
    TickerSymbol string(20)
    Description textarea(32000) label:Account_Description
    Rating picklist(40) label:Account_Rating
    Site string(80) label:Account_Site
    OwnerId ->User defaulted
    LastActivityDate date read
    LastViewedDate datetime read
    LastReferencedDate datetime read
    Jigsaw string(20) label:Data.com_Key
    CleanStatus picklist(40) restricted
    AccountSource picklist(40)
    DunsNumber string(9) label:D-U-N-S_Number
    Tradestyle string(255)
    NaicsCode string(8) label:NAICS_Code
    NaicsDesc string(120) label:NAICS_Description
    YearStarted string(4)
    SicDesc string(80) label:SIC_Description""",
    """Contact 003 Contacts
    MasterRecordId ->Contact read
    AccountId ->Account cascade
    LastName string(80) required in:Name
    FirstName string(40) in:Name
    Salutation picklist(40) in:Name
    Name string(121) required read name label:Full_Name
    @Other
    @Mailing
    Phone phone(40) label:Business_Phone
    Fax phone(40) label:Business_Fax
    MobilePhone phone(40)
    HomePhone phone(40)
    OtherPhone phone(40)
    AssistantPhone phone(40) label:Asst._Phone
    ReportsToId ->Contact
    Email email(80) idlookup
    Title string(128)
    Department string(80)
    AssistantName string(40)
    LeadSource picklist(255)
    Birthdate date
    Description textarea(32000) label:Contact_Description
    OwnerId ->User defaulted
    LastActivityDate date read
    LastCURequestDate datetime read
    LastCUUpdateDate datetime read
    LastViewedDate datetime read
    LastReferencedDate datetime read
    EmailBouncedReason string(255)
    EmailBouncedDate datetime
    IsEmailBounced boolean read
    PhotoUrl url(255) read
    Jigsaw string(20) label:Data.com_Key
    CleanStatus picklist(40) restricted""",
    """Opportunity 006 Opportunities
    AccountId ->Account cascade
    IsPrivate boolean label:Private
    Name string(120) required name idlookup
    Description textarea(32000)
    StageName picklist(255) required label:Stage
    Amount currency(18,2)
    Probability percent(3,0) default: label:Probability_(%)
    ExpectedRevenue currency(18,2) read label:Expected_Amount
    TotalOpportunityQuantity double(18,2) label:Quantity
    CloseDate date required
    Type picklist(255) label:Opportunity_Type
    NextStep string(255)
    LeadSource picklist(255)
    IsClosed boolean read label:Closed
    IsWon boolean read label:Won
    ForecastCategory picklist(40) required read restricted
    ForecastCategoryName picklist(255) restricted default: label:Forecast_Category
    HasOpportunityLineItem boolean read label:Has_Line_Item
    Pricebook2Id ->Pricebook2 label:Price_Book_ID
    ContactId ->Contact fixed
    OwnerId ->User defaulted
    LastActivityDate date read
    LastStageChangeDate datetime read
    LastViewedDate datetime read
    LastReferencedDate datetime read""",
    """OpportunityLineItem 00k Opportunity_Products
    Name string(376) read name
    OpportunityId ->Opportunity required fixed cascade
    SortOrder int
    PricebookEntryId ->PricebookEntry fixed
    Product2Id ->Product2 fixed
    ProductCode string(255) read
    Quantity double(12,2) required
    TotalPrice currency(18,2)
    UnitPrice currency(18,2) label:Sales_Price
    ListPrice currency(18,2) read
    Subtotal currency(18,2) read
    Discount percent(5,2)
    ServiceDate date label:Date
    Description string(255) label:Line_Description""",
    """OpportunityStage 01J Opportunity_Stages readonly norecycle
    MasterLabel string(255) required name
    ApiName string(255)
    IsActive boolean label:Active
    SortOrder int
    IsClosed boolean label:Closed
    IsWon boolean label:Won
    ForecastCategory picklist(40) required restricted
    ForecastCategoryName picklist(255) restricted
    DefaultProbability percent(3,0) label:Probability_(%)
    Description string(255)""",
    """Product2 01t Products
    Name string(255) required name idlookup label:Product_Name
    ProductCode string(255)
    Description textarea(4000) label:Product_Description
    IsActive boolean label:Active
    Family picklist(255) label:Product_Family
    StockKeepingUnit string(180) label:Product_SKU
    QuantityUnitOfMeasure picklist(255)
    DisplayUrl url(1000)
    ExternalId string(255)
    IsArchived boolean read
    LastViewedDate datetime read
    LastReferencedDate datetime read""",
    """Pricebook2 01s Price_Books
    Name string(255) required name idlookup label:Price_Book_Name
    Description string(255)
    IsActive boolean label:Active
    IsStandard boolean read
    IsArchived boolean read
    ValidFrom datetime
    ValidTo datetime
    LastViewedDate datetime read
    LastReferencedDate datetime read""",
    """PricebookEntry 01u Price_Book_Entries
    Name string(255) read name label:Product_Name
    Pricebook2Id ->Pricebook2 required fixed label:Price_Book_ID
    Product2Id ->Product2 required fixed cascade
    ProductCode string(255) read
    UnitPrice currency(18,2) required label:List_Price
    IsActive boolean label:Active
    UseStandardPrice boolean
    IsArchived boolean read""",
    """Order 801 Orders
    OrderNumber string(30) read auto name
    Name string(80) label:Order_Name
    AccountId ->Account
    Pricebook2Id ->Pricebook2 label:Price_Book_ID
    OpportunityId ->Opportunity
    QuoteId ->Quote
    OwnerId ->User defaulted
    EffectiveDate date required label:Order_Start_Date
    EndDate date label:Order_End_Date
    Status picklist(100) required
    StatusCode picklist(40) read
    Type picklist(255) label:Order_Type
    PoNumber string(80)
    PoDate date
    OrderReferenceNumber string(80)
    Description textarea(32000)
    BillToContactId ->Contact
    ShipToContactId ->Contact
    CompanyAuthorizedById ->User
    CompanyAuthorizedDate date
    CustomerAuthorizedById ->Contact
    CustomerAuthorizedDate date
    @Billing
    @Shipping
    IsReductionOrder boolean fixed label:Reduction_Order
    ActivatedDate datetime read
    ActivatedById ->User read
    TotalAmount currency(18,2) read label:Order_Amount""",
    """OrderItem 802 Order_Products
    OrderItemNumber string(30) read auto name
    OrderId ->Order required fixed cascade
    PricebookEntryId ->PricebookEntry fixed
    Product2Id ->Product2 fixed
    Quantity double(18,2) required
    UnitPrice currency(18,2)
    ListPrice currency(18,2) read
    TotalPrice currency(18,2) read
    AvailableQuantity double(18,2) read
    ServiceDate date label:Start_Date
    EndDate date
    Description string(255) label:Line_Description""",
    """Quote 0Q0 Quotes
    Name string(255) required name label:Quote_Name
    QuoteNumber string(30) read auto
    OpportunityId ->Opportunity required fixed cascade
    AccountId ->Account read
    ContactId ->Contact
    Pricebook2Id ->Pricebook2 label:Price_Book_ID
    OwnerId ->User defaulted
    Status picklist(40)
    ExpirationDate date
    Description textarea(32000)
    Email email(80)
    Phone phone(40)
    Fax phone(40)
    BillingName string(255) label:Bill_To_Name
    ShippingName string(255) label:Ship_To_Name
    QuoteToName string(255)
    AdditionalName string(255) label:Additional_To_Name
    @Billing
    @Shipping
    @QuoteTo
    @Additional
    Discount percent(5,2) read
    Subtotal currency(18,2) read
    TotalPrice currency(18,2) read
    Tax currency(18,2)
    ShippingHandling currency(18,2) label:Shipping_and_Handling
    GrandTotal currency(18,2) read
    LineItemCount int read
    IsSyncing boolean read""",
    """QuoteLineItem 0QL Quote_Line_Items
    LineNumber string(255) read auto name
    QuoteId ->Quote required fixed cascade
    PricebookEntryId ->PricebookEntry fixed
    Product2Id ->Product2 fixed
    OpportunityLineItemId ->OpportunityLineItem
    Quantity double(12,2) required
    UnitPrice currency(18,2) required label:Sales_Price
    ListPrice currency(18,2) read
    Subtotal currency(18,2) read
    TotalPrice currency(18,2) read
    Discount percent(5,2)
    Description string(255) label:Line_Item_Description
    ServiceDate date label:Date
    SortOrder int""",
    """User 005 Users readonly norecycle
    Username string(80) required idlookup
    LastName string(80) required
    FirstName string(40)
    Name string(121) read name label:Full_Name
    CompanyName string(80)
    Division string(80)
    Department string(80)
    Title string(80)
    Email email(128) required idlookup
    Phone phone(40)
    Fax phone(40)
    MobilePhone phone(40)
    Alias string(8) required
    CommunityNickname string(40) required label:Nickname
    Street textarea(255)
    City string(40)
    State string(80) label:State/Province
    PostalCode string(20) label:Zip/Postal_Code
    Country string(80)
    ManagerId ->User
    IsActive boolean label:Active
    EmployeeNumber string(20)
    TimeZoneSidKey picklist(40) required restricted label:Time_Zone
    LocaleSidKey picklist(40) required restricted label:Locale
    EmailEncodingKey picklist(40) required restricted label:Email_Encoding
    LanguageLocaleKey picklist(40) required restricted label:Language
    UserType picklist(40) read restricted
    LastLoginDate datetime read label:Last_Login""",
    """Organization 00D Organizations readonly norecycle
    Name string(80) required name
    Country string(80)
    Phone phone(40)
    Fax phone(40)
    PrimaryContact string(80)
    DefaultLocaleSidKey picklist(40) restricted label:Locale
    TimeZoneSidKey picklist(40) restricted label:Time_Zone
    LanguageLocaleKey picklist(40) restricted label:Language
    FiscalYearStartMonth int
    OrganizationType picklist(40) restricted read label:Edition
    NamespacePrefix string(15) read
    InstanceName string(5) read
    IsSandbox boolean read
    TrialExpirationDate datetime read""",
    """RecordType 012 Record_Types readonly norecycle
    Name string(80) required name
    DeveloperName string(80) required
    NamespacePrefix string(15) read
    Description string(255)
    SobjectType picklist(40) required fixed restricted
    IsActive boolean label:Active""",
)
_CUSTOM = {
    "Account": """
    QuickBooks_ListID__c string(40) external unique cased
    QuickBooks_Balance__c currency(18,2)
    QuickBooks_Total_Balance__c currency(18,2)
    QuickBooks_Credit_Limit__c currency(18,2)
    QuickBooks_Terms__c string(31)
    QuickBooks_Customer_Type__c string(159)
    QuickBooks_Sales_Rep__c string(5)
    QuickBooks_Tax_Code__c string(3)""",
    "Contact": "QuickBooks_ListID__c string(40) external unique cased",
    "Product2": "QuickBooks_ListID__c string(40) external unique cased",
}
_GEOCODES = (
    "Address",
    "NearAddress",
    "Block",
    "Street",
    "ExtendedZip",
    "Zip",
    "Neighborhood",
    "City",
    "County",
    "State",
)
_CLEAN = ("Matched", "Different", "Acknowledged", "NotFound", "Inactive", "Pending", "SelectMatch", "Skipped")
_LEADS = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
_PICKS: dict[str, tuple[str, ...]] = {
    "Account.Type": ("Prospect", "Customer - Direct", "Customer - Channel", "Channel Partner / Reseller", "Other"),
    "Account.Industry": ("Agriculture", "Construction", "Education", "Finance", "Healthcare", "Retail"),
    "Account.Ownership": ("Public", "Private", "Subsidiary", "Other"),
    "Account.Rating": ("Hot", "Warm", "Cold"),
    "Account.AccountSource": _LEADS,
    "Account.CleanStatus": _CLEAN,
    "Contact.CleanStatus": _CLEAN,
    "Contact.Salutation": ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof."),
    "Contact.LeadSource": _LEADS,
    "Opportunity.LeadSource": _LEADS,
    "Opportunity.Type": ("Existing Customer - Upgrade", "Existing Customer - Replacement", "New Customer"),
    "Opportunity.StageName": (
        "Prospecting", "Qualification", "Needs Analysis", "Value Proposition", "Id. Decision Makers",
        "Perception Analysis", "Proposal/Price Quote", "Negotiation/Review", "Closed Won", "Closed Lost",
    ),
    "Opportunity.ForecastCategory": ("Omitted", "Pipeline", "BestCase", "MostLikely", "Forecast", "Closed"),
    "Opportunity.ForecastCategoryName": ("Omitted", "Pipeline", "Best Case", "Commit", "Closed"),
    "OpportunityStage.ForecastCategory": ("Omitted", "Pipeline", "BestCase", "MostLikely", "Forecast", "Closed"),
    "OpportunityStage.ForecastCategoryName": ("Omitted", "Pipeline", "Best Case", "Commit", "Closed"),
    "Product2.Family": ("None",),
    "Order.Status": ("Draft", "Activated"),
    "Order.StatusCode": ("Draft", "Activated"),
    "Quote.Status": ("Draft", "Needs Review", "In Review", "Approved", "Rejected", "Presented", "Accepted", "Denied"),
    "User.UserType": ("Standard",),
    "RecordType.SobjectType": ("Account", "Contact", "Opportunity", "Product2"),
    **{
        f"{owner}.{kind}GeocodeAccuracy": _GEOCODES
        for owner, kinds in (
            ("Account", ("Billing", "Shipping")), ("Contact", ("Other", "Mailing")),
            ("Order", ("Billing", "Shipping")), ("Quote", ("Billing", "Shipping", "QuoteTo", "Additional")),
        )
        for kind in kinds
    },
}  # fmt: skip


def build_schema(*, prepared: bool) -> Schema:
    """Return every object of the org; a prepared one has the custom fields that the product asks for."""
    schema: Schema = {}
    for text in _OBJECTS:
        name = text.split(maxsplit=1)[0]
        one = read_object(text, _PICKS, _CUSTOM.get(name, "") if prepared else "")
        schema[name.lower()] = one
    return schema
