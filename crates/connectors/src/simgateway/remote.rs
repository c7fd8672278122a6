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

use super::wire::{self, CURRENCY, SIGNATURE_HEADER, WireNotice, WireState};

const KEY_MIN: usize = 16;

/// A charge in the gateway's books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Ours: the intent's reference.
    pub reference: String,
    /// The virtual account number that the customer types.
    pub code: String,
    pub amount: Money,
    /// The payer chooses the amount, and may pay again: a permanent virtual account.
    pub open_amount: bool,
    pub expires_at: Ts,
    payments: Vec<Paid>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Paid {
    id: String,
    amount: Money,
    state: WireState,
    at: Ts,
}

impl Charge {
    /// Whether the customer can pay it at `now`.
    pub fn is_payable(&self, now: Ts) -> bool {
        self.open_amount || (self.payments.is_empty() && now < self.expires_at)
    }
    pub fn is_paid(&self) -> bool {
        self.payments.iter().any(|p| p.state == WireState::Paid)
    }

    /// What the gateway says of it at `now`: its payments; a lapsed one without any has expired; one that
    /// still waits has none.
    pub(super) fn told(&self, now: Ts) -> Vec<WireNotice> {
        let lapsed = self.payments.is_empty() && !self.is_payable(now);
        if lapsed {
            return vec![self.notice("", WireState::Expired, self.amount, self.expires_at)];
        }
        self.payments.iter().map(|p| self.notice(&p.id, p.state, p.amount, p.at)).collect()
    }

    fn notice(&self, payment_id: &str, state: WireState, amount: Money, at: Ts) -> WireNotice {
        let which = if payment_id.is_empty() { &self.reference } else { payment_id };
        WireNotice {
            notice_id: format!("{which}:{}", state.word()),
            merchant_ref: self.reference.clone(),
            payment_id: payment_id.to_owned(),
            amount: amount.get(),
            currency: CURRENCY.to_owned(),
            state,
            paid_at: at,
        }
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
    /// `connectors.gateway_key` for a key under 16 characters; `connectors.gateway_books` when the file
    /// is there but can't be read.
    pub fn open(key: Secret, file: Option<&Path>) -> Result<Self> {
        if key.expose().len() < KEY_MIN {
            return Err(Fault::field(
                "key",
                "connectors.gateway_key",
                "paling sedikit 16 karakter",
                "at least 16 characters",
            ));
        }
        let books = match file {
            Some(path) if path.exists() => {
                std::fs::read(path).map_err(|e| unreadable().because(e)).and_then(|raw| {
                    serde_json::from_slice(&raw).map_err(|e| unreadable().because(e))
                })?
            }
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
    pub(super) fn open_charge(
        &self,
        reference: &str,
        amount: Money,
        open_amount: bool,
        expires_at: Ts,
    ) -> Result<Charge> {
        let mut books = self.books();
        if books.away {
            return Err(away());
        }
        if let Some(there) = books.charges.get(reference) {
            return Ok(there.clone());
        }
        let number = books.charges.len() + 1;
        let charge = Charge {
            reference: reference.to_owned(),
            code: format!("8808{number:012}"),
            amount,
            open_amount,
            expires_at,
            payments: Vec::new(),
        };
        books.charges.insert(reference.to_owned(), charge.clone());
        self.keep(&books)?;
        Ok(charge)
    }

    /// The charge with our reference, for the page on which the customer pays.
    pub fn charge(&self, reference: &str) -> Option<Charge> {
        self.books().charges.get(reference).cloned()
    }

    /// The charge of a virtual account number.
    pub fn by_code(&self, code: &str) -> Option<Charge> {
        self.books().charges.values().find(|c| c.code == code).cloned()
    }

    /// The customer presses "pay": the money is here from now on, and its signed notice is answered, to be
    /// delivered. A charge with a fixed amount is paid once; pressing again answers the same notice.
    /// `amount` counts only where the payer chooses it.
    ///
    /// # Errors
    /// `connectors.gateway_away`, `connectors.gateway_no_charge`, `connectors.gateway_expired`;
    /// `connectors.gateway_amount` when the chosen amount is missing or not positive.
    pub fn pay(&self, reference: &str, amount: Option<Money>, now: Ts) -> Result<SentNotice> {
        let mut books = self.books();
        if books.away {
            return Err(away());
        }
        let number = books.payments + 1;
        let charge = books.charges.get_mut(reference).ok_or_else(no_charge)?;
        if let (false, Some(paid)) = (charge.open_amount, charge.payments.first()) {
            return self.sign(&charge.notice(&paid.id, paid.state, paid.amount, paid.at));
        }
        if !charge.is_payable(now) {
            return Err(expired());
        }
        let amount = if charge.open_amount {
            amount.filter(|a| a.is_positive()).ok_or_else(no_amount)?
        } else {
            charge.amount
        };
        // A gateway never gives a number twice, also when its books begin anew: the charge is in it.
        let which = reference.get(reference.len().saturating_sub(12)..).unwrap_or(reference);
        let id = format!("SIM{number:09}-{which}");
        let paid = Paid { id, amount, state: WireState::Paid, at: now };
        charge.payments.push(paid.clone());
        let notice = charge.notice(&paid.id, paid.state, paid.amount, paid.at);
        books.payments = number;
        self.keep(&books)?;
        self.sign(&notice)
    }

    /// The latest payment goes back to the payer; answers the signed notice of it.
    ///
    /// # Errors
    /// `connectors.gateway_no_charge` when nothing was paid.
    pub fn refund(&self, reference: &str, now: Ts) -> Result<SentNotice> {
        let mut books = self.books();
        let charge = books.charges.get_mut(reference).ok_or_else(no_charge)?;
        let paid = charge.payments.iter_mut().rev().find(|p| p.state == WireState::Paid);
        let paid = paid.ok_or_else(no_charge)?;
        paid.state = WireState::Refunded;
        paid.at = now;
        let paid = paid.clone();
        let notice = charge.notice(&paid.id, paid.state, paid.amount, paid.at);
        self.keep(&books)?;
        self.sign(&notice)
    }

    /// The notices of a charge's present state once more, the same bytes as before: what a gateway does
    /// when nobody answered the first time.
    ///
    /// # Errors
    /// `connectors.gateway_no_charge`.
    pub fn notices(&self, reference: &str, now: Ts) -> Result<Vec<SentNotice>> {
        let charge = self.charge(reference).ok_or_else(no_charge)?;
        charge.told(now).iter().map(|notice| self.sign(notice)).collect()
    }

    fn sign(&self, notice: &WireNotice) -> Result<SentNotice> {
        let body = serde_json::to_vec(notice).map_err(|e| Fault::bug(e.to_string()))?;
        let signature = wire::sign(self.key.expose().as_bytes(), &body)
            .ok_or_else(|| Fault::bug("a notice can't be signed"))?;
        let headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            (SIGNATURE_HEADER.to_owned(), signature),
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
fn no_amount() -> Fault {
    Fault::field(
        "amount",
        "connectors.gateway_amount",
        "isi jumlah yang dibayar",
        "enter the amount to pay",
    )
}
fn expired() -> Fault {
    Fault::conflict(
        "connectors.gateway_expired",
        "Kode pembayaran sudah kedaluwarsa; buat yang baru.",
        "This payment code has expired; make a new one.",
    )
}
