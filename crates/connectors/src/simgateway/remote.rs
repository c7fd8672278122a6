//! The other side: the simulated gateway's own books, its customers' button and its notices.
//!
//! It lives in the same process as the demo, but our side reaches it only through the port, as it would
//! a real one. Its books may lie in a file, so that a demo started again knows its open charges.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use kernel::{Fault, Money, Result, Ts};
use network::Secret;
use serde::{Deserialize, Serialize};

use super::wire::{self, WireNotice, WireState};

/// A charge in the gateway's books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Ours: the intent's reference.
    pub reference: String,
    /// What the customer types or scans.
    pub code: String,
    pub amount: Money,
    /// The payer may choose the amount.
    pub open_amount: bool,
    pub expires_at: Ts,
    state: WireState,
    payment_id: Option<String>,
    paid: Money,
    changed_at: Ts,
}

impl Charge {
    /// Whether the customer can still pay it at `now`.
    pub fn is_payable(&self, now: Ts) -> bool {
        self.state == WireState::Pending && now < self.expires_at
    }
    pub fn is_paid(&self) -> bool {
        self.state == WireState::Paid
    }
}

/// A signed notice, ready to be delivered once, never, or many times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentNotice {
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// The simulated gateway itself.
#[derive(Debug)]
pub struct Remote {
    key: Secret,
    file: Option<PathBuf>,
    books: Mutex<Books>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Books {
    charges: BTreeMap<String, Charge>,
    payments: u64,
    /// Stands for a gateway that does not answer.
    #[serde(skip)]
    away: bool,
}

impl Remote {
    /// Opens the books, in memory or in a file. `key` signs the notices.
    ///
    /// # Errors
    /// `connectors.gateway_books` when the file is there but can't be read.
    pub fn open(key: Secret, file: Option<&Path>) -> Result<Self> {
        let books = match file {
            Some(path) if path.exists() => std::fs::read(path)
                .map_err(|e| unreadable().because(e))
                .and_then(|raw| {
                    serde_json::from_slice(&raw).map_err(|e| unreadable().because(e))
                })?,
            _ => Books::default(),
        };
        Ok(Self { key, file: file.map(Path::to_owned), books: Mutex::new(books) })
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        // A panic elsewhere leaves the books as they were: each change is one assignment.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// While `true` it answers nobody, neither the port nor the customer.
    pub fn set_away(&self, away: bool) {
        self.books().away = away;
    }
    pub(super) fn is_away(&self) -> bool {
        self.books().away
    }

    /// Opens a charge; the same reference again answers the one there is.
    pub(super) fn open_charge(&self, wanted: &Charge) -> Result<Charge> {
        let mut books = self.books();
        let charge =
            books.charges.entry(wanted.reference.clone()).or_insert_with(|| wanted.clone()).clone();
        self.keep(&books)?;
        Ok(charge)
    }

    pub(super) fn charge(&self, reference: &str) -> Option<Charge> {
        self.books().charges.get(reference).cloned()
    }

    /// The charge that a customer's code stands for.
    pub fn by_code(&self, code: &str) -> Option<Charge> {
        self.books().charges.values().find(|c| c.code == code).cloned()
    }

    /// The customer presses "pay". The charge is paid from now on, and the notice is answered for
    /// delivery; paying twice answers the first payment's notice. `amount` counts only for a charge
    /// with an open amount.
    ///
    /// # Errors
    /// `connectors.gateway_away`, `connectors.gateway_no_charge`, `connectors.gateway_expired`.
    pub fn pay(&self, code: &str, amount: Option<Money>, now: Ts) -> Result<SentNotice> {
        let mut books = self.books();
        if books.away {
            return Err(away());
        }
        let found = books.charges.values().find(|c| c.code == code).map(|c| c.reference.clone());
        let reference = found.ok_or_else(no_charge)?;
        let number = books.payments + 1;
        let charge = books.charges.get_mut(&reference).ok_or_else(no_charge)?;
        if charge.is_paid() {
            return self.notice_of(charge);
        }
        if !charge.is_payable(now) {
            return Err(expired());
        }
        charge.state = WireState::Paid;
        charge.payment_id = Some(format!("SIM{number:09}"));
        charge.paid = match amount {
            Some(amount) if charge.open_amount && amount.is_positive() => amount,
            _ => charge.amount,
        };
        charge.changed_at = now;
        let charge = charge.clone();
        books.payments = number;
        self.keep(&books)?;
        self.notice_of(&charge)
    }

    /// The money goes back to the payer; answers the notice of it.
    ///
    /// # Errors
    /// `connectors.gateway_no_charge` when the charge was not paid.
    pub fn refund(&self, reference: &str, now: Ts) -> Result<SentNotice> {
        let mut books = self.books();
        let charge = books.charges.get_mut(reference).filter(|c| c.is_paid());
        let charge = charge.ok_or_else(no_charge)?;
        charge.state = WireState::Refunded;
        charge.changed_at = now;
        let charge = charge.clone();
        self.keep(&books)?;
        self.notice_of(&charge)
    }

    /// The notice of the charge's present state, once more: the same id and the same bytes.
    ///
    /// # Errors
    /// `connectors.gateway_no_charge`.
    pub fn notice(&self, reference: &str) -> Result<SentNotice> {
        let charge = self.charge(reference).ok_or_else(no_charge)?;
        self.notice_of(&charge)
    }

    fn notice_of(&self, charge: &Charge) -> Result<SentNotice> {
        let body = serde_json::to_vec(&told(charge, charge.changed_at))
            .map_err(|e| Fault::bug(e.to_string()))?;
        let signature = wire::sign(self.key.expose().as_bytes(), &body)
            .ok_or_else(|| Fault::bug("a notice can't be signed"))?;
        let headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            (wire::SIGNATURE_HEADER.to_owned(), signature),
        ];
        Ok(SentNotice { headers, body })
    }

    /// Writes the books beside the file and puts them in its place.
    fn keep(&self, books: &Books) -> Result<()> {
        let Some(path) = &self.file else { return Ok(()) };
        let raw = serde_json::to_vec(books).map_err(|e| Fault::bug(e.to_string()))?;
        let draft = path.with_extension("tmp");
        std::fs::write(&draft, raw)
            .and_then(|()| std::fs::rename(&draft, path))
            .map_err(|e| unreadable().because(e))
    }
}

/// A charge that the port asks for.
pub(super) fn wanted(
    reference: &str,
    amount: Money,
    open_amount: bool,
    expires_at: Ts,
    now: Ts,
) -> Charge {
    Charge {
        reference: reference.to_owned(),
        code: reference.to_ascii_uppercase(),
        amount,
        open_amount,
        expires_at,
        state: WireState::Pending,
        payment_id: None,
        paid: Money::ZERO,
        changed_at: now,
    }
}

/// What the gateway says of a charge at `now`: one not paid in time has expired.
pub(super) fn told(charge: &Charge, now: Ts) -> WireNotice {
    let lapsed = charge.state == WireState::Pending && now >= charge.expires_at;
    let state = if lapsed { WireState::Expired } else { charge.state };
    let amount = if charge.payment_id.is_some() { charge.paid } else { charge.amount };
    WireNotice {
        notice_id: format!("{}:{state:?}", charge.reference),
        merchant_ref: charge.reference.clone(),
        payment_id: charge.payment_id.clone().unwrap_or_default(),
        amount: amount.get(),
        currency: "IDR".to_owned(),
        state,
        paid_at: charge.changed_at,
    }
}

fn unreadable() -> Fault {
    Fault::unavailable(
        "connectors.gateway_books",
        "Catatan gateway simulasi tidak dapat dibaca atau ditulis.",
        "The simulated gateway's books can't be read or written.",
    )
}
fn away() -> Fault {
    Fault::unavailable(
        "connectors.gateway_away",
        "Payment gateway sedang tidak bisa dihubungi. Coba lagi sebentar lagi.",
        "The payment gateway can't be reached. Try again shortly.",
    )
}
fn no_charge() -> Fault {
    Fault::not_found(
        "connectors.gateway_no_charge",
        "Kode pembayaran tidak dikenal.",
        "This payment code is unknown.",
    )
}
fn expired() -> Fault {
    Fault::conflict(
        "connectors.gateway_expired",
        "Kode pembayaran sudah kedaluwarsa; buat yang baru.",
        "This payment code has expired; make a new one.",
    )
}
