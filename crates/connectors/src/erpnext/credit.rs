//! A customer's credit on an invoice: rows of `advances`, which the server proposes itself for a draft. Left alone it
//! draws on whatever money of the customer is free, the oldest first; here its proposal is cut to the payments and
//! amounts of ours before the draft is submitted. Where it does not propose them the invoice stands without, and the
//! comparison says that it is still owed there.

use kernel::Money;
use serde_json::{Value, json};

use super::Erpnext;
use super::http::Doc;
use super::keep::{Wanted, money, word};
use super::trouble::Trouble;

type Outcome<T> = std::result::Result<T, Trouble>;

const ROWS: &str = "advances";
const AUTOMATIC: &str = "allocate_advances_automatically";

fn rows(doc: &Doc) -> impl Iterator<Item = &Doc> {
    doc.get(ROWS).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// What a draft draws on, by payment.
fn drawn(doc: &Doc) -> Vec<(String, Money)> {
    let mut all: Vec<(String, Money)> = rows(doc)
        .map(|row| {
            let part = money(row.get("allocated_amount")).unwrap_or(Money::ZERO);
            (word(row, "reference_name"), part)
        })
        .filter(|(_, part)| part.is_positive())
        .collect();
    all.sort();
    all
}

/// The server's own rows for our payments, with our amounts; `None` when it does not propose one of them, or less of it.
fn cut(doc: &Doc, wanted: &[(String, Money)]) -> Option<Vec<Value>> {
    wanted
        .iter()
        .map(|(payment, part)| {
            let mut row = rows(doc).find(|row| word(row, "reference_name") == *payment)?.clone();
            let free = money(row.get("advance_amount"))?;
            row.insert("allocated_amount".into(), json!(part.get()));
            (free >= *part).then_some(Value::Object(row))
        })
        .collect()
}

impl Erpnext {
    /// The draft, drawing on exactly the payments of ours, or on none.
    pub(super) async fn draw(&self, wanted: &Wanted, name: &str, doc: Doc) -> Outcome<Doc> {
        let mut ours = wanted.credit.clone();
        ours.sort();
        if drawn(&doc) == ours {
            return Ok(doc);
        }
        let proposed = self.redraw(wanted.kind, name, &doc, &json!({ AUTOMATIC: 1 })).await?;
        if drawn(&proposed) == ours {
            return Ok(proposed);
        }
        if let Some(rows) = cut(&proposed, &ours) {
            let body = json!({ AUTOMATIC: 0, ROWS: rows });
            match self.redraw(wanted.kind, name, &proposed, &body).await {
                Ok(doc) if drawn(&doc) == ours => return Ok(doc),
                Ok(_) | Err(Trouble::Refused(..)) => {}
                Err(other) => return Err(other),
            }
        }
        let none = json!({ AUTOMATIC: 0, ROWS: [] });
        let now = self.http.get(wanted.kind, name).await?;
        let doc = self.redraw(wanted.kind, name, &now, &none).await?;
        match drawn(&doc).is_empty() {
            true => Ok(doc),
            false => Err(Trouble::Refused("NotKept".into(), format!("{name} {ROWS}"))),
        }
    }

    /// Changes a draft and reads it back, whatever the answer was.
    async fn redraw(&self, kind: &str, name: &str, doc: &Doc, body: &Value) -> Outcome<Doc> {
        let mut change = body.as_object().cloned().unwrap_or_default();
        change.insert("modified".into(), doc.get("modified").cloned().unwrap_or(Value::Null));
        match self.http.put(kind, name, &change).await {
            Ok(_) | Err(Trouble::Unknown(_)) => self.http.get(kind, name).await,
            Err(other) => Err(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(rows: Value) -> Doc {
        json!({ "advances": rows }).as_object().cloned().unwrap_or_default()
    }
    fn part(name: &str, amount: i64) -> (String, Money) {
        (name.to_owned(), Money::rupiah(amount))
    }

    #[test]
    fn a_proposal_is_cut_to_our_payments_and_amounts() {
        let row = |name: &str, free: i64, part: i64| json!({ "reference_name": name, "advance_amount": free, "allocated_amount": part });
        let doc = draft(json!([row("PAY-1", 100, 100), row("PAY-2", 500, 0)]));
        assert_eq!(drawn(&doc), [part("PAY-1", 100)], "an empty row draws on nothing");
        let ours = cut(&doc, &[part("PAY-2", 60)]).unwrap_or_default();
        assert_eq!(drawn(&draft(json!(ours))), [part("PAY-2", 60)]);
        assert_eq!(cut(&doc, &[part("PAY-2", 501)]), None, "more than is free");
        assert_eq!(cut(&doc, &[part("PAY-3", 1)]), None, "not proposed");
    }
}
