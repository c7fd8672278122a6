//! The texts: one a template and language, filled in by minijinja. A missing value is an error here, not
//! an empty place in a customer's message.

use std::sync::LazyLock;

use kernel::{Fault, Lang, Result};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::Value as Json;

store::words! {
    /// What is told. The data each text needs is named in `templates/*.txt`.
    pub enum Template {
        RegistrationReceived = "registration_received",
        VisitScheduled = "visit_scheduled",
        TechnicianOnTheWay = "technician_on_the_way",
        InternetActive = "internet_active",
        FirstInvoice = "first_invoice",
        InvoiceIssued = "invoice_issued",
        DueSoon = "due_soon",
        DueToday = "due_today",
        /// Somebody of the office reminds of what is owed.
        Reminder = "reminder",
        Isolated = "isolated",
        PaymentReceived = "payment_received",
        PaymentReversed = "payment_reversed",
        Reconnected = "reconnected",
        QuotaUsed = "quota_used",
        Terminated = "terminated",
        TicketOpened = "ticket_opened",
        /// It waits for the customer's answer.
        TicketAsked = "ticket_asked",
        TicketResolved = "ticket_resolved",
        TicketClosed = "ticket_closed",
        TopUpReceived = "top_up_received",
        LoginCode = "login_code",
    }
}

impl Template {
    /// Goes out at night too: the customer is waiting for it.
    pub const fn is_urgent(self) -> bool {
        matches!(
            self,
            Self::RegistrationReceived
                | Self::TechnicianOnTheWay
                | Self::InternetActive
                | Self::FirstInvoice
                | Self::PaymentReceived
                | Self::Reconnected
                | Self::TopUpReceived
                | Self::LoginCode
        )
    }

    /// Holds a secret for its reader alone: it goes also to who wants no notices, since they asked for it, and
    /// what is kept of it shows no code.
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::LoginCode)
    }
}

/// A text with every run of four or more digits struck out.
pub fn without_codes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() {
            run.push(c);
            continue;
        }
        match run.len() {
            0..4 => out.push_str(&run),
            long => out.extend(std::iter::repeat_n('•', long)),
        }
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

/// Whoever reads messages sees codes too: the demo's outbox, where nothing is sent. An extension of the
/// database.
#[derive(Clone, Copy, Debug)]
pub struct ShowsCodes;

impl Template {
    /// The values that a text of this template may mention, besides `isp`, `phone` and `name`.
    pub const fn values(self) -> &'static [&'static str] {
        match self {
            Self::RegistrationReceived => &["plan"],
            Self::VisitScheduled | Self::TechnicianOnTheWay => &["day", "technician"],
            Self::InternetActive => &["plan", "username"],
            Self::FirstInvoice
            | Self::InvoiceIssued
            | Self::DueSoon
            | Self::DueToday
            | Self::Reminder => &["number", "period", "total", "due", "link"],
            Self::Isolated | Self::QuotaUsed | Self::Reconnected => &["why", "link"],
            Self::PaymentReceived | Self::PaymentReversed => {
                &["amount", "receipt", "why", "credit"]
            }
            Self::Terminated => &["plan", "day"],
            Self::TicketOpened => &["ticket"],
            Self::TicketAsked | Self::TicketClosed => &["ticket", "why"],
            Self::TicketResolved => &["ticket", "why", "days"],
            Self::TopUpReceived => &["amount", "balance"],
            Self::LoginCode => &["code", "minutes"],
        }
    }

    /// What the values look like: a text is tried with it before it is kept.
    pub fn sample(self) -> Json {
        let mut data = serde_json::Map::new();
        for name in COMMON.iter().chain(self.values()) {
            data.insert((*name).to_owned(), Json::from(sample_of(name)));
        }
        Json::Object(data)
    }
}

/// What every text may mention.
pub const COMMON: &[&str] = &["isp", "phone", "name"];

fn sample_of(name: &str) -> &'static str {
    match name {
        "isp" => "Nusantara Net",
        "phone" => "021 555 0100",
        "name" => "Budi",
        "plan" => "Home 20",
        "day" => "24 Nov 2026",
        "technician" => "Andi",
        "username" => "c000123@jkt",
        "number" => "INV/2026/12/000001",
        "period" => "November 2026",
        "total" | "amount" => "Rp 277.500",
        "due" => "20 Des 2026",
        "link" => "https://isp.example/pay/t/x",
        "why" => "Tagihan belum lunas.",
        "receipt" => "KW/2026/12/000001",
        "ticket" => "TKT000012",
        "days" => "2",
        "balance" => "Rp 1.000.000",
        "code" => "123456",
        "minutes" => "10",
        _ => "",
    }
}

const TEXT_ID: &str = include_str!("templates/id.txt");
const TEXT_EN: &str = include_str!("templates/en.txt");

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env
});

/// The built-in subject and body of a template, not filled in.
pub fn built_in(template: Template, lang: Lang) -> Option<(&'static str, &'static str)> {
    let text = if lang == Lang::Id { TEXT_ID } else { TEXT_EN };
    let mut sections = text.split("\n=== ").map(|s| s.strip_prefix("=== ").unwrap_or(s));
    let section =
        sections.find(|s| s.split_once('\n').is_some_and(|(n, _)| n == template.as_str()))?;
    let (_, rest) = section.split_once('\n')?;
    let (subject, body) = rest.split_once('\n')?;
    Some((subject, body.trim_end()))
}

/// Fills in a text.
///
/// # Errors
/// `notification.bad_template` when the text is not a template or needs a value that `data` lacks.
pub fn fill(text: &str, data: &Json) -> Result<String> {
    ENVIRONMENT.render_str(text, minijinja::value::Serde(data)).map_err(|error| {
        Fault::invalid(
            "notification.bad_template",
            format!("Templat pesan tidak bisa diisi: {error}"),
            format!("The message template can't be filled in: {error}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_template_stands_in_both_languages_and_fills_in_from_the_same_data() {
        for template in Template::ALL {
            let data = template.sample();
            for lang in [Lang::Id, Lang::En] {
                let (subject, body) = built_in(*template, lang)
                    .unwrap_or_else(|| panic!("{template} is missing in {}", lang.code()));
                assert!(!fill(subject, &data).unwrap().is_empty());
                let body = fill(body, &data).unwrap();
                assert!(body.contains("Nusantara Net"), "{template}: {body}");
            }
        }
    }

    #[test]
    fn what_is_kept_of_a_secret_message_shows_no_code() {
        assert_eq!(without_codes("Kode 012345, 10 menit."), "Kode ••••••, 10 menit.");
        assert_eq!(without_codes("9876"), "••••");
        assert_eq!(without_codes(""), "");
    }

    #[test]
    fn a_missing_value_is_an_error_and_markup_stays_as_typed() {
        assert_eq!(fill("{{ nope }}", &json!({})).unwrap_err().code, "notification.bad_template");
        assert_eq!(fill("{{ name }}", &json!({"name": "<b>&"})).unwrap(), "<b>&");
    }
}
