//! Records that are kept in more than one document, or taken over where they were entered over there.

use bridge::accounting::{
    AttendanceRecord, CustomerRecord, EmployeeRecord, LeadRecord, PaymentRecord, PlanRecord,
    TicketRecord,
};
use serde_json::json;

use super::Erpnext;
use super::http::Doc;
use super::keep::{OUR_ID, number, word};
use super::trouble::Trouble;
use super::write::log_type;

type Outcome<T> = std::result::Result<T, Trouble>;

/// What of a customer is ours alone.
const OURS_ALONE: &[&str] = &["pppoe_username", "gps"];

impl Erpnext {
    pub(super) async fn lead(&self, lead: &LeadRecord) -> Outcome<Doc> {
        let kept = self.keep(&self.settings.lead(lead)).await?;
        if let Some(worth) = lead.worth {
            self.keep(&self.settings.opportunity(lead, &word(&kept, "name"), worth)).await?;
        }
        Ok(kept)
    }

    /// The customer first, then what hangs on it, then the customer again with its primary contact. One that was
    /// entered over there keeps what its people wrote until it changes here.
    pub(super) async fn customer(&self, customer: &CustomerRecord) -> Outcome<Doc> {
        let taken = match &customer.known_as {
            Some(name) => self.claim("Customer", name, &customer.id.to_string()).await?,
            None => false,
        };
        let mut wanted = self.settings.customer(customer);
        if taken && !customer.changed {
            wanted.body.retain(|field, _| OURS_ALONE.contains(&field.as_str()));
            return self.keep(&wanted).await;
        }
        let kept = self.keep(&wanted).await?;
        let name = word(&kept, "name");
        let address = match customer.address.trim() {
            "" => None,
            _ => Some(self.keep(&self.settings.address(customer, &name)).await?),
        };
        let contact = self.keep(&self.settings.contact(customer, &name)).await?;
        wanted.body.insert("customer_primary_contact".into(), json!(word(&contact, "name")));
        if let Some(address) = address {
            wanted.body.insert("customer_primary_address".into(), json!(word(&address, "name")));
        }
        self.keep(&wanted).await
    }

    /// A plan that they have by its code already is taken over: our id is put on it.
    pub(super) async fn plan(&self, plan: &PlanRecord) -> Outcome<Doc> {
        let wanted = self.settings.item(plan);
        if let Some(name) = &plan.known_as {
            self.claim("Item", name, &wanted.id).await?;
        }
        let kept = match self.keep(&wanted).await {
            Err(Trouble::NameTaken) => {
                let doc = self.http.get("Item", &plan.code).await?;
                if !word(&doc, OUR_ID).is_empty() {
                    return Err(Trouble::NameTaken);
                }
                self.claim("Item", &plan.code, &wanted.id).await?;
                self.keep(&wanted).await?
            }
            other => other?,
        };
        self.price(plan, &word(&kept, "name")).await?;
        Ok(kept)
    }

    /// A price of the same day that they have already is taken over.
    async fn price(&self, plan: &PlanRecord, item: &str) -> Outcome<Doc> {
        let wanted = self.settings.price(plan, item);
        match self.keep(&wanted).await {
            Err(Trouble::Refused(kind, why)) if kind == "ItemPriceDuplicateItem" => {
                let same = json!([
                    ["item_code", "=", item],
                    ["price_list", "=", self.settings.price_list],
                    ["valid_from", "=", plan.valid_from.to_string()],
                ]);
                let rows =
                    self.http.list("Item Price", same, &["name", OUR_ID], "name asc", 2).await?;
                let [one] = rows.as_slice() else { return Err(Trouble::Refused(kind, why)) };
                if !word(one, OUR_ID).is_empty() {
                    return Err(Trouble::Refused(kind, why));
                }
                self.claim("Item Price", &word(one, "name"), &wanted.id).await?;
                self.keep(&wanted).await
            }
            other => other,
        }
    }

    pub(super) async fn payment(&self, payment: &PaymentRecord) -> Outcome<Doc> {
        let wanted = self.settings.payment(payment);
        if !payment.reversed {
            return self.keep(&wanted).await;
        }
        let (live, dead) = self.edition(wanted.kind, &wanted.id).await?;
        let Some(name) = live.or_else(|| dead.last().cloned()) else {
            return Err(Trouble::Missing);
        };
        let doc = self.http.get(wanted.kind, &name).await?;
        match number(&doc, "docstatus") {
            1 => self.cancel(wanted.kind, &name, &doc).await,
            _ => Ok(doc),
        }
    }

    /// Their finer words (*Replied*, *On Hold*) stay while it is as live there as here.
    pub(super) async fn ticket(&self, ticket: &TicketRecord) -> Outcome<Doc> {
        let mut wanted = self.settings.ticket(ticket);
        if let Some(name) = self.lookup(wanted.kind, &wanted.id).await? {
            let doc = self.http.get(wanted.kind, &name).await?;
            let closed = matches!(word(&doc, "status").as_str(), "Resolved" | "Closed");
            if closed == ticket.closed {
                wanted.body.remove("status");
            }
        }
        self.keep(&wanted).await
    }

    /// One whom HR entered keeps what HR wrote until it changes here. Making one needs papers, which HR has. A last day
    /// that HR entered there stands.
    pub(super) async fn employee(&self, employee: &EmployeeRecord) -> Outcome<Doc> {
        let id = employee.id.to_string();
        let there = match &employee.known_as {
            Some(name) => self.claim("Employee", name, &id).await?,
            None => self.lookup("Employee", &id).await?.is_some(),
        };
        if !there && employee.papers.is_none() {
            return Err(Trouble::Refused("NoEmployee".into(), employee.login.clone()));
        }
        let mut wanted = self.settings.employee(employee, there);
        if there && employee.left_on.is_some() && employee.standing_changed {
            let name = self.lookup("Employee", &id).await?.ok_or(Trouble::Missing)?;
            let doc = self.http.get("Employee", &name).await?;
            if word(&doc, "status") == "Left" {
                wanted
                    .body
                    .retain(|field, _| !matches!(field.as_str(), "status" | "relieving_date"));
            }
        }
        self.keep(&wanted).await
    }

    /// A log of the same person and second is refused there: one that another device wrote is taken over.
    pub(super) async fn attendance(&self, seen: &AttendanceRecord) -> Outcome<Doc> {
        let wanted = self.settings.attendance(seen);
        let (kind, why) = match self.keep(&wanted).await {
            Err(Trouble::Refused(kind, why)) if kind == "ValidationError" => (kind, why),
            other => return other,
        };
        let same = json!([["employee", "=", seen.employee], ["time", "=", wanted.body["time"]]]);
        let fields = &["name", "log_type", OUR_ID];
        let rows = self.http.list(wanted.kind, same, fields, "name asc", 2).await?;
        let [one] = rows.as_slice() else { return Err(Trouble::Refused(kind, why)) };
        if !word(one, OUR_ID).is_empty() || word(one, "log_type") != log_type(seen) {
            return Err(Trouble::Refused(kind, why));
        }
        self.claim(wanted.kind, &word(one, "name"), &wanted.id).await?;
        self.keep(&wanted).await
    }
}
