//! Accounts: a connection with its login, as it ran in the system before. This file reads the row;
//! [`super::accounts_check`] looks up what it refers to, [`super::accounts_write`] writes it.

use std::net::IpAddr;

use billing::words::{Calendar, Mode};
use kernel::Day;
use network::{AccountKind, Mac, MacPolicy, Secret, password, username};

use super::accounts_change::Stored;
use super::cells::Cells;
use super::known::Party;

/// What became of a connection in the system before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Runs. One that was isolated for money runs too: it isolates here by its debts, once that is on.
    Running,
    /// Ordered, not installed: gets an install order.
    ToInstall,
    /// Over: left out.
    Ended,
}

/// Where its billing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub activated_on: Day,
    pub billed_to: Day,
    pub anchor_dom: i8,
}

/// An account's row as typed. What is missing is empty.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub customer: String,
    pub plan: String,
    pub username: String,
    pub password: Secret,
    pub mac: Option<Mac>,
    pub mode: Option<Mode>,
    pub life: Life,
    pub billed_to: Option<Day>,
    pub paid_until: Option<Day>,
    pub active_since: Option<Day>,
    pub calendar: Calendar,
    pub anniversary_day: Option<i8>,
    pub fixed_ip: Option<IpAddr>,
    pub mac_policy: Option<MacPolicy>,
    pub kind: AccountKind,
    pub label: Option<String>,
}

/// An account's row with what it refers to.
pub(super) struct Account {
    pub typed: Typed,
    pub customer: Party,
    pub plan: kernel::PlanId,
    pub mode: Mode,
    /// None for a connection that is still to be installed.
    pub standing: Option<Standing>,
    /// The connection that is there already.
    pub stored: Option<Stored>,
}

/// Reads one row.
pub(super) fn parse(cells: &mut Cells<'_>) -> (Option<String>, Typed) {
    let name = cells.required("username");
    let name = name.and_then(|text| cells.checked("username", username::parse(text)));
    let pass = cells.required("password");
    if let Some(text) = pass {
        cells.checked("password", password::check_existing(text));
    }
    let external_id = match cells.text("external_id") {
        Some(_) => cells.words("external_id", 64),
        None => name.clone(),
    };
    let typed = Typed {
        customer: cells.required("customer").unwrap_or_default().to_owned(),
        plan: cells.required("plan").unwrap_or_default().to_owned(),
        username: name.unwrap_or_default(),
        password: Secret::new(pass.unwrap_or_default()),
        mac: mac(cells),
        mode: mode(cells),
        life: life(cells).unwrap_or(Life::Running),
        billed_to: cells.day("billed_to"),
        paid_until: cells.day("paid_until"),
        active_since: cells.day("active_since"),
        calendar: calendar(cells).unwrap_or(Calendar::Calendar),
        anniversary_day: anniversary_day(cells),
        fixed_ip: fixed_ip(cells),
        mac_policy: mac_policy(cells),
        kind: service(cells).unwrap_or(AccountKind::Pppoe),
        label: cells.words("label", 60),
    };
    (external_id, typed)
}

fn mac(cells: &mut Cells<'_>) -> Option<Mac> {
    let text = cells.text("mac")?;
    let parsed = Mac::parse(text);
    if parsed.is_none() {
        cells.bad(
            "mac",
            format!("\"{text}\" bukan alamat MAC perangkat"),
            format!("\"{text}\" is not the MAC address of a device"),
        );
    }
    parsed
}

fn mode(cells: &mut Cells<'_>) -> Option<Mode> {
    let known: [(&[&str], Mode); 2] =
        [(&["prepaid", "prabayar"], Mode::Prepaid), (&["postpaid", "pascabayar"], Mode::Postpaid)];
    cells.word("mode", &known)
}

fn life(cells: &mut Cells<'_>) -> Option<Life> {
    let known: [(&[&str], Life); 3] = [
        (
            &["active", "aktif", "isolated", "isolir", "diisolir", "suspend", "on", "enabled"],
            Life::Running,
        ),
        (
            &["pending_install", "menunggu pasang", "belum dipasang", "pending", "antri"],
            Life::ToInstall,
        ),
        (
            &["terminated", "berhenti", "putus", "cabut", "nonaktif", "non aktif", "off"],
            Life::Ended,
        ),
    ];
    cells.word("state", &known)
}

fn calendar(cells: &mut Cells<'_>) -> Option<Calendar> {
    let known: [(&[&str], Calendar); 2] = [
        (&["calendar", "kalender", "bulanan", "tanggal 1"], Calendar::Calendar),
        (&["anniversary", "tanggal pasang", "tanggal aktif"], Calendar::Anniversary),
    ];
    cells.word("calendar", &known)
}

fn anniversary_day(cells: &mut Cells<'_>) -> Option<i8> {
    let text = cells.text("anniversary_day")?;
    let parsed = text.parse::<i8>().ok().filter(|dom| (1..=31).contains(dom));
    if parsed.is_none() {
        cells.bad("anniversary_day", "harus tanggal 1–31", "must be a day 1–31");
    }
    parsed
}

fn fixed_ip(cells: &mut Cells<'_>) -> Option<IpAddr> {
    let text = cells.text("fixed_ip")?;
    let parsed = text.parse::<IpAddr>().ok();
    if parsed.is_none() {
        cells.bad(
            "fixed_ip",
            format!("\"{text}\" bukan alamat IP"),
            format!("\"{text}\" is not an IP address"),
        );
    }
    parsed
}

fn mac_policy(cells: &mut Cells<'_>) -> Option<MacPolicy> {
    let known: [(&[&str], MacPolicy); 3] = [
        (&["scan", "tetap"], MacPolicy::Scan),
        (&["scan_confirm", "pertama"], MacPolicy::ScanConfirm),
        (&["off", "bebas", "tidak"], MacPolicy::Off),
    ];
    cells.word("mac_policy", &known)
}

fn service(cells: &mut Cells<'_>) -> Option<AccountKind> {
    let known: [(&[&str], AccountKind); 2] =
        [(&["pppoe", "ppp", "any"], AccountKind::Pppoe), (&["hotspot"], AccountKind::Hotspot)];
    cells.word("service", &known)
}
