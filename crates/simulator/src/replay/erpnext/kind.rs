//! The kinds of document the replay knows: naming, what must be there, what must exist, who may be submitted.

/// How a document gets its name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Naming {
    /// `PREFIX` with `{Y}` the year, `{y}` its last two digits, `{m}` the month, then a number of so many digits.
    Series(&'static str, usize),
    /// The value of this field; the same one twice is 409.
    Field(&'static str),
    /// The value of this field; the same one again gets ` - 1`.
    Spread(&'static str),
    /// Ten letters.
    Hash,
    /// Given in the body as `name`.
    Given,
    /// `{title}-{type}`.
    Address,
    /// `{first} {last}-{linked party}`.
    Contact,
    /// `{dt}-{fieldname}`.
    CustomField,
}

/// What the replay knows of a DocType.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub name: &'static str,
    pub submittable: bool,
    pub naming: Naming,
    pub mandatory: &'static [(&'static str, &'static str)],
    /// Fields that name another document.
    pub links: &'static [(&'static str, &'static str)],
    /// Every field that it has beyond those of all documents; what is not here is dropped in silence.
    pub fields: &'static [&'static str],
    /// Values that a new document has when nothing is given.
    pub defaults: &'static [(&'static str, &'static str)],
}

const fn plain(name: &'static str, naming: Naming, fields: &'static [&'static str]) -> Kind {
    Kind { name, submittable: false, naming, mandatory: &[], links: &[], fields, defaults: &[] }
}

const TOTALS: &[&str] = &[
    "customer",
    "customer_name",
    "company",
    "title",
    "naming_series",
    "currency",
    "items",
    "taxes",
    "taxes_and_charges",
    "net_total",
    "total",
    "total_taxes_and_charges",
    "grand_total",
    "rounded_total",
    "rounding_adjustment",
    "disable_rounded_total",
    "status",
    "payment_schedule",
    "remarks",
    "amended_from",
    "transaction_date",
    "delivery_date",
    "order_type",
    "posting_date",
    "due_date",
    "set_posting_time",
    "is_return",
    "return_against",
    "update_outstanding_for_self",
    "outstanding_amount",
    "paid_amount",
    "subscription",
    "per_billed",
    "billing_status",
    "allocate_advances_automatically",
    "advances",
    "supplier",
    "supplier_name",
    "schedule_date",
    "total_advance",
    "per_received",
];

/// The kinds, by name.
#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    Kind { mandatory: &[("first_name", "First Name")], defaults: &[("status", "Lead")],
        ..plain("Lead", Naming::Series("CRM-LEAD-{Y}-", 5), &["first_name", "last_name", "lead_name", "email_id", "mobile_no", "phone", "city", "state", "country", "source", "status", "company", "title", "lead_owner", "no_of_employees", "disabled", "notes"]) },
    Kind { mandatory: &[("opportunity_from", "Opportunity From"), ("party_name", "Party")], defaults: &[("status", "Open")],
        ..plain("Opportunity", Naming::Series("CRM-OPP-{Y}-", 5), &["opportunity_from", "party_name", "opportunity_type", "expected_closing", "opportunity_amount", "probability", "status", "title", "company", "transaction_date", "source", "contact_mobile", "items"]) },
    Kind { mandatory: &[("customer_name", "Customer Name")], links: &[("lead_name", "Lead")],
        ..plain("Customer", Naming::Spread("customer_name"), &["customer_name", "customer_type", "customer_group", "territory", "lead_name", "mobile_no", "email_id", "tax_id", "disabled", "language", "customer_primary_address", "customer_primary_contact", "naming_series"]) },
    Kind { mandatory: &[("address_line1", "Address Line 1"), ("city", "City/Town"), ("country", "Country")],
        ..plain("Address", Naming::Address, &["address_title", "address_type", "address_line1", "address_line2", "city", "state", "pincode", "country", "is_primary_address", "links", "disabled"]) },
    plain("Contact", Naming::Contact, &["first_name", "last_name", "full_name", "email_id", "mobile_no", "phone", "email_ids", "phone_nos", "links", "status"]),
    Kind { mandatory: &[("item_code", "Item Code"), ("item_group", "Item Group")],
        ..plain("Item", Naming::Field("item_code"), &["item_code", "item_name", "item_group", "stock_uom", "is_stock_item", "is_sales_item", "is_purchase_item", "include_item_in_manufacturing", "description", "disabled", "has_serial_no"]) },
    Kind { mandatory: &[("item_code", "Item Code"), ("price_list", "Price List")],
        ..plain("Item Price", Naming::Hash, &["item_code", "item_name", "item_description", "price_list", "price_list_rate", "currency", "selling", "buying", "valid_from", "uom"]) },
    Kind { submittable: true, defaults: &[("status", "Draft")],
        ..plain("Sales Order", Naming::Series("SAL-ORD-{Y}-", 5), TOTALS) },
    Kind { submittable: true, defaults: &[("status", "Draft")],
        ..plain("Sales Invoice", Naming::Series("ACC-SINV-{Y}-", 5), TOTALS) },
    Kind { submittable: true, defaults: &[("status", "Draft")],
        ..plain("Payment Entry", Naming::Series("ACC-PAY-{Y}-", 5), &["payment_type", "company", "party_type", "party", "party_name", "posting_date", "paid_from", "paid_to", "paid_from_account_currency", "paid_to_account_currency", "source_exchange_rate", "target_exchange_rate", "paid_amount", "received_amount", "total_allocated_amount", "unallocated_amount", "reference_no", "reference_date", "mode_of_payment", "references", "status", "title", "remarks", "amended_from"]) },
    Kind { mandatory: &[("subject", "Subject")], links: &[("customer", "Customer")], defaults: &[("status", "Open"), ("priority", "Medium")],
        ..plain("Issue", Naming::Series("ISS-{Y}-", 5), &["subject", "customer", "customer_name", "raised_by", "priority", "issue_type", "description", "status", "resolution_details", "opening_date"]) },
    Kind { mandatory: &[("first_name", "First Name")], defaults: &[("status", "Active")],
        ..plain("Employee", Naming::Series("HR-EMP-", 5), &["first_name", "last_name", "employee_name", "company", "gender", "date_of_birth", "date_of_joining", "status", "attendance_device_id", "cell_number", "holiday_list", "salary_mode", "user_id", "relieving_date"]) },
    Kind { mandatory: &[("employee", "Employee"), ("time", "Time")], links: &[("employee", "Employee")],
        ..plain("Employee Checkin", Naming::Series("EMP-CKIN-{m}-{Y}-", 6), &["employee", "employee_name", "log_type", "time", "device_id", "latitude", "longitude", "skip_auto_attendance"]) },
    plain("Salary Component", Naming::Field("salary_component"), &["salary_component", "salary_component_abbr", "type", "accounts", "disabled"]),
    Kind { submittable: true, mandatory: &[("employee", "Employee"), ("salary_component", "Salary Component")], links: &[("employee", "Employee"), ("salary_component", "Salary Component")],
        ..plain("Additional Salary", Naming::Series("HR-ADS-{y}-{m}-", 5), &["employee", "company", "salary_component", "amount", "payroll_date", "currency", "overwrite_salary_structure_amount", "disabled"]) },
    Kind { submittable: true, defaults: &[("status", "Draft")],
        ..plain("Purchase Order", Naming::Series("PUR-ORD-{Y}-", 5), TOTALS) },
    Kind { submittable: true, defaults: &[("status", "Draft")],
        ..plain("Purchase Receipt", Naming::Series("MAT-PRE-{Y}-", 5), TOTALS) },
    Kind { defaults: &[("status", "Active")],
        ..plain("Subscription", Naming::Series("ACC-SUB-{Y}-", 5), &["party_type", "party", "company", "start_date", "end_date", "status", "generate_invoice_at", "submit_invoice", "days_until_due", "plans", "current_invoice_start"]) },
    plain("Custom Field", Naming::CustomField, &["dt", "fieldname", "label", "fieldtype", "unique", "no_copy", "insert_after", "read_only", "in_standard_filter", "search_index", "allow_on_submit", "options"]),
    plain("Webhook", Naming::Given, &["request_method", "request_structure", "enabled", "enable_security", "webhook_secret", "timeout", "webhook_headers", "webhook_doctype", "webhook_docevent", "request_url", "webhook_json", "webhook_data", "condition", "background_jobs_queue"]),
    plain("Company", Naming::Field("company_name"), &["company_name", "abbr", "default_currency", "country", "default_bank_account", "default_cash_account", "default_receivable_account", "default_income_account", "cost_center"]),
    plain("System Settings", Naming::Given, &["time_zone", "currency_precision", "float_precision", "rounding_method", "currency", "date_format"]),
    plain("Account", Naming::Given, &["account_name", "account_number", "account_type", "parent_account", "is_group", "company", "tax_rate"]),
    plain("Item Group", Naming::Given, &["parent_item_group", "is_group"]),
    plain("Customer Group", Naming::Given, &["parent_customer_group", "is_group"]),
    plain("Territory", Naming::Given, &["parent_territory", "is_group"]),
    plain("Price List", Naming::Given, &["currency", "selling", "buying", "enabled"]),
    plain("Deleted Document", Naming::Hash, &["deleted_doctype", "deleted_name", "restored"]),
    plain("Webhook Request Log", Naming::Hash, &["webhook", "reference_document", "url", "response", "error"]),
];

/// The kind of this name.
pub(super) fn of(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
