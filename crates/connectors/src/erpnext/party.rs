//! Records that are kept in more than one document, or taken over where they were entered over there.

use bridge::accounting::{
    CustomerRecord, EmployeeRecord, LeadRecord, PaymentRecord, PlanRecord, TicketRecord,
};
use serde_json::json;

use super::Erpnext;
use super::http::Doc;
use super::keep::{OUR_ID, number, word};
use super::trouble::Trouble;

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

    /// One whom HR entered with the same login is taken over; making one here needs gender and birthday, which HR has.
    pub(super) async fn employee(&self, employee: &EmployeeRecord) -> Outcome<Doc> {
        let wanted = self.settings.employee(employee);
        if self.lookup(wanted.kind, &wanted.id).await?.is_none() {
            let by_login = json!([["attendance_device_id", "=", employee.login]]);
            let found =
                self.http.list("Employee", by_login, &["name", "modified"], "name asc", 2).await?;
            let [one] = found.as_slice() else {
                return Err(Trouble::Refused(
                    "NoEmployee".into(),
                    format!("attendance_device_id {}", employee.login),
                ));
            };
            self.claim("Employee", &word(one, "name"), &wanted.id).await?;
        }
        self.keep(&wanted).await
    }
}
