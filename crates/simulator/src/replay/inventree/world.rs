//! What the server knows, and how it shows it.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use kernel::Ts;
use serde_json::{Map, Value, json};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum User {
    Admin,
    Connector,
    Viewer,
}

impl User {
    pub(super) fn pk(self) -> i64 {
        match self {
            Self::Admin => 1,
            Self::Connector => 2,
            Self::Viewer => 3,
        }
    }
}

/// A stock item.
#[derive(Clone, Debug)]
pub struct Item {
    pub pk: i64,
    pub part: i64,
    pub quantity: f64,
    pub serial: Option<String>,
    pub batch: String,
    pub location: Option<i64>,
    pub customer: Option<i64>,
    pub status: i64,
    pub custom_status: i64,
    pub link: String,
    pub notes: Option<String>,
    pub parent: Option<i64>,
    pub purchase_order: Option<i64>,
    pub price: Option<f64>,
    pub delete_on_deplete: bool,
    /// The day of its last count; serialized items have none.
    pub counted_on: Option<String>,
    pub tags: Value,
    pub updated: Ts,
    /// Changes within one minute keep their order.
    pub touched: u64,
    pub metadata: Map<String, Value>,
}

/// A row of the history.
#[derive(Clone, Debug)]
pub struct Track {
    pub pk: i64,
    pub item: i64,
    pub at: Ts,
    pub kind: i64,
    pub deltas: Value,
    pub notes: String,
    pub user: Option<i64>,
}

/// Everything the server knows.
#[derive(Clone, Debug)]
pub struct World {
    pub now: Ts,
    /// Roles that the client lacks.
    pub roles_missing: BTreeSet<String>,
    pub serials_unique: bool,
    pub api_version: i64,
    /// Added to UTC in everything it shows; it never says so.
    pub zone_secs: i64,
    pub items: BTreeMap<i64, Item>,
    pub tracks: Vec<Track>,
    pub(super) things: BTreeMap<&'static str, BTreeMap<i64, Value>>,
    pub(super) made: BTreeMap<&'static str, i64>,
    pub(super) metadata: BTreeMap<(&'static str, i64), Map<String, Value>>,
    /// Own status codes: (key, name, label, colour, logical key), and whether it was restarted since.
    pub(super) statuses: Vec<(i64, String, String, String, i64, bool)>,
    pub(super) touches: u64,
}

/// The body of the answer of a recording.
pub(super) fn fixture(text: &str) -> Value {
    let all: Value = serde_json::from_str(text).unwrap_or_default();
    all["response"]["body"].clone()
}

/// A recording's answer by the file's name.
macro_rules! recorded {
    ($name:literal) => {
        $crate::replay::inventree::world::fixture(include_str!(concat!(
            "../../../fixtures/inventree/",
            $name,
            ".json"
        )))
    };
}
pub(super) use recorded;

impl World {
    pub(super) fn new(now: Ts) -> Self {
        Self {
            now,
            roles_missing: BTreeSet::new(),
            serials_unique: false,
            api_version: 425,
            zone_secs: 0,
            items: BTreeMap::new(),
            tracks: Vec::new(),
            things: BTreeMap::new(),
            made: BTreeMap::new(),
            metadata: BTreeMap::new(),
            statuses: Vec::new(),
            touches: 0,
        }
    }
    /// As after a restart of the server: own status codes are choices everywhere.
    pub fn restart(&mut self) {
        for status in &mut self.statuses {
            status.5 = true;
        }
    }
    pub(super) fn user_of(&self, auth: &str) -> Option<User> {
        match auth.strip_prefix("Token ")? {
            super::TOKEN => Some(User::Connector),
            super::TOKEN_ADMIN => Some(User::Admin),
            super::TOKEN_VIEWER => Some(User::Viewer),
            _ => None,
        }
    }
    pub(super) fn may(&self, user: User, role: &str, _method: &Method) -> bool {
        match user {
            User::Admin => true,
            User::Viewer => false,
            User::Connector => !self.roles_missing.contains(role),
        }
    }
    pub(super) fn next_pk(&mut self, kind: &'static str) -> i64 {
        let pk = self.made.entry(kind).or_insert(0);
        *pk += 1;
        *pk
    }
    pub(super) fn thing(&self, kind: &'static str, pk: i64) -> Option<&Value> {
        self.things.get(kind)?.get(&pk)
    }
    pub(super) fn all(&self, kind: &'static str) -> impl Iterator<Item = &Value> {
        self.things.get(kind).into_iter().flat_map(BTreeMap::values)
    }
    pub(super) fn put(&mut self, kind: &'static str, pk: i64, value: Value) {
        self.things.entry(kind).or_default().insert(pk, value);
    }
    /// `YYYY-MM-DD HH:MM`, in a zone that it does not say.
    pub(super) fn minute(&self, at: Ts) -> String {
        let text = at.plus_secs(self.zone_secs).to_string();
        text.get(..16).unwrap_or("").replace('T', " ")
    }
    pub(super) fn day(&self) -> String {
        self.minute(self.now).get(..10).unwrap_or("").to_owned()
    }
    /// Saves an item: its time moves.
    pub(super) fn touch(&mut self, pk: i64) -> Option<&mut Item> {
        self.touches += 1;
        let (touched, now) = (self.touches, self.now);
        let item = self.items.get_mut(&pk)?;
        item.updated = now;
        item.touched = touched;
        if item.serial.is_some() {
            item.delete_on_deplete = false;
        }
        Some(item)
    }
    /// Adds an item as new.
    pub(super) fn add_item(&mut self, mut item: Item, user: Option<i64>, history: &[i64]) -> i64 {
        let pk = self.next_pk("item");
        self.touches += 1;
        item.pk = pk;
        item.updated = self.now;
        item.touched = self.touches;
        let deltas = json!({
            "status": item.status, "location": item.location, "quantity": item.quantity
        });
        self.items.insert(pk, item);
        for kind in history {
            self.track(pk, *kind, deltas.clone(), "", user);
        }
        pk
    }
    pub(super) fn track(
        &mut self,
        item: i64,
        kind: i64,
        mut deltas: Value,
        notes: &str,
        user: Option<i64>,
    ) {
        if let Some(location) = deltas["location"].as_i64().and_then(|l| self.thing("location", l))
        {
            let mut location = location.clone();
            for counted in ["items", "sublocations"] {
                location.as_object_mut().map(|o| o.remove(counted));
            }
            deltas["location_detail"] = location;
        }
        if let Some(company) = deltas["customer"].as_i64().and_then(|c| self.thing("company", c)) {
            let mut company = company.clone();
            company["notes"] = Value::Null;
            deltas["customer_name"] = company["name"].clone();
            deltas["customer_detail"] = company;
        }
        let pk = self.next_pk("track");
        let at = self.now;
        let notes = notes.to_owned();
        self.tracks.push(Track { pk, item, at, kind, deltas, notes, user });
    }
    /// Takes an item away, and its history with it.
    pub fn delete_item(&mut self, pk: i64) {
        self.items.remove(&pk);
        self.tracks.retain(|t| t.item != pk);
    }
    /// The pk of the one item with this serial.
    pub fn by_serial(&self, serial: &str) -> Vec<&Item> {
        self.items.values().filter(|i| i.serial.as_deref() == Some(serial)).collect()
    }
    /// The pk of a location by its path, `Technician Bags/Ana`.
    pub fn location(&self, path: &str) -> Option<i64> {
        self.all("location").find(|l| l["pathstring"] == path)?["pk"].as_i64()
    }
    /// The pk of a company by its name.
    pub fn company(&self, name: &str) -> Option<i64> {
        self.all("company").find(|c| c["name"] == name)?["pk"].as_i64()
    }
    /// Where an item is: the company's name, or the place's path.
    pub fn name_of(&self, item: &Item) -> String {
        let text = |kind, pk: Option<i64>, field: &str| {
            pk.and_then(|pk| self.thing(kind, pk)?[field].as_str().map(str::to_owned))
        };
        text("company", item.customer, "name")
            .or_else(|| text("location", item.location, "pathstring"))
            .unwrap_or_default()
    }
    /// How many files and links hang on an item.
    pub fn attachments_of(&self, item: i64) -> usize {
        self.all("attachment").filter(|a| a["model_id"] == item).count()
    }
    pub(super) fn statuses(&self) -> Value {
        let mut all = recorded!("127-stock-status-codes");
        for (key, name, label, color, _, _) in &self.statuses {
            all["values"][name] = json!({
                "key": key, "name": name, "label": label, "color": color, "custom": true
            });
        }
        all
    }
    /// The logical code and its label of a code that is a choice. `fresh`: also those since the restart.
    pub(super) fn status(&self, code: i64, fresh: bool) -> Option<(i64, String)> {
        let own = self.statuses.iter().find(|s| s.0 == code && (fresh || s.5));
        let logical = own.map_or(code, |s| s.4);
        let all = recorded!("127-stock-status-codes");
        let found = all["values"].as_object()?.values().find(|v| v["key"] == logical)?.clone();
        Some((logical, found["label"].as_str()?.to_owned()))
    }

    /// An item as the server shows it. `counted`: with the numbers that only some answers carry.
    pub(super) fn item_json(&self, item: &Item, counted: bool) -> Value {
        let mut out = recorded!("098-stock-detail");
        out.as_object_mut().map(|o| o.remove("location_detail"));
        let order = item.purchase_order.and_then(|o| self.thing("po", o));
        let label = self.status(item.status, true).map(|s| s.1);
        for (name, value) in [
            ("pk", json!(item.pk)),
            ("part", json!(item.part)),
            ("quantity", json!(item.quantity)),
            ("serial", json!(item.serial)),
            ("batch", json!(item.batch)),
            ("location", json!(item.location)),
            ("customer", json!(item.customer)),
            ("in_stock", json!(item.customer.is_none() && item.quantity > 0.0)),
            ("delete_on_deplete", json!(item.delete_on_deplete)),
            ("link", json!(item.link)),
            ("notes", json!(item.notes)),
            ("parent", json!(item.parent)),
            ("purchase_order", json!(item.purchase_order)),
            ("purchase_order_reference", order.map_or(Value::Null, |o| o["reference"].clone())),
            ("status", json!(item.status)),
            ("status_text", json!(label)),
            ("status_custom_key", json!(item.custom_status)),
            ("updated", json!(self.minute(item.updated))),
            ("purchase_price", json!(item.price)),
            ("tags", item.tags.clone()),
            ("stocktake_date", json!(item.counted_on)),
            (
                "child_items",
                json!(self.items.values().filter(|i| i.parent == Some(item.pk)).count()),
            ),
        ] {
            out[name] = value;
        }
        let history = self.tracks.iter().filter(|t| t.item == item.pk).count();
        out["tracking_items"] = json!(history);
        if !counted {
            for name in [
                "allocated",
                "expired",
                "installed_items",
                "child_items",
                "stale",
                "tracking_items",
            ] {
                out[name] = Value::Null;
            }
        }
        let template = out["part_detail"].clone();
        if let (Some(part), Some(shown)) = (self.thing("part", item.part), template.as_object()) {
            for name in shown.keys() {
                out["part_detail"][name] = match name.as_str() {
                    "minimum_stock" => {
                        json!(format!("{:.6}", part["minimum_stock"].as_f64().unwrap_or(0.0)))
                    }
                    name => part[name].clone(),
                };
            }
        }
        out
    }
    pub(super) fn location_brief(&self, location: Option<i64>) -> Value {
        location.and_then(|l| self.thing("location", l)).map_or(
            Value::Null,
            |l| json!({ "pk": l["pk"], "name": l["name"], "pathstring": l["pathstring"] }),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_times_have_neither_seconds_nor_a_zone() {
        let mut world = World::new(Ts::from_secs(1_795_377_959));
        assert_eq!(world.minute(world.now), "2026-11-22 20:05");
        world.zone_secs = 7 * 3_600;
        assert_eq!(world.minute(world.now), "2026-11-23 03:05");
    }
}
