//! "Kenapa?": for any subscription one deterministic answer to *why offline*, *why isolated*, *why this
//! amount*, with the chain of evidence and one sentence to say to the customer.
//!
//! Read-only. The words are the decision's own where access is the cause; where access is open, the cause
//! is looked for further along: not carried out yet, refused at login, NAS silent, device off.

mod amount;
mod evidence;

use kernel::{Actor, Lang, Permission, Result, Scope, SubscriptionId, Ts, Zone};
use network::DesiredKind;
use serde::Serialize;
use serde_json::Value as Json;
use store::Query;

pub use amount::{AmountAnswer, AmountPart, amount};
use evidence::{Evidence, gather};

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Say {
    pub id: String,
    pub en: String,
}

impl Say {
    pub fn new(id: impl Into<String>, en: impl Into<String>) -> Self {
        Self { id: id.into(), en: en.into() }
    }
    pub fn of(&self, lang: Lang) -> &str {
        if lang == Lang::En { &self.en } else { &self.id }
    }
}

/// One link of the chain of evidence, in the order in which things follow from each other.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// `policy`, `invoice`, `payment`, `desired`, `enforced`, `session`, `reject`, `nas`, `work_order`,
    /// `ticket`.
    pub step: &'static str,
    /// `ok`, `cause`, `info`.
    pub state: &'static str,
    pub say: Say,
    pub at: Option<Ts>,
    pub evidence: Json,
}

/// The answer.
#[derive(Clone, Debug, Serialize)]
pub struct Why {
    /// Stable: `unpaid`, `not_enforced`, `mac_differs`, `nas_down`, `device_off`, `online` …
    pub cause: String,
    /// `online`, `isolated`, `offline`, `blocked`.
    pub condition: &'static str,
    /// To say to the customer.
    pub say: Say,
    /// What would change it.
    pub remedy: Say,
    pub since: Option<Ts>,
    pub chain: Vec<Link>,
}

/// What the one who asks may see of money.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// Invoices and what is open.
    pub invoices: bool,
    pub payments: bool,
    pub tickets: bool,
}

impl Reader {
    pub fn of(actor: &Actor) -> Self {
        Self {
            invoices: actor.may(Permission::InvoiceRead),
            payments: actor.may(Permission::PaymentRead),
            tickets: actor.may(Permission::TicketRead),
        }
    }
    pub const fn all() -> Self {
        Self { invoices: true, payments: true, tickets: true }
    }
}

/// Explains a subscription to a reader: without amounts, invoices and payments where they may not see them.
///
/// # Errors
/// `billing.subscription_not_found`, also when out of scope.
pub async fn kenapa(
    q: &mut dyn Query,
    scope: &Scope,
    subscription: SubscriptionId,
    now: Ts,
    reader: Reader,
) -> Result<Why> {
    let evidence = gather(q, scope, subscription, now).await?;
    let (cause, condition, mut say, remedy, since) = answer(&evidence, now);
    if !(reader.invoices && reader.payments) {
        say = without_amounts(&cause).unwrap_or(say);
    }
    let chain = evidence.chain(&cause, now, reader);
    Ok(Why { cause, condition, say, remedy, since, chain })
}

/// An open invoice is the cause.
fn is_about_money(cause: &str) -> bool {
    without_amounts(cause).is_some()
}

/// The sentence about money for who may know that it is about money, but not how much. `None`: the cause
/// is another one.
fn without_amounts(cause: &str) -> Option<Say> {
    let (id, en) = match cause {
        "unpaid" => ("Ada tagihan lewat jatuh tempo yang belum lunas.", "An invoice is overdue."),
        "first_payment" => ("Menunggu pembayaran pertama.", "Waits for the first payment."),
        "promise_expired" => (
            "Janji bayar sudah lewat dan tagihannya belum lunas.",
            "The promise to pay has passed and the invoice is not paid.",
        ),
        "reversal" => (
            "Pembayaran dibatalkan; tagihannya terbuka lagi.",
            "A payment was taken back; its invoice is open again.",
        ),
        "period_over" => ("Masa paket prabayar sudah habis.", "The prepaid period is over."),
        _ => return None,
    };
    Some(Say::new(id, en))
}

type Answer = (String, &'static str, Say, Say, Option<Ts>);

fn answer(e: &Evidence, now: Ts) -> Answer {
    let Some(access) = &e.access else {
        return (
            "no_decision".into(),
            "blocked",
            Say::new(
                "Langganan baru dibuat; akses belum ditetapkan.",
                "The subscription is new; access is not decided yet.",
            ),
            Say::new("Tunggu beberapa detik.", "Wait a few seconds."),
            None,
        );
    };
    match access.desired.kind() {
        DesiredKind::Blocked => blocked(e),
        DesiredKind::Isolated => isolated(e),
        DesiredKind::Full => open(e, now),
    }
}

fn blocked(e: &Evidence) -> Answer {
    let access = e.access.as_ref();
    let code = access.map_or_else(String::new, |a| a.why.code.clone());
    let mut say = e.decision_words();
    let mut remedy = Say::new("-", "-");
    if code == "not_installed" {
        if let Some(order) = &e.work_order {
            say = order.say(e.zone);
        }
        remedy = Say::new("Selesaikan SPK pemasangan.", "Finish the installation work order.");
    } else if code == "terminated" {
        remedy = Say::new("Daftarkan langganan baru.", "Register a new subscription.");
    }
    (code, "blocked", say, remedy, access.map(|a| a.since))
}

fn isolated(e: &Evidence) -> Answer {
    let Some(access) = &e.access else { return blocked(e) };
    let mut code = access.why.code.clone();
    let mut say = e.decision_words();
    if let Some(reversed) = e.reversed.as_ref().filter(|_| code == "unpaid") {
        code = "reversal".into();
        let (at_id, at_en) = e.when(Some(reversed.at));
        say = Say::new(
            format!(
                "Pembayaran {} (kuitansi {}) dibatalkan {at_id}: {}. {}",
                reversed.amount, reversed.receipt, reversed.why, say.id
            ),
            format!(
                "The payment of {} (receipt {}) was taken back on {at_en}: {}. {}",
                reversed.amount, reversed.receipt, reversed.why, say.en
            ),
        );
    }
    let remedy = match code.as_str() {
        "unpaid" | "promise_expired" | "reversal" | "first_payment" => Say::new(
            "Bayar tagihan; internet terbuka dalam hitungan detik.",
            "Pay the invoice; the internet opens within seconds.",
        ),
        "period_over" => Say::new("Perpanjang paket.", "Renew the plan."),
        "quota_used" => Say::new(
            "Isi ulang kuota, atau tunggu periode berikutnya.",
            "Top up the quota, or wait for the next period.",
        ),
        "paused" => Say::new("Akhiri cuti layanan.", "End the pause."),
        "abuse" => Say::new("NOC melepas penahanan.", "NOC releases the hold."),
        _ => Say::new(
            "Finance atau pemilik melepas penahanan.",
            "Finance or the owner releases the hold.",
        ),
    };
    (code, "isolated", say, remedy, Some(access.since))
}

fn open(e: &Evidence, now: Ts) -> Answer {
    let Some(access) = &e.access else { return blocked(e) };
    if let Some(session) = e.session.as_ref().filter(|s| s.is_open()) {
        if !access.is_enforced() && !e.router_agreed() {
            return not_enforced(e, now);
        }
        if session.is_suspect() {
            return silent(e, session.nas_is_silent);
        }
        return online(e);
    }
    if let Some(reject) = &e.reject {
        return rejected(e, reject);
    }
    match &e.session {
        Some(session) if session.nas_is_silent => silent(e, true),
        Some(_) => device_off(e),
        None => never_online(e),
    }
}

fn online(e: &Evidence) -> Answer {
    let since = e.session.as_ref().map(|s| s.started_at);
    let (at_id, at_en) = e.when(since);
    let words = e.decision_words();
    let code = e.access.as_ref().map_or("ok", |a| a.why.code.as_str());
    let (cause, say) = match code {
        "fup" => ("fup".to_owned(), words),
        _ => (
            "online".to_owned(),
            Say::new(
                format!("Online sejak {at_id}. {}", words.id),
                format!("Online since {at_en}. {}", words.en),
            ),
        ),
    };
    let remedy = Say::new("Tidak perlu tindakan.", "Nothing to do.");
    (cause, "online", say, remedy, since)
}

fn not_enforced(e: &Evidence, now: Ts) -> Answer {
    let Some(access) = &e.access else { return blocked(e) };
    let waited = now.millis_since(access.caused_at) / 1_000;
    let (nas, last) = (e.nas_name(), e.last_attempt_words());
    let say = Say::new(
        format!(
            "Akses sudah dibuka {waited} detik yang lalu, router {nas} belum menerapkannya ({}, percobaan {}).",
            last.id, access.attempts
        ),
        format!(
            "Access was opened {waited} seconds ago; the router {nas} has not carried it out yet ({}, attempt {}).",
            last.en, access.attempts
        ),
    );
    let remedy = Say::new(
        "Sistem terus mencoba; bisa juga minta pelanggan mematikan lalu menyalakan modem.",
        "The system keeps trying; the customer may also turn the modem off and on.",
    );
    ("not_enforced".into(), "isolated", say, remedy, Some(access.caused_at))
}

fn silent(e: &Evidence, whole_nas: bool) -> Answer {
    let nas = e.nas_name();
    let last = e.session.as_ref().map(|s| s.updated_at);
    let (at_id, at_en) = e.when(last);
    if whole_nas {
        let say = Say::new(
            format!(
                "Router {nas} tidak memberi kabar sejak {at_id}; semua pelanggan di sana terdampak."
            ),
            format!(
                "The router {nas} has been silent since {at_en}; all its customers are affected."
            ),
        );
        let remedy =
            Say::new("NOC memeriksa router dan jalurnya.", "NOC checks the router and its line.");
        return ("nas_down".into(), "offline", say, remedy, last);
    }
    let say = Say::new(
        format!("Laporan terakhir dari router {nas} {at_id}; sesi ini belum pasti masih ada."),
        format!(
            "The last report of router {nas} came {at_en}; whether the session lives is not certain."
        ),
    );
    let remedy = Say::new(
        "Tunggu laporan berikutnya, atau putuskan sesinya.",
        "Wait for the next report, or end the session.",
    );
    ("suspect".into(), "offline", say, remedy, last)
}

fn rejected(e: &Evidence, reject: &evidence::RejectRow) -> Answer {
    let (at_id, at_en) = e.when(Some(reject.last_at));
    let (id, en) = reject.reason.sentence();
    let mut say = Say::new(
        format!("Login ditolak {at_id}: {id}"),
        format!("The login was refused on {at_en}: {en}"),
    );
    if let (Some(seen), Some(expected)) = (&reject.mac_seen, &reject.mac_expected) {
        say.id.push_str(&format!(" Terlihat {seen}, terdaftar {expected}."));
        say.en.push_str(&format!(" Seen {seen}, registered {expected}."));
    }
    let remedy = match reject.reason.as_str() {
        "mac_differs" => Say::new(
            "Pakai modem yang terdaftar, atau NOC membuka kunci MAC.",
            "Use the registered modem, or NOC unlocks the MAC.",
        ),
        "wrong_password" => Say::new(
            "Samakan kata sandi PPPoE di modem.",
            "Enter the right PPPoE password in the modem.",
        ),
        "second_session" => Say::new(
            "Matikan perangkat yang lain, atau NOC memutus sesinya.",
            "Turn the other device off, or NOC ends its session.",
        ),
        _ => Say::new("Periksa akun RADIUS.", "Check the RADIUS account."),
    };
    (reject.reason.as_str().to_owned(), "offline", say, remedy, Some(reject.first_at))
}

fn device_off(e: &Evidence) -> Answer {
    let ended = e.session.as_ref().and_then(|s| s.stopped_at);
    let (at_id, at_en) = e.when(ended);
    let cause = e.session.as_ref().and_then(|s| s.cause.clone()).unwrap_or_else(|| "-".into());
    let say = Say::new(
        format!("Tidak ada sesi sejak {at_id} ({cause}); modem mati, atau kabelnya bermasalah."),
        format!("No session since {at_en} ({cause}); the modem is off, or its cable has a fault."),
    );
    let remedy = Say::new(
        "Periksa listrik dan lampu PON/LOS modem; bila LOS merah buat tiket.",
        "Check the modem's power and PON/LOS lights; if LOS is red open a ticket.",
    );
    ("device_off".into(), "offline", say, remedy, ended)
}

fn never_online(e: &Evidence) -> Answer {
    let say = Say::new(
        "Akun aktif, tetapi modem belum pernah login.",
        "The account is active, but the modem has never logged in.",
    );
    let remedy = Say::new(
        "Periksa nama pengguna dan kata sandi PPPoE di modem.",
        "Check the PPPoE user name and password in the modem.",
    );
    ("never_online".into(), "offline", say, remedy, e.access.as_ref().map(|a| a.since))
}

/// A short local time in both languages; a dash when it is not known.
pub(crate) fn when(at: Option<Ts>, zone: Zone) -> (String, String) {
    match at {
        Some(at) => (at.local_text(zone, Lang::Id), at.local_text(zone, Lang::En)),
        None => ("-".into(), "-".into()),
    }
}
