//! What went wrong over there: by `exc_type`, not by status, since nearly every refusal is 417 and 500 may mean *done*.

use kernel::Fault;
use serde_json::Value;

/// Why a request was not answered with what it asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nobody knows whether it was done: no answer, a bare HTML page, a server error. Look before doing it again.
    Unknown(String),
    /// Not done, try later: maintenance, rate limit, deadlock.
    Later(String),
    /// Another document carries this id of ours.
    NotUnique,
    /// Another document has this name.
    NameTaken,
    /// It was changed meanwhile.
    Stale,
    /// No such document.
    Missing,
    /// The key is wrong or may not do it.
    Denied(String),
    /// The document is not acceptable as it is: type and words for a person.
    Refused(String, String),
}

/// Classifies an answer that is not a success.
pub(super) fn of(status: u16, body: &str, retry_after: Option<&str>) -> Trouble {
    let parsed: Option<Value> = serde_json::from_str(body).ok();
    let kind = parsed.as_ref().and_then(|b| b["exc_type"].as_str()).unwrap_or("");
    let words = parsed.as_ref().map(words).unwrap_or_default();
    let told = if words.is_empty() { format!("{status} {kind}") } else { words };
    match (status, kind) {
        (429, _) => {
            Trouble::Later(format!("rate limit, try after {} s", retry_after.unwrap_or("?")))
        }
        (503, _) => Trouble::Later(format!("maintenance ({told})")),
        (401, _) | (403, _) => Trouble::Denied(told),
        (404, "DoesNotExistError") => Trouble::Missing,
        (404, _) => Trouble::Denied(format!("no such site ({told})")),
        (409, _) => Trouble::NameTaken,
        (_, "UniqueValidationError") => Trouble::NotUnique,
        (_, "DuplicateEntryError") => Trouble::NameTaken,
        (_, "TimestampMismatchError") => Trouble::Stale,
        (_, "QueryDeadlockError" | "QueryTimeoutError") => Trouble::Later(told),
        // A malformed body is ours for good; a bad date and a dead database look alike, so both are tried again.
        (500, "JSONDecodeError" | "KeyError" | "TypeError" | "ImportError") => {
            Trouble::Refused(kind.to_owned(), told)
        }
        (500..=599, _) => Trouble::Unknown(told),
        _ => Trouble::Refused(kind.to_owned(), told),
    }
}

/// The messages meant for people, without their HTML.
fn words(body: &Value) -> String {
    let list: Vec<String> = body["_server_messages"]
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let each = list.iter().filter_map(|one| {
        let one: Value = serde_json::from_str(one).ok()?;
        one["message"].as_str().map(plain)
    });
    each.collect::<Vec<_>>().join("; ")
}

/// Text without its HTML.
pub(super) fn plain(html: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out.trim().to_owned()
}

impl Trouble {
    /// As the bridge hears it: `Unavailable` is tried again by itself, everything else waits for a person.
    pub(super) fn fault(self, doing: &str) -> Fault {
        match self {
            Self::Unknown(why) | Self::Later(why) => Fault::unavailable(
                "erpnext.unavailable",
                format!("ERPNext belum menjawab saat {doing}: {why}. Dicoba lagi."),
                format!("ERPNext did not answer while {doing}: {why}. It is tried again."),
            ),
            Self::Stale => Fault::unavailable(
                "erpnext.changed_meanwhile",
                format!("Dokumen diubah di ERPNext saat {doing}. Dicoba lagi."),
                format!("The document was changed in ERPNext while {doing}. It is tried again."),
            ),
            Self::Denied(why) => Fault::forbidden(
                "erpnext.denied",
                format!("ERPNext menolak kunci atau izin saat {doing}: {why}."),
                format!("ERPNext refused the key or the permission while {doing}: {why}."),
            ),
            Self::Missing => Fault::not_found(
                "erpnext.missing",
                format!("Dokumen tidak ada di ERPNext saat {doing}."),
                format!("There is no such document in ERPNext while {doing}."),
            ),
            Self::NotUnique | Self::NameTaken => Fault::conflict(
                "erpnext.taken",
                format!("Dokumen lain di ERPNext memakai nama atau id ini ({doing})."),
                format!("Another document in ERPNext has this name or id ({doing})."),
            ),
            Self::Refused(kind, why) => Fault::conflict(
                "erpnext.refused",
                format!("ERPNext menolak {doing} ({kind}): {why}"),
                format!("ERPNext refused {doing} ({kind}): {why}"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, wanted: &Trouble) {
        assert_eq!(of(status, body, Some("17")), *wanted, "{status} {body}");
    }

    #[test]
    fn a_refusal_is_told_by_its_type_and_not_by_its_status() {
        check(417, r#"{"exc_type":"UniqueValidationError"}"#, &Trouble::NotUnique);
        check(417, r#"{"exc_type":"TimestampMismatchError"}"#, &Trouble::Stale);
        check(409, r#"{"exc_type":"DuplicateEntryError"}"#, &Trouble::NameTaken);
        check(404, r#"{"exc_type":"DoesNotExistError"}"#, &Trouble::Missing);
        check(404, "<!doctype html>", &Trouble::Denied("no such site (404 )".into()));
        check(
            401,
            r#"{"exc_type":"AuthenticationError"}"#,
            &Trouble::Denied("401 AuthenticationError".into()),
        );
        check(
            503,
            r#"{"exc_type":"SessionStopped"}"#,
            &Trouble::Later("maintenance (503 SessionStopped)".into()),
        );
        check(429, "{}", &Trouble::Later("rate limit, try after 17 s".into()));
        check(500, "<html>Internal Server Error</html>", &Trouble::Unknown("500 ".into()));
        check(
            500,
            r#"{"exc_type":"QueryDeadlockError"}"#,
            &Trouble::Later("500 QueryDeadlockError".into()),
        );
        check(
            500,
            r#"{"exc_type":"OperationalError"}"#,
            &Trouble::Unknown("500 OperationalError".into()),
        );
        check(
            500,
            r#"{"exc_type":"JSONDecodeError"}"#,
            &Trouble::Refused("JSONDecodeError".into(), "500 JSONDecodeError".into()),
        );
    }

    #[test]
    fn its_words_are_read_without_their_html() {
        let body = r#"{"exc_type":"ValidationError","_server_messages":"[\"{\\\"message\\\": \\\"Due <strong>Date</strong> is mandatory\\\"}\"]"}"#;
        check(
            417,
            body,
            &Trouble::Refused("ValidationError".into(), "Due Date is mandatory".into()),
        );
    }
}
