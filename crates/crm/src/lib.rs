//! Sales: who may become a customer, who is one, and where the network can reach.
//!
//! **Owns** leads and their duplicates, customers, coverage areas, ODPs and their ports, orders.
//! **Never** knows what a customer owes or whether they are online; never blocks a duplicate (a person
//! decides); never keeps a NIK in the clear.
//! **Enter here:** [`lead::register`], [`coverage::answer`], [`customer::create`],
//! [`odp::reserve_port`], [`order::create`].

pub mod area;
pub mod coverage;
pub mod customer;
pub mod duplicate;
pub mod lead;
pub mod names;
pub mod nik;
pub mod odp;
pub mod order;
mod person;
pub mod place;
pub mod request;
mod store;
pub mod word;

pub use place::Place;

/// This room's tables.
pub const MIGRATIONS: ::store::Migrations = ::store::Migrations {
    room: "crm",
    steps: &[
        ("001_init", include_str!("../migrations/001_init.sql")),
        ("002_request", include_str!("../migrations/002_request.sql")),
        ("003_word", include_str!("../migrations/003_word.sql")),
        ("004_sort", include_str!("../migrations/004_sort.sql")),
    ],
};

::store::words! {
    /// Where a lead or customer came from.
    pub enum Channel {
        Sales = "sales",
        Reseller = "reseller",
        Public = "public",
        Admin = "admin",
        Import = "import",
    }
}

impl Channel {
    /// What came in this way is only believed after somebody with `lead.verify` has looked.
    pub const fn needs_verifying(self) -> bool {
        matches!(self, Self::Reseller | Self::Public)
    }
}

::store::words! {
    /// How a subscription will be paid.
    pub enum Mode { Prepaid = "prepaid", Postpaid = "postpaid" }
}

/// A page of a list, and where the next one starts.
#[derive(Clone, Debug)]
pub struct Page<T, K> {
    pub items: Vec<T>,
    /// Give it as `after` to go on; `None` at the end.
    pub next: Option<K>,
}

impl<T, K> Page<T, K> {
    /// Makes a page of at most `limit` from rows read with one to spare.
    pub(crate) fn of(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(key) } else { None };
        Self { items: rows, next }
    }
}

/// A list's limit: 1 to 200.
pub(crate) fn limit_of(limit: i64) -> i64 {
    limit.clamp(1, 200)
}

/// `%text%` for `like`, lower case, with the pattern's own signs taken literally as spaces.
pub(crate) fn pattern(text: Option<&str>) -> Option<String> {
    let text = text?.to_lowercase().replace(['%', '_'], " ");
    let text = text.trim();
    if text.is_empty() { None } else { Some(format!("%{text}%")) }
}

/// `%812345%` when the text looks like (a part of) a phone number, however it was typed.
pub(crate) fn phone_pattern(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    if !text.chars().all(|c| c.is_ascii_digit() || "+ -.()".contains(c)) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix('0').unwrap_or(&digits);
    (digits.len() >= 3).then(|| format!("%{digits}%"))
}
