//! Who or what of theirs one of ours may be already. Phone numbers and addresses stand in a customer's own fields and
//! in those of every contact that is linked to it.

use std::collections::BTreeMap;

use bridge::accounting::{CustomerRecord, EmployeeRecord, Kin, PlanRecord, Record, Twin};
use serde_json::{Value, json};

use super::Erpnext;
use super::http::Doc;
use super::keep::{OUR_ID, word};
use super::read;
use super::trouble::Trouble;

type Outcome<T> = std::result::Result<T, Trouble>;

const PAGE: i64 = 500;
/// Rows that one customer of ours is compared with.
const ALIKE_MAX: i64 = 50;
const CUSTOMER: &[&str] = &["name", "customer_name", "mobile_no", "email_id", OUR_ID];
const CONTACT: &[&str] = &["name", "mobile_no", "phone", "email_id", "links.link_name as party"];
const EMPLOYEE: &[&str] =
    &["name", "employee_name", "cell_number", "attendance_device_id", "status", OUR_ID];
const ITEM: &[&str] = &["name", "item_name", OUR_ID];

fn add(to: &mut Vec<String>, row: &Doc, fields: &[&str]) {
    for field in fields {
        let value = word(row, field);
        if !value.is_empty() && !to.contains(&value) {
            to.push(value);
        }
    }
}

fn customer(row: &Doc) -> Twin {
    let mut twin = Twin {
        external_id: word(row, "name"),
        our_id: read::our_id(row),
        name: word(row, "customer_name"),
        ..Twin::default()
    };
    add(&mut twin.phones, row, &["mobile_no"]);
    add(&mut twin.emails, row, &["email_id"]);
    twin
}

fn item(row: &Doc) -> Twin {
    Twin {
        external_id: word(row, "name"),
        our_id: read::our_id(row),
        name: word(row, "item_name"),
        ..Twin::default()
    }
}

fn employee(row: &Doc) -> Twin {
    let mut twin = Twin {
        external_id: word(row, "name"),
        our_id: read::our_id(row),
        name: word(row, "employee_name"),
        login: Some(word(row, "attendance_device_id")).filter(|login| !login.is_empty()),
        left: word(row, "status") == "Left",
        ..Twin::default()
    };
    add(&mut twin.phones, row, &["cell_number"]);
    twin
}

fn of_customers() -> Value {
    json!(["Dynamic Link", "link_doctype", "=", "Customer"])
}

/// The digits in their order, whatever stands between: `+62 812-345` and `0812345`. The prefix is left to the reader.
fn pattern(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let own = digits.strip_prefix("62").or_else(|| digits.strip_prefix('0')).unwrap_or(&digits);
    let spread: String = own.chars().flat_map(|d| [d, '%']).collect();
    (own.len() >= 5).then(|| format!("%{spread}"))
}

impl Erpnext {
    /// All rows of a list by name, a page at a time.
    async fn rows(&self, kind: &str, base: &[Value], fields: &[&str]) -> Outcome<Vec<Doc>> {
        let (mut all, mut after): (Vec<Doc>, Option<String>) = (Vec::new(), None);
        loop {
            let mut filters = base.to_vec();
            if let Some(after) = &after {
                filters.push(json!([kind, "name", ">", after]));
            }
            let mut page = self.http.list(kind, json!(filters), fields, "name asc", PAGE).await?;
            let full = i64::try_from(page.len()).is_ok_and(|n| n >= PAGE);
            let Some(last) = page.last().map(|row| word(row, "name")) else { return Ok(all) };
            if full {
                // One document may have several rows, and the page may end among them.
                let whole = page.iter().take_while(|row| word(row, "name") != last).count();
                page.truncate(if whole == 0 { page.len() } else { whole });
            }
            after = page.last().map(|row| word(row, "name"));
            all.extend(page);
            if !full {
                return Ok(all);
            }
        }
    }

    /// All rows of a list with our id; without it where the site has no such field yet: then none of theirs is known.
    async fn with_our_id(&self, kind: &str, fields: &[&str]) -> Outcome<Vec<Doc>> {
        match self.rows(kind, &[], fields).await {
            Err(Trouble::Refused(_, why)) if why.contains(OUR_ID) => {
                let theirs: Vec<&str> = fields.iter().copied().filter(|f| *f != OUR_ID).collect();
                self.rows(kind, &[], &theirs).await
            }
            other => other,
        }
    }

    pub(super) async fn all_twins(&self, of: Kin) -> Outcome<Vec<Twin>> {
        if of == Kin::Plans {
            let rows = self.with_our_id("Item", ITEM).await?;
            return Ok(rows.iter().map(item).collect());
        }
        if of == Kin::Employees {
            let rows = self.with_our_id("Employee", EMPLOYEE).await?;
            return Ok(rows.iter().map(employee).collect());
        }
        let mut all: BTreeMap<String, Twin> = BTreeMap::new();
        for row in self.with_our_id("Customer", CUSTOMER).await? {
            all.insert(word(&row, "name"), customer(&row));
        }
        for row in self.rows("Contact", &[of_customers()], CONTACT).await? {
            if let Some(twin) = all.get_mut(&word(&row, "party")) {
                add(&mut twin.phones, &row, &["mobile_no", "phone"]);
                add(&mut twin.emails, &row, &["email_id"]);
            }
        }
        Ok(all.into_values().collect())
    }

    pub(super) async fn twins_of(&self, record: &Record) -> Outcome<Vec<Twin>> {
        match record {
            Record::Customer(ours) => self.like_customer(ours).await,
            Record::Plan(ours) => self.like_plan(ours).await,
            Record::Employee(ours) => self.like_employee(ours).await,
            _ => Ok(Vec::new()),
        }
    }

    async fn like_employee(&self, ours: &EmployeeRecord) -> Outcome<Vec<Twin>> {
        let mut all: BTreeMap<String, Twin> = BTreeMap::new();
        for (field, value) in [
            (OUR_ID, ours.id.to_string()),
            ("attendance_device_id", ours.login.clone()),
            ("employee_name", ours.name.clone()),
        ] {
            let filter = json!([[field, "=", value]]);
            let rows = self.http.list("Employee", filter, EMPLOYEE, "name asc", ALIKE_MAX).await?;
            all.extend(rows.iter().map(|row| (word(row, "name"), employee(row))));
        }
        Ok(all.into_values().collect())
    }

    async fn like_plan(&self, ours: &PlanRecord) -> Outcome<Vec<Twin>> {
        let mut found = Vec::new();
        for (field, value) in [("name", &ours.code), ("item_name", &ours.name)] {
            let filter = json!([[field, "=", value]]);
            found.extend(self.http.list("Item", filter, ITEM, "name asc", ALIKE_MAX).await?);
        }
        let mut twins: Vec<Twin> = found.iter().map(item).collect();
        twins.dedup_by(|a, b| a.external_id == b.external_id);
        Ok(twins)
    }

    async fn like_customer(&self, ours: &CustomerRecord) -> Outcome<Vec<Twin>> {
        let mut by = vec![
            json!(["customer_name", "=", ours.name]),
            json!([OUR_ID, "=", ours.id.to_string()]),
        ];
        let mut contacts = Vec::new();
        if let Some(digits) = pattern(&ours.phone) {
            by.push(json!(["mobile_no", "like", digits]));
            for field in ["mobile_no", "phone"] {
                contacts.push(json!(["Contact", field, "like", digits]));
            }
        }
        if let Some(email) = ours.email.as_deref().filter(|e| !e.is_empty()) {
            by.push(json!(["email_id", "=", email]));
            contacts.push(json!(["Contact", "email_id", "=", email]));
        }
        let mut all: BTreeMap<String, Twin> = BTreeMap::new();
        for filter in by {
            let rows = self
                .http
                .list("Customer", json!([filter]), CUSTOMER, "name asc", ALIKE_MAX)
                .await?;
            all.extend(rows.iter().map(|row| (word(row, "name"), customer(row))));
        }
        for filter in contacts {
            let filters = json!([of_customers(), filter]);
            let rows = self.http.list("Contact", filters, CONTACT, "name asc", ALIKE_MAX).await?;
            for row in &rows {
                let party = word(row, "party");
                if !all.contains_key(&party) {
                    match self.http.get("Customer", &party).await {
                        Ok(doc) => drop(all.insert(party.clone(), customer(&doc))),
                        Err(Trouble::Missing) => continue,
                        Err(other) => return Err(other),
                    }
                }
                if let Some(twin) = all.get_mut(&party) {
                    add(&mut twin.phones, row, &["mobile_no", "phone"]);
                    add(&mut twin.emails, row, &["email_id"]);
                }
            }
        }
        Ok(all.into_values().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn a_phone_is_looked_for_by_its_digits_without_the_prefix() {
        let same = Some("%8%1%2%3%4%".to_owned());
        for phone in ["081234", "+6281234", "62 812-34", "0812 34"] {
            assert_eq!(pattern(phone), same, "{phone}");
        }
        assert_eq!(pattern("-"), None, "nothing is like everything");
        assert_eq!(pattern("0812"), None);
    }
}
