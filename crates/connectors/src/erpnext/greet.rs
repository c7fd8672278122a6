//! The handshake: who we are there, which version, what is missing. What attaching needs is named on a look, and made
//! and proved to hold when it comes to it.

use bridge::accounting::Greeting;
use kernel::Zone;
use serde_json::{Value, json};

use super::http::Doc;
use super::keep::{OUR_ID, number, word};
use super::trouble::Trouble;
use super::{Erpnext, Settings};

/// Documents that carry our id.
const WITH_OUR_ID: &[&str] = &[
    "Lead",
    "Opportunity",
    "Customer",
    "Address",
    "Contact",
    "Item",
    "Item Price",
    "Sales Order",
    "Sales Invoice",
    "Payment Entry",
    "Issue",
    "Employee",
    "Employee Checkin",
    "Additional Salary",
];
/// Further fields: document, name, label.
const FURTHER: &[(&str, &str, &str)] = &[
    ("Lead", "gps", "GPS"),
    ("Customer", "gps", "GPS"),
    ("Customer", "pppoe_username", "PPPoE user name"),
    ("Sales Order", "isp_payment_mode", "ISP payment mode (prepaid or postpaid)"),
    ("Payment Entry", "isp_channel", "ISP payment channel"),
];
/// Documents that are written, and the role that usually may.
const WRITTEN: &[(&str, &str)] = &[
    ("Lead", "Sales Manager"),
    ("Customer", "Sales Manager"),
    ("Item", "Item Manager"),
    ("Sales Order", "Sales Manager"),
    ("Sales Invoice", "Accounts Manager"),
    ("Payment Entry", "Accounts Manager"),
    ("Issue", "Support Team"),
];
/// As [`WRITTEN`], where the site has HRMS.
const WRITTEN_HR: &[(&str, &str)] =
    &[("Employee", "HR User"), ("Employee Checkin", "HR User"), ("Additional Salary", "HR User")];
/// Documents that only an installation with HR has.
const OF_HR: &[&str] = &["Employee Checkin", "Additional Salary"];

/// What a handshake may do there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visit {
    /// Nothing is changed.
    Look,
    /// What is not there yet is made.
    Make,
}

impl Erpnext {
    /// # Errors
    /// When it does not answer or the key is refused; everything else is named in the greeting.
    pub(super) async fn look(&self, visit: Visit) -> Result<Greeting, Trouble> {
        let mut told = Greeting::default();
        self.http.call("frappe.auth.get_logged_user").await?;
        let versions = self.http.call("frappe.utils.change_log.get_versions").await?;
        told.version = versions["erpnext"]["version"].as_str().unwrap_or("").to_owned();
        if told.version.is_empty() {
            told.missing
                .push("aplikasi ERPNext di situs ini / the ERPNext app on this site".into());
            return Ok(told);
        }
        let major: u32 = told.version.split('.').next().and_then(|v| v.parse().ok()).unwrap_or(0);
        if !(15..=16).contains(&major) {
            told.missing.push(format!(
                "ERPNext 15 atau 16 (yang terpasang: {:?}) / ERPNext 15 or 16 is needed",
                told.version
            ));
        }
        if major == 16 {
            told.warnings.push("Versi 16 belum direkam; yang dipakai sama menurut sumbernya / version 16 is not on record".into());
        }
        let has_hr = versions["hrms"]["version"].is_string();
        if !has_hr {
            told.warnings.push("Tanpa aplikasi HRMS, karyawan, kehadiran dan komisi tidak dikirim / without HRMS employees, attendance and commission are not told".into());
        }
        self.settings_there(&mut told, visit).await?;
        for kind in WITH_OUR_ID.iter().filter(|kind| has_hr || !OF_HR.contains(kind)) {
            self.field(&mut told, visit, kind, (OUR_ID, "ISP External ID"), true).await?;
        }
        for (kind, field, label) in FURTHER {
            self.field(&mut told, visit, kind, (field, label), false).await?;
        }
        if told.missing.is_empty() {
            self.lists(&mut told, has_hr).await?;
            self.writes(&mut told, has_hr).await?;
            if has_hr && told.missing.is_empty() {
                self.components(&mut told, visit).await?;
            }
        }
        told.missing.dedup();
        Ok(told)
    }

    async fn settings_there(&self, told: &mut Greeting, visit: Visit) -> Result<(), Trouble> {
        let s = &self.settings;
        match self.http.get("System Settings", "System Settings").await {
            Ok(site) if Zone::from_name(&word(&site, "time_zone")) != Some(s.zone) => {
                told.missing.push(format!(
                    "zona waktu situs {} sama dengan pengaturan {} / the site's time zone as set here",
                    word(&site, "time_zone"),
                    s.zone.name()
                ));
            }
            other => named(told, "System Settings", other.map(drop))?,
        }
        match self.http.get("Company", &s.company).await {
            _ if s.company.is_empty() => {
                told.missing.push("perusahaan (--company) / the company".into())
            }
            Ok(company) if word(&company, "default_currency") != "IDR" => {
                told.missing.push("mata uang perusahaan IDR / the company's currency IDR".into());
            }
            other => named(told, &format!("Company {}", s.company), other.map(drop))?,
        }
        for (option, what, name) in [
            ("--tax-account", "akun PPN / tax account", &s.tax_account),
            ("--receivable-account", "akun piutang / receivable account", &s.receivable_account),
            ("--bank-account", "akun bank / bank account", &s.bank_account),
            ("--cash-account", "akun kas / cash account", &s.cash_account),
        ] {
            if name.is_empty() {
                told.missing.push(format!("{what} ({option})"));
                continue;
            }
            match self.http.get("Account", name).await {
                Ok(doc) if number(&doc, "is_group") == 1 => {
                    told.missing.push(format!("{what} {name} adalah grup / is a group"));
                }
                other => named(told, &format!("{what} {name}"), other.map(drop))?,
            }
        }
        for (kind, name) in [
            ("Item Group", &s.item_group),
            ("Customer Group", &s.customer_group),
            ("Territory", &s.territory),
            ("Price List", &s.price_list),
        ] {
            let found = self.http.get(kind, name).await.map(drop);
            named(told, &format!("{kind} {name}"), found)?;
        }
        if told.missing.iter().any(|m| m.starts_with("Item Group")) {
            return Ok(());
        }
        self.service_item(told, visit).await
    }

    /// Lines without a plan are booked on one service item of ours.
    async fn service_item(&self, told: &mut Greeting, visit: Visit) -> Result<(), Trouble> {
        let s = &self.settings;
        match self.http.get("Item", &s.service_item).await {
            Err(Trouble::Missing) if visit == Visit::Look => {
                told.to_make.push(format!("Item {}", s.service_item));
                return Ok(());
            }
            Err(Trouble::Missing) => {}
            other => return named(told, &format!("Item {}", s.service_item), other.map(drop)),
        }
        let body = object(json!({
            "item_code": s.service_item, "item_name": "Layanan internet", "item_group": s.item_group,
            "stock_uom": "Nos", "is_stock_item": 0, "is_sales_item": 1,
        }));
        match self.http.post("Item", &body).await {
            Ok(_) | Err(Trouble::NameTaken) => Ok(()),
            Err(Trouble::Denied(why) | Trouble::Refused(_, why)) => {
                told.missing.push(format!("barang {}: {why}", s.service_item));
                Ok(())
            }
            Err(other) => Err(other),
        }
    }

    /// A custom field: named where it is not there yet, or made; proved to be there, unique, and to answer a query.
    async fn field(
        &self,
        told: &mut Greeting,
        visit: Visit,
        kind: &'static str,
        (field, label): (&str, &str),
        unique: bool,
    ) -> Result<(), Trouble> {
        let fields = ["name", "fieldtype", "unique", "allow_on_submit"];
        let ask = || json!([["dt", "=", kind], ["fieldname", "=", field]]);
        let found = self.http.list("Custom Field", ask(), &fields, "name asc", 2).await;
        let mut found = match found {
            Err(Trouble::Denied(_)) => {
                told.missing.push("izin untuk Custom Field (peran System Manager saat memasang) / permission for Custom Field".into());
                return Ok(());
            }
            other => other?,
        };
        if found.is_empty() && visit == Visit::Look {
            told.to_make.push(format!("Custom Field {kind}.{field}"));
            return Ok(());
        }
        if found.is_empty() {
            let body = object(json!({
                "dt": kind, "fieldname": field, "label": label, "fieldtype": "Data",
                "unique": i64::from(unique), "no_copy": 1, "read_only": 0,
                "in_standard_filter": i64::from(unique), "search_index": i64::from(unique),
            }));
            match self.http.post("Custom Field", &body).await {
                // Lost or made by somebody else just now: what counts is what is read next.
                Ok(_) | Err(Trouble::Unknown(_)) => {}
                Err(Trouble::Refused(_, why) | Trouble::Denied(why)) => {
                    told.missing.push(format!("field {field} di/on {kind}: {why}"));
                    return Ok(());
                }
                Err(other) => return Err(other),
            }
            found = self.http.list("Custom Field", ask(), &fields, "name asc", 2).await?;
        }
        let holds = found.first().is_some_and(|made| {
            word(made, "fieldtype") == "Data" && (!unique || number(made, "unique") == 1)
        });
        if !holds {
            told.missing.push(format!(
                "field {field} di/on {kind}: Data{}",
                if unique { ", unique" } else { "" }
            ));
            return Ok(());
        }
        // An unknown field is dropped in silence when written, but refused in a query: that is the proof.
        match self
            .http
            .list(kind, json!([[field, "=", "-"]]), &["name", field], "name asc", 1)
            .await
        {
            Ok(_) => Ok(()),
            Err(Trouble::Refused(_, why) | Trouble::Denied(why)) => {
                told.missing.push(format!("{kind}.{field}: {why}"));
                Ok(())
            }
            Err(other) => Err(other),
        }
    }

    /// Lists that are read must be allowed.
    async fn lists(&self, told: &mut Greeting, has_hr: bool) -> Result<(), Trouble> {
        let mut kinds = vec![
            "Lead",
            "Opportunity",
            "Customer",
            "Sales Order",
            "Sales Invoice",
            "Payment Entry",
            "Subscription",
            "Purchase Order",
            "Purchase Receipt",
            "Issue",
            "Item Price",
        ];
        if has_hr {
            kinds.push("Employee");
        }
        for kind in kinds {
            match self
                .http
                .list(kind, json!([]), &["name", "modified"], "modified asc, name asc", 1)
                .await
            {
                Ok(_) => {}
                Err(Trouble::Denied(_)) => {
                    told.missing.push(format!("izin baca {kind} / permission to read {kind}"))
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }
}

impl Erpnext {
    /// An empty document is refused: by the permission first, else for what it lacks. That tells whether the user
    /// may make one, and makes none.
    async fn writes(&self, told: &mut Greeting, has_hr: bool) -> Result<(), Trouble> {
        let of_hr = WRITTEN_HR.iter().filter(|_| has_hr);
        for (kind, role) in WRITTEN.iter().chain(of_hr) {
            match self.http.post(kind, &Doc::new()).await {
                Err(Trouble::Denied(_)) => told.missing.push(format!(
                    "izin membuat {kind} (peran {role}) / permission to create {kind} (role {role})"
                )),
                Ok(made) => self.http.delete(kind, &word(&made, "name")).await?,
                Err(Trouble::Later(why)) => return Err(Trouble::Later(why)),
                Err(_) => {}
            }
        }
        Ok(())
    }
}

impl Erpnext {
    /// What is paid beside the salary is booked on components of their own; one that is not there is made, without
    /// an account: which one it is booked on, finance says.
    async fn components(&self, told: &mut Greeting, visit: Visit) -> Result<(), Trouble> {
        let s = &self.settings;
        for (name, abbr, kind) in [
            (&s.commission_component, "KMS", "Earning"),
            (&s.incentive_component, "INS", "Earning"),
            (&s.deduction_component, "PKM", "Deduction"),
        ] {
            match self.http.get("Salary Component", name).await {
                Ok(doc) if word(&doc, "type") == kind => continue,
                Ok(_) => {
                    told.missing.push(format!("komponen gaji {name} bertipe {kind} / salary component {name} of type {kind}"));
                    continue;
                }
                Err(Trouble::Missing) if visit == Visit::Look => {
                    told.to_make.push(format!("Salary Component {name}"));
                    continue;
                }
                Err(Trouble::Missing) => {}
                other => {
                    named(told, &format!("Salary Component {name}"), other.map(drop))?;
                    continue;
                }
            }
            let body = object(json!({
                "salary_component": name, "salary_component_abbr": abbr, "type": kind,
            }));
            match self.http.post("Salary Component", &body).await {
                Ok(_) | Err(Trouble::NameTaken) => told.warnings.push(format!(
                    "Komponen gaji {name} dibuat tanpa akun; lengkapi akunnya / salary component {name} was made without an account: set it"
                )),
                Err(Trouble::Denied(why) | Trouble::Refused(_, why)) => {
                    told.missing.push(format!("komponen gaji {name}: {why}"));
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }
}

impl Settings {
    /// With what the site's only company says of itself, where nothing was given: the company, its receivable, bank
    /// and cash accounts, its only leaf account of tax.
    ///
    /// # Errors
    /// When it does not answer or refuses the key. What may not be read stays empty, and the handshake names it.
    pub async fn completed(mut self) -> kernel::Result<Self> {
        let asked = Erpnext::new(self.clone())?;
        asked.complete(&mut self).await.map_err(|t| t.fault("jabat tangan / greeting"))?;
        Ok(self)
    }
}

impl Erpnext {
    async fn complete(&self, s: &mut Settings) -> Result<(), Trouble> {
        let versions = self.http.call("frappe.utils.change_log.get_versions").await?;
        s.has_hr = versions["hrms"]["version"].is_string();
        if s.company.is_empty() {
            let found = self.http.list("Company", json!([]), &["name"], "name asc", 2).await;
            if let [only] = readable(found)?.as_slice() {
                s.company = word(only, "name");
            }
        }
        if s.company.is_empty() {
            return Ok(());
        }
        let company = match self.http.get("Company", &s.company).await {
            Ok(company) => company,
            Err(Trouble::Missing | Trouble::Denied(_)) => return Ok(()),
            Err(other) => return Err(other),
        };
        for (account, field) in [
            (&mut s.receivable_account, "default_receivable_account"),
            (&mut s.bank_account, "default_bank_account"),
            (&mut s.cash_account, "default_cash_account"),
        ] {
            if account.is_empty() {
                *account = word(&company, field);
            }
        }
        if s.tax_account.is_empty() {
            let leaves = json!([
                ["company", "=", s.company],
                ["account_type", "=", "Tax"],
                ["is_group", "=", 0],
            ]);
            let found = self.http.list("Account", leaves, &["name"], "name asc", 2).await;
            if let [only] = readable(found)?.as_slice() {
                s.tax_account = word(only, "name");
            }
        }
        Ok(())
    }
}

fn readable(found: Result<Vec<Doc>, Trouble>) -> Result<Vec<Doc>, Trouble> {
    match found {
        Err(Trouble::Denied(_)) => Ok(Vec::new()),
        other => other,
    }
}

/// What is not there or may not be read is named; only a server that does not answer ends the handshake.
fn named(told: &mut Greeting, what: &str, found: Result<(), Trouble>) -> Result<(), Trouble> {
    match found {
        Ok(()) => {}
        Err(Trouble::Missing) => told.missing.push(what.to_owned()),
        Err(Trouble::Denied(_)) => {
            told.missing.push(format!("izin baca {what} / permission to read {what}"));
        }
        Err(other) => return Err(other),
    }
    Ok(())
}

fn object(value: Value) -> Doc {
    match value {
        Value::Object(doc) => doc,
        _ => Doc::new(),
    }
}
