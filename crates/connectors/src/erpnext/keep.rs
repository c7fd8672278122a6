//! Keeping one document: found by our id, else made; submitted in a second step; read back before it is believed.

use serde_json::{Value, json};

use super::Erpnext;
use super::http::Doc;
use super::trouble::Trouble;

/// Our id on their documents: a unique custom field, not copied by an amendment.
pub(super) const OUR_ID: &str = "isp_external_id";

/// Editions of one paper that are looked for.
const EDITIONS_MAX: i64 = 9;

fn edition_id(id: &str, number: i64) -> String {
    if number == 1 { id.to_owned() } else { format!("{id}/{number}") }
}

type Outcome<T> = std::result::Result<T, Trouble>;

/// A document as it has to stand there.
pub(super) struct Wanted {
    pub kind: &'static str,
    pub id: String,
    pub body: Doc,
    pub submit: bool,
    /// Fields that are given when it is made and are theirs from then on.
    pub once: &'static [&'static str],
    /// Where every edition of it is cancelled, a new one is made.
    pub again: bool,
    /// Payments of theirs that settle it, and how much of each: drawn on while it is a draft.
    pub credit: Vec<(String, kernel::Money)>,
    /// Numbers that the draft must show before it is submitted: field and amount.
    pub proof: Vec<(&'static str, kernel::Money)>,
}

impl Erpnext {
    pub(super) async fn lookup(&self, kind: &str, id: &str) -> Outcome<Option<String>> {
        let found = self
            .http
            .list(
                kind,
                json!([[OUR_ID, "=", id]]),
                &["name", "modified"],
                "modified asc, name asc",
                2,
            )
            .await?;
        Ok(found.first().map(|doc| word(doc, "name")))
    }

    /// The document that stands for a paper of ours, and how many of it were cancelled. A cancelled one keeps its
    /// unique id, so that the next edition has the id with a number.
    pub(super) async fn edition(
        &self,
        kind: &str,
        id: &str,
    ) -> Outcome<(Option<String>, Vec<String>)> {
        let ids: Vec<String> = (1..=EDITIONS_MAX).map(|n| edition_id(id, n)).collect();
        let rows = self
            .http
            .list(
                kind,
                json!([[OUR_ID, "in", ids]]),
                &["name", "docstatus", "modified"],
                "modified asc, name asc",
                20,
            )
            .await?;
        let (dead, live): (Vec<&Doc>, Vec<&Doc>) =
            rows.iter().partition(|row| number(row, "docstatus") == 2);
        let names = |rows: Vec<&Doc>| rows.into_iter().map(|row| word(row, "name")).collect();
        let live: Vec<String> = names(live);
        Ok((live.into_iter().next(), names(dead)))
    }

    /// Makes it stand there; doing it again changes nothing. What somebody cancelled there stays cancelled unless
    /// it is wanted again.
    pub(super) async fn keep(&self, wanted: &Wanted) -> Outcome<Doc> {
        let name = if wanted.submit {
            let (live, dead) = self.edition(wanted.kind, &wanted.id).await?;
            match (live, dead.last()) {
                (Some(name), _) => name,
                (None, Some(last)) if !wanted.again => {
                    return self.http.get(wanted.kind, last).await;
                }
                (None, _) => {
                    let next = i64::try_from(dead.len()).unwrap_or(EDITIONS_MAX) + 1;
                    self.make(wanted, &edition_id(&wanted.id, next)).await?
                }
            }
        } else {
            match self.lookup(wanted.kind, &wanted.id).await? {
                Some(name) => name,
                None => self.make(wanted, &wanted.id).await?,
            }
        };
        let mut doc = self.http.get(wanted.kind, &name).await?;
        if number(&doc, "docstatus") == 0 {
            doc = self.amend(wanted, &name, doc).await?;
        }
        if wanted.submit && number(&doc, "docstatus") == 0 {
            if !wanted.credit.is_empty() {
                doc = self.draw(wanted, &name, doc).await?;
            }
            prove(wanted, &doc)?;
            doc = self.submit(wanted.kind, &name, &doc).await?;
        }
        Ok(doc)
    }

    /// Puts our id on a document that was entered over there, so that it is never made a second time. `false`:
    /// there is none of this name.
    pub(super) async fn claim(&self, kind: &str, name: &str, id: &str) -> Outcome<bool> {
        // It may have been renamed since, and its old name given to somebody else.
        if self.lookup(kind, id).await?.is_some() {
            return Ok(true);
        }
        match self.http.get(kind, name).await {
            Ok(_) => {
                let mut mine = Doc::new();
                mine.insert(OUR_ID.into(), json!(id));
                self.http.put(kind, name, &mine).await.map(|_| true)
            }
            Err(Trouble::Missing) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// A lost answer is looked up, never repeated blindly.
    async fn make(&self, wanted: &Wanted, id: &str) -> Outcome<String> {
        let mut body = wanted.body.clone();
        body.insert(OUR_ID.into(), json!(id));
        match self.http.post(wanted.kind, &body).await {
            Ok(doc) => {
                if word(&doc, OUR_ID) != id {
                    return Err(Trouble::Refused(
                        "CustomFieldMissing".into(),
                        format!("{} does not keep {OUR_ID}", wanted.kind),
                    ));
                }
                Ok(word(&doc, "name"))
            }
            Err(trouble @ (Trouble::Unknown(_) | Trouble::NotUnique)) => {
                self.lookup(wanted.kind, id).await?.ok_or(trouble)
            }
            Err(other) => Err(other),
        }
    }

    /// Changes what differs, against the version just read.
    async fn amend(&self, wanted: &Wanted, name: &str, doc: Doc) -> Outcome<Doc> {
        let mut change = Doc::new();
        for (field, value) in &wanted.body {
            if !wanted.once.contains(&field.as_str()) && !same(doc.get(field), value) {
                change.insert(field.clone(), value.clone());
            }
        }
        if change.is_empty() {
            return Ok(doc);
        }
        let fields: Vec<String> = change.keys().cloned().collect();
        change.insert("modified".into(), doc.get("modified").cloned().unwrap_or(Value::Null));
        let changed = self.http.put(wanted.kind, name, &change).await;
        if let Err(trouble) = changed
            && !matches!(trouble, Trouble::Unknown(_))
        {
            return Err(trouble);
        }
        // Read back: an answer of 200 is no proof that a field was kept.
        let doc = self.http.get(wanted.kind, name).await?;
        match fields.iter().find(|field| !same(doc.get(*field), &wanted.body[*field])) {
            None => Ok(doc),
            Some(field) => Err(Trouble::Refused(
                "NotKept".into(),
                format!("{} {name} did not keep {field}", wanted.kind),
            )),
        }
    }

    pub(super) async fn submit(&self, kind: &str, name: &str, doc: &Doc) -> Outcome<Doc> {
        self.stage(kind, name, doc, 1).await
    }
    pub(super) async fn cancel(&self, kind: &str, name: &str, doc: &Doc) -> Outcome<Doc> {
        self.stage(kind, name, doc, 2).await
    }

    /// The answer of a change of stage is not believed: the document is read again.
    async fn stage(&self, kind: &str, name: &str, doc: &Doc, stage: i64) -> Outcome<Doc> {
        let mut body = Doc::new();
        body.insert("docstatus".into(), json!(stage));
        body.insert("modified".into(), doc.get("modified").cloned().unwrap_or(Value::Null));
        let done = self.http.put(kind, name, &body).await.map(drop);
        if let Err(trouble) = &done
            && !matches!(trouble, Trouble::Unknown(_))
        {
            return done.map(|()| Doc::new());
        }
        let doc = self.http.get(kind, name).await?;
        if number(&doc, "docstatus") == stage {
            return Ok(doc);
        }
        match done {
            Err(trouble) => Err(trouble),
            Ok(()) => Err(Trouble::Refused(
                "NotKept".into(),
                format!("{kind} {name} did not take docstatus {stage}"),
            )),
        }
    }
}

/// The draft shows our amounts, else it is not submitted.
fn prove(wanted: &Wanted, doc: &Doc) -> Outcome<()> {
    for (field, amount) in &wanted.proof {
        let theirs = money(doc.get(*field));
        if theirs != Some(*amount) {
            let theirs = theirs.map_or("?".to_owned(), |m| m.get().to_string());
            return Err(Trouble::Refused(
                "AmountDiffers".into(),
                format!("{field}: ours {}, theirs {theirs}", amount.get()),
            ));
        }
    }
    Ok(())
}

pub(super) fn word(doc: &Doc, field: &str) -> String {
    doc.get(field).and_then(Value::as_str).unwrap_or("").to_owned()
}
pub(super) fn number(doc: &Doc, field: &str) -> i64 {
    doc.get(field).and_then(Value::as_i64).unwrap_or(0)
}

/// Whole rupiah, half away from zero, from the text of the number: a float is never calculated with.
pub(super) fn money(value: Option<&Value>) -> Option<kernel::Money> {
    let text = match value? {
        Value::Number(n) => n.to_string(),
        Value::String(s) => s.clone(),
        _ => return None,
    };
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.as_str()),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let whole: i64 = whole.parse().ok()?;
    let up = i64::from(part.as_bytes().first().is_some_and(|d| *d >= b'5'));
    part.bytes().all(|b| b.is_ascii_digit()).then(|| kernel::Money::rupiah(sign * (whole + up)))
}

/// Equal in meaning: 1 and 1.0, `null` and nothing, a row that has the fields wanted of it.
fn same(theirs: Option<&Value>, ours: &Value) -> bool {
    match (theirs, ours) {
        (None | Some(Value::Null), Value::Null) => true,
        (None | Some(Value::Null), Value::String(s)) => s.is_empty(),
        (Some(Value::String(s)), Value::Null) => s.is_empty(),
        (Some(Value::Number(a)), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Some(Value::Array(a)), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(Some(a), b))
        }
        (Some(Value::Object(a)), Value::Object(b)) => b.iter().all(|(k, v)| same(a.get(k), v)),
        (Some(a), b) => a == b,
        (None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Money;

    #[test]
    fn an_amount_is_read_from_its_text_and_rounded_half_away_from_zero() {
        for (text, rupiah) in [
            ("205905.0", 205_905),
            ("506666.67", 506_667),
            ("-0.5", -1),
            ("10266.49", 10_266),
            ("7", 7),
        ] {
            let value: Value = serde_json::from_str(text).unwrap_or_default();
            assert_eq!(money(Some(&value)), Some(Money::rupiah(rupiah)), "{text}");
        }
        assert_eq!(money(Some(&json!("1e9"))), None);
        assert_eq!(money(None), None);
    }

    #[test]
    fn values_are_compared_by_meaning() {
        assert!(same(Some(&json!(1.0)), &json!(1)));
        assert!(same(None, &json!("")));
        assert!(same(Some(&json!([{ "a": 1, "name": "x" }])), &json!([{ "a": 1 }])));
        assert!(!same(Some(&json!([])), &json!([{ "a": 1 }])));
        assert!(!same(None, &json!("x")));
    }
}
