//! The site's documents and what happens to them: insert, change, submit, cancel, delete.

use std::collections::{BTreeMap, HashMap};

use kernel::{Ts, Zone};
use serde_json::{Map, Value, json};

use super::kind::{self, Kind, Naming};
use super::money::{flag, number, text};
use super::refusal::Refusal;
use super::{hooks, voucher};

pub(super) type Doc = Map<String, Value>;
pub(super) type Outcome = Result<Doc, Refusal>;

/// Fields that every document has.
pub(super) const COMMON: &[&str] =
    &["name", "owner", "creation", "modified", "modified_by", "docstatus", "idx", "doctype"];

/// One site: its documents, its clock, its numbers.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub docs: BTreeMap<String, Vec<Doc>>,
    /// The server's own instant; every stamp takes it and moves it on by a millisecond.
    pub now: Ts,
    pub series: HashMap<String, u64>,
    /// Deliveries that a commit caused, in the order in which the job queue takes them.
    pub queue: Vec<hooks::Delivery>,
    pub fiscal_years: Vec<String>,
    /// The user who acts now.
    pub user: String,
}

impl Site {
    /// Naive local time of the site's zone, microseconds.
    pub(super) fn stamp(&mut self) -> String {
        self.now = self.now.plus_millis(1);
        self.local(self.now)
    }
    pub(super) fn local(&self, at: Ts) -> String {
        let shown = at.plus_secs(Zone::Jakarta.offset_secs()).timestamp().to_string();
        let shown = shown.trim_end_matches('Z').replace('T', " ");
        match shown.split_once('.') {
            Some((whole, part)) => format!("{whole}.{part:0<6}"),
            None => format!("{shown}.000000"),
        }
    }
    pub(super) fn today(&self) -> String {
        self.local(self.now).chars().take(10).collect()
    }

    pub(super) fn get(&self, kind: &str, name: &str) -> Result<&Doc, Refusal> {
        self.docs
            .get(kind)
            .and_then(|all| all.iter().find(|doc| text(doc, "name") == name))
            .ok_or_else(|| Refusal::missing(kind, name))
    }
    pub(super) fn get_mut(&mut self, kind: &str, name: &str) -> Result<&mut Doc, Refusal> {
        self.docs
            .get_mut(kind)
            .and_then(|all| all.iter_mut().find(|doc| text(doc, "name") == name))
            .ok_or_else(|| Refusal::missing(kind, name))
    }
    fn exists(&self, kind: &str, name: &str) -> bool {
        self.get(kind, name).is_ok()
    }

    /// Does this kind have this field, by nature or by a Custom Field?
    pub(super) fn has_field(&self, kind: &Kind, field: &str) -> bool {
        COMMON.contains(&field)
            || kind.fields.contains(&field)
            || self.custom(kind, field).is_some()
    }
    fn custom(&self, kind: &Kind, field: &str) -> Option<&Doc> {
        self.docs
            .get("Custom Field")?
            .iter()
            .find(|made| text(made, "dt") == kind.name && text(made, "fieldname") == field)
    }

    /// POST: a new document, perhaps submitted at once, with the answer that the server really gives.
    pub(super) fn insert(&mut self, kind: &'static Kind, body: &Doc) -> Outcome {
        let submit = number(body, "docstatus") == 1.0;
        let mut doc = self.fresh(kind, body);
        self.must_have(kind, &mut doc)?;
        voucher::before_insert(self, kind, &mut doc)?;
        let name = self.name_for(kind, &mut doc)?;
        doc.insert("name".into(), json!(name));
        self.must_be_unique(kind, &doc, &name)?;
        self.number_rows(&mut doc);
        self.docs.entry(kind.name.to_owned()).or_default().push(doc.clone());
        voucher::after_insert(self, kind, &doc)?;
        hooks::fire(self, kind.name, "after_insert", &doc);
        if !submit {
            return Ok(doc);
        }
        let answer = self.submit(kind, &name, true)?;
        Ok(voucher::false_answer(kind, answer))
    }

    fn fresh(&mut self, kind: &Kind, body: &Doc) -> Doc {
        let stamp = self.stamp();
        let mut doc = Doc::new();
        for (field, value) in kind.defaults {
            doc.insert((*field).to_owned(), json!(value));
        }
        for (field, value) in body {
            if self.has_field(kind, field) && !COMMON.contains(&field.as_str()) {
                doc.insert(field.clone(), value.clone());
            }
        }
        if matches!(kind.naming, Naming::Given) {
            doc.insert("name".into(), body.get("name").cloned().unwrap_or(Value::Null));
        }
        doc.insert("doctype".into(), json!(kind.name));
        doc.insert("owner".into(), json!(self.user));
        doc.insert("modified_by".into(), json!(self.user));
        doc.insert("creation".into(), json!(stamp));
        doc.insert("modified".into(), json!(stamp));
        doc.insert("docstatus".into(), json!(0));
        doc.insert("idx".into(), json!(0));
        doc
    }

    fn must_have(&self, kind: &Kind, doc: &mut Doc) -> Result<(), Refusal> {
        for (field, target) in kind.links {
            let value = text(doc, field);
            if !value.is_empty() && !self.exists(target, value) {
                let message = format!("Could not find {target}: {value}");
                return Err(Refusal::business("LinkValidationError", message));
            }
        }
        for (field, label) in kind.mandatory {
            if doc.get(*field).is_none_or(|v| v.is_null() || v == "") {
                let message = format!("Error: Value missing for {}: {label}", kind.name);
                return Err(Refusal::business("MandatoryError", message));
            }
        }
        Ok(())
    }

    fn name_for(&mut self, kind: &Kind, doc: &mut Doc) -> Result<String, Refusal> {
        let name = match kind.naming {
            Naming::Series(pattern, digits) => {
                if let Some(of) = Some(text(doc, "amended_from")).filter(|of| !of.is_empty()) {
                    return Ok(format!("{of}-1"));
                }
                let today = self.today();
                let prefix = pattern
                    .replace("{Y}", &today[..4])
                    .replace("{y}", &today[2..4])
                    .replace("{m}", &today[5..7]);
                let next = self.series.entry(prefix.clone()).or_insert(0);
                *next += 1;
                format!("{prefix}{next:0digits$}")
            }
            Naming::Field(field) => text(doc, field).to_owned(),
            Naming::Spread(field) => self.spread(kind.name, text(doc, field)),
            Naming::Hash => {
                let next = self.series.entry("hash".into()).or_insert(0);
                *next += 1;
                format!("r{next:09}")
            }
            Naming::Given => text(doc, "name").to_owned(),
            Naming::Address => {
                let title = text(doc, "address_title");
                self.spread(kind.name, &format!("{title}-{}", text(doc, "address_type")))
            }
            Naming::Contact => {
                let full = format!("{} {}", text(doc, "first_name"), text(doc, "last_name"));
                let party = doc
                    .get("links")
                    .and_then(|links| links[0]["link_name"].as_str())
                    .unwrap_or("")
                    .to_owned();
                doc.insert("full_name".into(), json!(full.trim()));
                self.spread(kind.name, &format!("{}-{party}", full.trim()))
            }
            Naming::CustomField => format!("{}-{}", text(doc, "dt"), text(doc, "fieldname")),
        };
        if name.is_empty() {
            return Err(Refusal::business("ValidationError", "Please set the document name"));
        }
        if self.exists(kind.name, &name) {
            if matches!(kind.naming, Naming::CustomField) {
                let (field, dt) = (text(doc, "fieldname"), text(doc, "dt"));
                let message = format!(
                    "A field with the name <strong>{field}</strong> already exists in {dt}"
                );
                return Err(Refusal::business("ValidationError", message));
            }
            let message = format!("{} <strong>{name}</strong> already exists", kind.name);
            return Err(Refusal::new(409, "DuplicateEntryError", message));
        }
        Ok(name)
    }

    fn spread(&self, kind: &str, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut n = 0;
        while self.exists(kind, &name) {
            n += 1;
            name = format!("{wanted} - {n}");
        }
        name
    }

    fn must_be_unique(&self, kind: &Kind, doc: &Doc, name: &str) -> Result<(), Refusal> {
        let made = self.docs.get("Custom Field").map_or(&[][..], Vec::as_slice);
        for field in made.iter().filter(|f| text(f, "dt") == kind.name && flag(f, "unique")) {
            let key = text(field, "fieldname");
            let value = text(doc, key);
            let others = self.docs.get(kind.name).map_or(&[][..], Vec::as_slice);
            let taken = others.iter().any(|o| text(o, key) == value && text(o, "name") != name);
            if !value.is_empty() && taken {
                let message = format!("{} must be unique", text(field, "label"));
                return Err(Refusal::business("UniqueValidationError", message));
            }
        }
        Ok(())
    }

    fn number_rows(&mut self, doc: &mut Doc) {
        let parent = doc.get("name").cloned().unwrap_or_default();
        for value in doc.values_mut() {
            let Value::Array(rows) = value else { continue };
            for (at, row) in rows.iter_mut().enumerate() {
                if let Value::Object(row) = row {
                    row.insert("idx".into(), json!(at + 1));
                    row.insert("parent".into(), parent.clone());
                }
            }
        }
    }

    /// PUT: changes, submits or cancels.
    pub(super) fn change(&mut self, kind: &'static Kind, name: &str, body: &Doc) -> Outcome {
        let before = self.get(kind.name, name)?.clone();
        let was = number(&before, "docstatus");
        if was == 2.0 {
            return Err(Refusal::business("ValidationError", "Cannot edit cancelled document"));
        }
        if let Some(seen) = body.get("modified").and_then(Value::as_str)
            && seen != text(&before, "modified")
        {
            let message = format!(
                "Error: Document has been modified after you have opened it ({}, {seen}). Please refresh to get the latest document.",
                text(&before, "modified")
            );
            return Err(Refusal::business("TimestampMismatchError", message));
        }
        let wanted = body.get("docstatus").map_or(was, |_| number(body, "docstatus"));
        if kind.submittable && wanted == 2.0 && was == 1.0 {
            return self.cancel(kind, name);
        }
        let mut doc = before.clone();
        for (field, value) in body {
            if COMMON.contains(&field.as_str()) || !self.has_field(kind, field) {
                continue;
            }
            let custom = self.custom(kind, field);
            if was == 1.0 && before.get(field) != Some(value) {
                let label = custom.map_or(field.as_str(), |c| text(c, "label")).to_owned();
                if !custom.is_some_and(|c| flag(c, "allow_on_submit")) {
                    return Err(Refusal::business(
                        "UpdateAfterSubmitError",
                        format!(" Not allowed to change <strong>{label}</strong> after submission"),
                    ));
                }
            }
            doc.insert(field.clone(), value.clone());
        }
        if was == 0.0 {
            self.must_have(kind, &mut doc)?;
            voucher::before_insert(self, kind, &mut doc)?;
            self.must_be_unique(kind, &doc, name)?;
            self.number_rows(&mut doc);
        }
        self.put(kind, name, doc);
        if kind.submittable && wanted == 1.0 && was == 0.0 {
            return self.submit(kind, name, false);
        }
        let doc = self.get(kind.name, name)?.clone();
        hooks::fire(self, kind.name, if was == 1.0 { "on_change" } else { "on_update" }, &doc);
        Ok(doc)
    }

    /// Stores a document with a new stamp.
    pub(super) fn put(&mut self, kind: &Kind, name: &str, mut doc: Doc) {
        let (stamp, user) = (self.stamp(), self.user.clone());
        doc.insert("modified".into(), json!(stamp));
        doc.insert("modified_by".into(), json!(user));
        if let Ok(slot) = self.get_mut(kind.name, name) {
            *slot = doc;
        }
    }

    fn submit(&mut self, kind: &'static Kind, name: &str, in_one_post: bool) -> Outcome {
        let mut doc = self.get(kind.name, name)?.clone();
        doc.insert("docstatus".into(), json!(1));
        let doc = voucher::on_submit(self, kind, doc, in_one_post)?;
        self.put(kind, name, doc);
        let doc = self.get(kind.name, name)?.clone();
        hooks::fire(self, kind.name, "on_change", &doc);
        let told = if in_one_post { voucher::false_answer(kind, doc.clone()) } else { doc.clone() };
        hooks::fire(self, kind.name, "on_submit", &told);
        Ok(doc)
    }

    fn cancel(&mut self, kind: &'static Kind, name: &str) -> Outcome {
        let mut doc = self.get(kind.name, name)?.clone();
        doc.insert("docstatus".into(), json!(2));
        if kind.fields.contains(&"status") {
            doc.insert("status".into(), json!("Cancelled"));
        }
        voucher::on_cancel(self, kind, &mut doc)?;
        self.put(kind, name, doc);
        let doc = self.get(kind.name, name)?.clone();
        hooks::fire(self, kind.name, "on_change", &doc);
        hooks::fire(self, kind.name, "on_cancel", &doc);
        Ok(doc)
    }

    /// DELETE: 202 when nothing hangs on it.
    pub(super) fn delete(&mut self, kind: &'static Kind, name: &str) -> Result<(), Refusal> {
        let doc = self.get(kind.name, name)?.clone();
        if number(&doc, "docstatus") == 1.0 {
            let message = format!(
                "{} {name}: Submitted Record cannot be deleted. You must Cancel it first.",
                kind.name
            );
            return Err(Refusal::business("ValidationError", message));
        }
        for other in kind::KINDS {
            for (field, target) in other.links {
                let held = *target == kind.name
                    && self
                        .docs
                        .get(other.name)
                        .is_some_and(|all| all.iter().any(|doc| text(doc, field) == name));
                if held {
                    let message = format!(
                        "Cannot delete or cancel because {} {name} is linked with {}",
                        kind.name, other.name
                    );
                    return Err(Refusal::business("LinkExistsError", message));
                }
            }
        }
        if let Some(all) = self.docs.get_mut(kind.name) {
            all.retain(|doc| text(doc, "name") != name);
        }
        let body = json!({ "deleted_doctype": kind.name, "deleted_name": name, "restored": 0 });
        if let (Some(log), Value::Object(body)) = (kind::of("Deleted Document"), body) {
            self.insert(log, &body)?;
        }
        Ok(())
    }

    /// `rename_doc`: names are not keys.
    pub(super) fn rename(
        &mut self,
        kind: &'static Kind,
        old: &str,
        new: &str,
    ) -> Result<(), Refusal> {
        let mut doc = self.get(kind.name, old)?.clone();
        doc.insert("name".into(), json!(new));
        let stamp = self.stamp();
        doc.insert("modified".into(), json!(stamp));
        *self.get_mut(kind.name, old)? = doc;
        for (holder, field) in [
            ("Sales Invoice", "customer"),
            ("Sales Order", "customer"),
            ("Payment Entry", "party"),
            ("Issue", "customer"),
        ] {
            for doc in self.docs.get_mut(holder).into_iter().flatten() {
                if kind.name == "Customer" && text(doc, field) == old {
                    doc.insert(field.into(), json!(new));
                }
            }
        }
        Ok(())
    }
}
