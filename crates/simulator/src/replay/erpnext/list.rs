//! Lists as used: filters, fields, order, pages. Without `order_by` there is no order at all.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::kind::Kind;
use super::money::text;
use super::refusal::Refusal;
use super::site::{Doc, Site};

/// What the query string asks.
#[derive(Clone, Debug, Default)]
pub(super) struct Ask {
    pub filters: Vec<Value>,
    pub fields: Vec<String>,
    pub order_by: String,
    pub start: usize,
    /// 20 when not given; 0 is all.
    pub length: usize,
}

impl Ask {
    pub(super) fn of(query: &[(String, String)]) -> Result<Self, Refusal> {
        let get = |key: &str| query.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        let read = |key: &str| -> Result<Value, Refusal> {
            serde_json::from_str(get(key).unwrap_or("[]"))
                .map_err(|_| Refusal::bare(500, "JSONDecodeError"))
        };
        let filters = match read("filters")? {
            Value::Array(all) => all,
            Value::Object(all) => all.into_iter().map(|(k, v)| json!([k, "=", v])).collect(),
            _ => Vec::new(),
        };
        let fields: Vec<String> = serde_json::from_value(read("fields")?).unwrap_or_default();
        let whole =
            |key: &str, other: usize| get(key).and_then(|v| v.parse().ok()).unwrap_or(other);
        Ok(Self {
            filters,
            fields: if fields.is_empty() { vec!["name".to_owned()] } else { fields },
            order_by: get("order_by").unwrap_or("").to_owned(),
            start: whole("limit_start", 0),
            length: whole("limit_page_length", 20),
        })
    }
}

/// The rows that the server gives.
pub(super) fn list(site: &Site, kind: &Kind, ask: &Ask) -> Result<Vec<Value>, Refusal> {
    for field in ask.fields.iter().filter(|f| *f != "*") {
        match joined(field) {
            Some((child, _, _)) => known(site, kind, child)?,
            None => known(site, kind, field)?,
        }
    }
    let mut found = Vec::new();
    for doc in site.docs.get(kind.name).into_iter().flatten() {
        let mut fits = true;
        let mut rows: Option<Vec<&Map<String, Value>>> = None;
        for filter in &ask.filters {
            fits &= matches(site, kind, doc, filter, &mut rows)?;
        }
        if fits {
            found.push(doc);
        }
    }
    if ask.order_by.is_empty() {
        // Whatever index the database took: not the order of creation, not that of change.
        found.sort_by_key(|doc| text(doc, "name").bytes().rev().collect::<Vec<u8>>());
    } else {
        found.sort_by(|a, b| order(&ask.order_by, a, b));
    }
    let length = if ask.length == 0 { usize::MAX } else { ask.length };
    let rows = found.into_iter().flat_map(|doc| shown_rows(kind, doc, ask));
    Ok(rows.skip(ask.start).take(length).collect())
}

/// `items.item_code as item_code`: the child table, its field, the name in the answer.
fn joined(field: &str) -> Option<(&str, &str, &str)> {
    let (path, alias) = field.split_once(" as ")?;
    let (child, inner) = path.split_once('.')?;
    Some((child.trim(), inner.trim(), alias.trim()))
}

/// A row a document; with fields of a child table one a row of that, of those that its filters leave.
fn shown_rows(kind: &Kind, doc: &Doc, ask: &Ask) -> Vec<Value> {
    let Some(child) = ask.fields.iter().find_map(|f| joined(f).map(|j| j.0)) else {
        return vec![shown(doc, &ask.fields)];
    };
    let of_child = ask
        .filters
        .iter()
        .filter(|f| f.as_array().map(Vec::len) == Some(4) && f[0].as_str() != Some(kind.name));
    let of_child: Vec<&Value> = of_child.collect();
    let rows = doc.get(child).and_then(Value::as_array).into_iter().flatten();
    rows.filter_map(Value::as_object)
        .filter(|row| {
            of_child.iter().all(|f| {
                let part = |at: usize| f[at].as_str().unwrap_or("");
                holds(row.get(part(1)), part(2), &f[3])
            })
        })
        .map(|row| {
            let pick = |f: &String| match joined(f) {
                Some((_, inner, alias)) => {
                    (alias.to_owned(), row.get(inner).cloned().unwrap_or(Value::Null))
                }
                None => (f.clone(), doc.get(f).cloned().unwrap_or(Value::Null)),
            };
            Value::Object(ask.fields.iter().map(pick).collect())
        })
        .collect()
}

fn known(site: &Site, kind: &Kind, field: &str) -> Result<(), Refusal> {
    if site.has_field(kind, field) {
        return Ok(());
    }
    let message = format!("Field not permitted in query: {field}");
    Err(Refusal::business("DataError", message))
}

fn shown(doc: &Doc, fields: &[String]) -> Value {
    if fields.iter().any(|f| f == "*") {
        let flat = doc.iter().filter(|(_, v)| !v.is_array());
        return Value::Object(flat.map(|(k, v)| (k.clone(), v.clone())).collect());
    }
    let pick = |f: &String| (f.clone(), doc.get(f).cloned().unwrap_or(Value::Null));
    Value::Object(fields.iter().map(pick).collect())
}

fn order(by: &str, a: &Doc, b: &Doc) -> Ordering {
    for part in by.split(',') {
        let mut words = part.split_whitespace();
        let (field, way) = (words.next().unwrap_or("name"), words.next().unwrap_or("asc"));
        let each = compare(a.get(field), b.get(field));
        let each = if way == "desc" { each.reverse() } else { each };
        if each != Ordering::Equal {
            return each;
        }
    }
    Ordering::Equal
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a.and_then(Value::as_f64), b.and_then(Value::as_f64)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => word(a).cmp(&word(b)),
    }
}

fn word(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(s)) => s.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// One filter: `[field, op, value]`, or `[child doctype, field, op, value]` whose filters hold for one row together.
fn matches<'a>(
    site: &Site,
    kind: &Kind,
    doc: &'a Doc,
    filter: &Value,
    rows: &mut Option<Vec<&'a Map<String, Value>>>,
) -> Result<bool, Refusal> {
    let part = |at: usize| filter[at].as_str().unwrap_or("");
    if filter.as_array().map(Vec::len) == Some(4) && part(0) != kind.name {
        let all = rows.get_or_insert_with(|| {
            doc.values()
                .filter_map(Value::as_array)
                .flatten()
                .filter_map(Value::as_object)
                .collect()
        });
        all.retain(|row| holds(row.get(part(1)), part(2), &filter[3]));
        return Ok(!all.is_empty());
    }
    let at = usize::from(filter.as_array().map(Vec::len) == Some(4));
    known(site, kind, part(at))?;
    Ok(holds(doc.get(part(at)), part(at + 1), &filter[at + 2]))
}

fn holds(value: Option<&Value>, op: &str, wanted: &Value) -> bool {
    let both = || compare(value, Some(wanted));
    match op {
        "=" => both() == Ordering::Equal,
        "!=" => both() != Ordering::Equal,
        ">" => both() == Ordering::Greater,
        ">=" => both() != Ordering::Less,
        "<" => both() == Ordering::Less,
        "<=" => both() != Ordering::Greater,
        "in" => wanted
            .as_array()
            .is_some_and(|all| all.iter().any(|one| compare(value, Some(one)) == Ordering::Equal)),
        "like" => {
            let wanted = wanted.as_str().unwrap_or("").to_lowercase();
            like(&word(value).to_lowercase(), &wanted)
        }
        "is" => (wanted == "set") != word(value).is_empty(),
        _ => false,
    }
}

/// SQL's LIKE with `%` for any text.
fn like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('%');
    let (first, rest) = (parts.next().unwrap_or(""), parts.collect::<Vec<_>>());
    let Some(mut left) = text.strip_prefix(first) else { return false };
    let Some((last, middle)) = rest.split_last() else { return left.is_empty() };
    for part in middle {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn like_is_that_of_sql() {
        for (text, pattern, fits) in [
            ("+62-812 345", "%8%1%2%3%4%5%", true),
            ("+62-812 354", "%8%1%2%3%4%5%", false),
            ("budi", "budi", true),
            ("budi s", "budi", false),
            ("budi s", "budi%", true),
            ("pak budi", "%budi", true),
            ("", "%", true),
        ] {
            assert_eq!(like(text, pattern), fits, "{text} like {pattern}");
        }
    }
}
