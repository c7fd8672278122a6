//! The port to a system of accounts and people that keeps its own users: who buys, what was sold, what is
//! owed and paid, who works.

use kernel::{Day, Money, Ts};
use uuid::Uuid;

use crate::paper::PaperLine;
use crate::{Doing, Subject};

/// Somebody who may become a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct LeadRecord {
    pub id: Uuid,
    pub name: String,
    pub phone: String,
    pub email: Option<String>,
    pub address: String,
    pub place: Option<(f64, f64)>,
    /// Its plan and monthly price are known: an opportunity is made of it.
    pub worth: Option<Money>,
}

/// A person or firm that pays.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerRecord {
    pub id: Uuid,
    pub name: String,
    pub is_firm: bool,
    pub phone: String,
    pub email: Option<String>,
    pub npwp: Option<String>,
    pub address: String,
    pub place: Option<(f64, f64)>,
    /// The login of its (first) connection.
    pub username: Option<String>,
    pub archived: bool,
    /// The engine's name of the lead it was.
    pub lead: Option<String>,
    /// What it is called there already, though it may not carry our id yet.
    pub known_as: Option<String>,
    /// Name, phone, e-mail or standing changed here since both sides agreed: they are written. Else only
    /// what is ours alone is.
    pub changed: bool,
}

/// Something sold each month, with the price in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRecord {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub price: Money,
    pub valid_from: Day,
    pub retired: bool,
    /// What it is called there already, though it may not carry our id yet.
    pub known_as: Option<String>,
}

/// A sale. Parties and plans are given by the engine's own names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRecord {
    pub id: Uuid,
    pub customer: String,
    pub plan: String,
    pub price: Money,
    /// `prepaid` or `postpaid`.
    pub mode: String,
    pub ordered_on: Day,
}

/// A line before tax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineRecord {
    /// The engine's name of the plan; `None`: the general service item.
    pub plan: Option<String>,
    pub text: String,
    pub amount: Money,
}

/// An issued invoice, or a credit note against one (`against`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceRecord {
    pub id: Uuid,
    /// Ours is the legal number.
    pub number: String,
    pub customer: String,
    pub issued_on: Day,
    pub due_on: Day,
    pub lines: Vec<LineRecord>,
    pub tax: Money,
    pub total: Money,
    /// The engine's name of the invoice that it lowers; amounts are still positive.
    pub against: Option<String>,
    /// The engine's names of payments told before, and how much of each settles this invoice: the customer's credit.
    pub credit: Vec<(String, Money)>,
    /// A person wants it there again though it was cancelled there: a new edition is made.
    pub again: bool,
}

/// Money that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRecord {
    pub id: Uuid,
    pub customer: String,
    pub channel: String,
    pub is_cash: bool,
    pub reference: String,
    pub amount: Money,
    pub received_on: Day,
    /// The engine's name of an invoice, and how much of it this settles.
    pub parts: Vec<(String, Money)>,
    /// It was taken back: the entry is cancelled over there.
    pub reversed: bool,
    /// As of an invoice.
    pub again: bool,
}

/// A complaint or a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketRecord {
    pub id: Uuid,
    pub customer: Option<String>,
    pub subject: String,
    pub text: String,
    pub closed: bool,
    pub resolution: Option<String>,
}

/// What has to be known of somebody before they can be made there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PapersRecord {
    pub is_male: bool,
    pub born_on: Day,
    pub joined_on: Day,
}

/// Somebody who works here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmployeeRecord {
    pub id: Uuid,
    pub name: String,
    pub phone: Option<String>,
    /// The login that the attendance device knows them by.
    pub login: String,
    /// Their last day; `None`: works here.
    pub left_on: Option<Day>,
    /// `None`: HR did not say.
    pub papers: Option<PapersRecord>,
    /// What they are called there already, though it may not carry our id yet.
    pub known_as: Option<String>,
    /// Name or phone changed here since both sides agreed: they are written.
    pub person_changed: bool,
    /// They came or left here since both sides agreed: that is written.
    pub standing_changed: bool,
}

/// Somebody came or went.
#[derive(Clone, Debug, PartialEq)]
pub struct AttendanceRecord {
    pub id: Uuid,
    pub employee: String,
    pub at: Ts,
    pub came: bool,
    pub place: Option<(f64, f64)>,
}

/// What money beside the salary is for: each has a name of its own there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pay {
    Commission,
    Incentive,
    /// Taken off the salary again.
    Deduction,
}

/// Money on top of the salary, or taken off it, computed by us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BonusRecord {
    pub id: Uuid,
    pub employee: String,
    pub pay: Pay,
    /// Positive, also where it is taken off.
    pub amount: Money,
    pub payroll_on: Day,
    /// As of an invoice.
    pub again: bool,
}

/// One record of ours as it has to stand there.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    Lead(LeadRecord),
    Customer(CustomerRecord),
    Plan(PlanRecord),
    Order(OrderRecord),
    Invoice(InvoiceRecord),
    Payment(PaymentRecord),
    Ticket(TicketRecord),
    Employee(EmployeeRecord),
    Attendance(AttendanceRecord),
    Bonus(BonusRecord),
}

/// How a record of ours stands there after it was read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub external_id: String,
    pub version: String,
}

/// How far a document of theirs has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Draft,
    Submitted,
    Cancelled,
}

/// What every record of theirs says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub external_id: String,
    /// The id of ours that it carries, when it carries one.
    pub our_id: Option<Uuid>,
    pub version: String,
    pub stage: Stage,
    /// When it was entered.
    pub created: Option<Ts>,
}

/// A lead of theirs.
#[derive(Clone, Debug, PartialEq)]
pub struct LeadSeen {
    pub head: Head,
    pub name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub place: Option<(f64, f64)>,
    pub city: String,
}

/// A customer of theirs.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerSeen {
    pub head: Head,
    pub name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub disabled: bool,
    /// The lead it was made of.
    pub lead: Option<String>,
    pub place: Option<(f64, f64)>,
}

/// An order of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSeen {
    pub head: Head,
    pub customer: String,
    /// The item names of its lines.
    pub items: Vec<String>,
    pub mode: Option<String>,
}

/// An invoice or credit note of theirs; amounts without sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceSeen {
    pub head: Head,
    pub customer: String,
    pub issued_on: Day,
    pub due_on: Day,
    pub total: Money,
    pub tax: Money,
    pub outstanding: Money,
    /// The invoice it lowers.
    pub against: Option<String>,
    pub is_credit: bool,
    /// The subscription over there that made it.
    pub subscription: Option<String>,
    pub text: String,
}

/// A payment of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentSeen {
    pub head: Head,
    /// Empty: no money of a customer.
    pub customer: String,
    /// `None`: entered over there, where channels of ours are not known.
    pub channel: Option<String>,
    pub reference: Option<String>,
    pub is_cash: bool,
    pub amount: Money,
    pub received_on: Day,
    pub parts: Vec<(String, Money)>,
}

/// A standing bill of theirs for a customer: a second biller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillerSeen {
    pub head: Head,
    pub customer: String,
    pub active: bool,
}

/// A complaint of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketSeen {
    pub head: Head,
    pub customer: Option<String>,
    pub subject: String,
    pub text: String,
    pub closed: bool,
    pub resolution: Option<String>,
}

/// An employee of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmployeeSeen {
    pub head: Head,
    pub name: String,
    pub phone: Option<String>,
    /// What an attendance device knows them by.
    pub login: Option<String>,
    /// In their words; only `works` is judged by.
    pub status: String,
    pub works: bool,
    pub left_on: Option<Day>,
}

/// Money beside the salary, of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BonusSeen {
    pub head: Head,
    pub employee: String,
    pub amount: Money,
}

/// Read only: what was ordered from a supplier, or came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseSeen {
    pub head: Head,
    pub supplier: String,
    pub dated: Day,
    pub total: Money,
    pub is_receipt: bool,
    /// In their words.
    pub status: String,
    /// Not shown by a list.
    pub lines: Vec<PaperLine>,
}

/// One record of theirs.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    Lead(LeadSeen),
    Customer(CustomerSeen),
    Order(OrderSeen),
    Invoice(InvoiceSeen),
    Payment(PaymentSeen),
    Biller(BillerSeen),
    Ticket(TicketSeen),
    Purchase(PurchaseSeen),
    Employee(EmployeeSeen),
    Bonus(BonusSeen),
}

impl Seen {
    pub fn head(&self) -> &Head {
        match self {
            Self::Lead(x) => &x.head,
            Self::Customer(x) => &x.head,
            Self::Order(x) => &x.head,
            Self::Invoice(x) => &x.head,
            Self::Payment(x) => &x.head,
            Self::Biller(x) => &x.head,
            Self::Ticket(x) => &x.head,
            Self::Purchase(x) => &x.head,
            Self::Employee(x) => &x.head,
            Self::Bonus(x) => &x.head,
        }
    }
}

/// The lists of theirs that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shelf {
    Leads,
    Customers,
    Orders,
    /// Credit notes too.
    Invoices,
    Payments,
    Billers,
    Tickets,
    PurchaseOrders,
    Receipts,
    Employees,
    /// Money beside the salary: only compared, never taken over.
    Bonuses,
}

impl Shelf {
    pub const ALL: [Self; 11] = [
        Self::Employees,
        Self::Leads,
        Self::Customers,
        Self::Orders,
        Self::Invoices,
        Self::Payments,
        Self::Billers,
        Self::Tickets,
        Self::PurchaseOrders,
        Self::Receipts,
        Self::Bonuses,
    ];

    /// The name of its cursor.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Leads => "leads",
            Self::Customers => "customers",
            Self::Orders => "orders",
            Self::Invoices => "invoices",
            Self::Payments => "payments",
            Self::Billers => "billers",
            Self::Tickets => "tickets",
            Self::PurchaseOrders => "purchase_orders",
            Self::Receipts => "receipts",
            Self::Employees => "employees",
            Self::Bonuses => "bonuses",
        }
    }
    pub const fn subject(self) -> Subject {
        match self {
            Self::Leads => Subject::Lead,
            Self::Customers | Self::Billers => Subject::Customer,
            Self::Orders => Subject::Order,
            Self::Invoices => Subject::Invoice,
            Self::Payments => Subject::Payment,
            Self::Tickets => Subject::Ticket,
            Self::PurchaseOrders | Self::Receipts => Subject::PurchaseOrder,
            Self::Employees => Subject::Employee,
            Self::Bonuses => Subject::Commission,
        }
    }
}

/// A customer, plan or employee of theirs as a list shows it: one of ours may be the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Twin {
    pub external_id: String,
    pub our_id: Option<Uuid>,
    pub name: String,
    /// Its own and those of its contacts.
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    /// What an attendance device knows an employee by.
    pub login: Option<String>,
    /// They do not work there any more.
    pub left: bool,
}

/// What twins are looked for of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kin {
    Customers,
    Plans,
    Employees,
}

/// A page of what changed, or of everything.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub seen: Vec<Seen>,
    /// Where the next one begins; opaque.
    pub cursor: Option<String>,
    pub more: bool,
}

/// What a handshake found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Greeting {
    pub version: String,
    /// What is missing or not allowed, each with what to do about it; empty: all is well.
    pub missing: Vec<String>,
    pub warnings: Vec<String>,
    /// What attaching makes there before anything is told.
    pub to_make: Vec<String>,
}

/// Keeps books and people elsewhere. A fault of kind `Unavailable` means *later*, any other *ask a person*.
pub trait AccountingSystem: Send + Sync {
    /// Looks at version, permissions and settings, and says what attaching would make. Changes nothing.
    fn greet(&self) -> Doing<'_, Greeting>;
    /// As [`Self::greet`], and makes what is to be made and proves that it holds.
    fn prepare(&self) -> Doing<'_, Greeting>;
    /// Makes the record stand there as told: found by our id, else made; submitted where that counts; read
    /// back. Doing it again changes nothing.
    fn ensure<'a>(&'a self, record: &'a Record) -> Doing<'a, Kept>;
    /// One record of theirs with its parts; `None` when it is not there (any more).
    fn find<'a>(&'a self, shelf: Shelf, external_id: &'a str) -> Doing<'a, Option<Seen>>;
    /// What changed since the cursor (`None`: from the beginning), oldest first, some of it perhaps again.
    fn changed<'a>(&'a self, shelf: Shelf, cursor: Option<&'a str>, limit: i64) -> Doing<'a, Page>;
    /// The cursor from which [`Self::changed`] gives what changed since `at`.
    fn cursor_at(&self, at: Ts) -> String;
    /// Everything, a page at a time, in an order of its own.
    /// Parts of a document are not shown.
    fn page<'a>(&'a self, shelf: Shelf, cursor: Option<&'a str>, limit: i64) -> Doing<'a, Page>;
    /// Whether it answers, and its version.
    fn ping(&self) -> Doing<'_, String>;
    /// Whether it keeps this kind of record at all: what it does not keep is not told.
    fn keeps(&self, subject: Subject) -> bool {
        let _ = subject;
        true
    }
    /// All of theirs that ours may be.
    fn twins(&self, of: Kin) -> Doing<'_, Vec<Twin>>;
    /// Theirs that this customer, plan or employee of ours may be: too many rather than too few.
    fn alike<'a>(&'a self, record: &'a Record) -> Doing<'a, Vec<Twin>>;
    /// Cancels a document of theirs; done when it is cancelled already or gone.
    fn cancel<'a>(&'a self, shelf: Shelf, external_id: &'a str) -> Doing<'a, ()>;
}
