//! Which engines there are, and what of ours they can know.

store::words! {
    /// A program of somebody else's that is attached to ours and keeps its own users.
    pub enum Engine {
        Freeradius = "freeradius",
        Inventree = "inventree",
        Erpnext = "erpnext",
    }
}

impl Engine {
    /// The one that keeps the books.
    pub const BOOKS: Self = Self::Erpnext;
    /// The one that lets people in.
    pub const ACCESS: Self = Self::Freeradius;
    /// The one that knows where devices are.
    pub const STOCK: Self = Self::Inventree;
}

store::words! {
    /// A kind of record that both sides hold.
    pub enum Subject {
        Lead = "lead",
        Customer = "customer",
        Plan = "plan",
        Order = "order",
        Invoice = "invoice",
        CreditNote = "credit_note",
        Payment = "payment",
        Account = "account",
        Profile = "profile",
        Nas = "nas",
        Part = "part",
        Location = "location",
        Item = "item",
        Move = "move",
        PurchaseOrder = "purchase_order",
        Ticket = "ticket",
        Employee = "employee",
        Attendance = "attendance",
        Commission = "commission",
    }
}

impl Subject {
    /// What is told first when one transaction changed several records: a record comes after those that
    /// it names (an invoice after its customer, an account after its profile).
    pub const fn rank(self) -> i64 {
        match self {
            Self::Plan
            | Self::Profile
            | Self::Nas
            | Self::Part
            | Self::Location
            | Self::Employee => 1,
            Self::Lead => 2,
            Self::Customer => 3,
            Self::Order | Self::PurchaseOrder | Self::Item | Self::Account => 4,
            Self::Invoice | Self::Move | Self::Ticket | Self::Attendance => 5,
            Self::CreditNote | Self::Payment | Self::Commission => 6,
        }
    }
}
