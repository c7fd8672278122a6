//! Items: serialized devices where they are now, in a warehouse, a technician's bag, at the supplier or at a
//! customer's.

use std::collections::{BTreeMap, HashMap, HashSet};

use inventory::receive::{mac_of, serial_of};
use inventory::{ItemState, LocationKind, Owner};
use kernel::{BranchId, Fault, ItemId, ItemTypeId, LocationId, Result, SubscriptionId};
use store::{Query, QueryExt, Tx, args, row};

use super::cells::{self, Cells, Parsed};
use super::known::{self, Connection};
use super::memory::{self, Remembered};
use super::report::{Findings, Problem, Say, Wanted};
use super::write::inventory::{Placed, items, sites};
use super::{Base, Kind, Sheet, Step, columns, unchanged};

/// An item's row.
pub(super) struct Item {
    serial: String,
    mac: Option<String>,
    kind: ItemTypeId,
    place: Place,
    owner: Owner,
}

/// Where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A warehouse, bag or supplier.
    Location(LocationId, ItemState, BranchId),
    Site(SubscriptionId, BranchId),
}

/// A row as typed.
struct Typed {
    serial: String,
    mac: Option<String>,
    kind: String,
    location: Option<String>,
    account: Option<String>,
    branch: Option<String>,
    owner: Owner,
}

row! { struct LocationRow { id: LocationId, kind: LocationKind, name: String, branch_id: BranchId } }
row! { struct TypeRow { id: ItemTypeId, sku: String, name: String, serialized: bool } }
row! { struct ItemRow { id: ItemId, serial: String, mac: Option<String>, type_id: ItemTypeId,
location_id: LocationId, subscription_id: Option<SubscriptionId> } }

struct Around {
    types: Vec<TypeRow>,
    locations: Vec<LocationRow>,
    connections: HashMap<String, Connection>,
    before: HashMap<String, (uuid::Uuid, String)>,
    by_serial: HashMap<String, ItemRow>,
    by_mac: HashMap<String, ItemRow>,
    /// Connections with a device of ours at the site.
    taken: HashSet<SubscriptionId>,
}

pub(super) async fn check(
    q: &mut dyn Query,
    base: &Base,
    sheet: &Sheet,
    findings: &mut Findings,
) -> Result<Vec<Step<Item>>> {
    let rows = cells::rows(columns::ITEMS, sheet, findings, parse)?;
    let around = Around::load(q, &rows).await?;
    let mut repeats = Repeats::default();
    let mut steps = Vec::with_capacity(rows.len());
    for row in unchanged(rows, &around.before, &mut steps) {
        let mut wrong = Vec::new();
        let step = one(base, &around, &mut repeats, row, &mut wrong);
        findings.problems.append(&mut wrong);
        steps.extend(step);
    }
    Ok(steps)
}

fn parse(cells: &mut Cells<'_>) -> (Option<String>, Typed) {
    let serial = cells.required("serial");
    let serial = serial.and_then(|text| cells.checked("serial", serial_of(text)));
    let mac = cells.text("mac");
    let mac = mac.and_then(|text| cells.checked("mac", mac_of(text)));
    let kind = cells.required("type").map(str::to_owned);
    let known: [(&[&str], Owner); 2] =
        [(&["isp", "kami", "sendiri"], Owner::Isp), (&["customer", "pelanggan"], Owner::Customer)];
    let owner = cells.word("owner", &known).unwrap_or(Owner::Isp);
    let location = cells.text("location").map(str::to_owned);
    let account = cells.text("account").map(str::to_owned);
    match (&location, &account) {
        (None, None) => cells.bad(
            "location",
            "wajib diisi: gudang, atau akun pelanggan tempat barang terpasang",
            "is required: a warehouse, or the account at whose site the item is",
        ),
        (Some(_), Some(_)) => cells.bad(
            "account",
            "isi lokasi atau akun, bukan keduanya: satu barang ada di satu tempat",
            "give location or account, not both: one item is in one place",
        ),
        _ => {}
    }
    let branch = cells.text("branch").map(str::to_owned);
    let (own, kind) = (serial.clone().unwrap_or_default(), kind.unwrap_or_default());
    (serial, Typed { serial: own, mac, kind, location, account, branch, owner })
}

impl Around {
    async fn load(q: &mut dyn Query, rows: &[Parsed<Typed>]) -> Result<Self> {
        const ITEM: &str = "select id, serial, mac, type_id, location_id, subscription_id
            from inventory_item where";
        let types = q
            .rows(
                "select id, sku, name, serialized from inventory_item_type where archived_at is null",
                args![],
            )
            .await?;
        let locations = q
            .rows(
                "select id, kind, name, branch_id from inventory_location
                 where archived_at is null and kind <> 'site' order by id",
                args![],
            )
            .await?;
        let serials: Vec<&str> = rows.iter().map(|r| r.external_id.as_str()).collect();
        let macs: Vec<&str> = rows.iter().filter_map(|r| r.data.mac.as_deref()).collect();
        let mut accounts: Vec<&str> =
            rows.iter().filter_map(|r| r.data.account.as_deref()).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let connections = known::connections(q, &accounts).await?;
        let subscriptions: Vec<SubscriptionId> = connections.values().map(|c| c.id).collect();
        let by_serial: Vec<ItemRow> =
            q.rows(&format!("{ITEM} serial {{AMONG}}($1)"), args![serials]).await?;
        let by_mac: Vec<ItemRow> =
            q.rows(&format!("{ITEM} mac {{AMONG}}($1)"), args![macs]).await?;
        let taken: Vec<(SubscriptionId,)> = q
            .rows(
                "select subscription_id from inventory_item
                 where state = 'installed' and owner = 'isp' and subscription_id {AMONG}($1)",
                args![subscriptions],
            )
            .await?;
        Ok(Self {
            types,
            locations,
            connections,
            before: memory::recall(q, Kind::Items, &serials).await?,
            by_serial: by_serial.into_iter().map(|i| (i.serial.clone(), i)).collect(),
            by_mac: by_mac.into_iter().filter_map(|i| i.mac.clone().map(|m| (m, i))).collect(),
            taken: taken.into_iter().map(|t| t.0).collect(),
        })
    }
}

#[derive(Default)]
struct Repeats {
    macs: BTreeMap<String, usize>,
    sites: BTreeMap<SubscriptionId, usize>,
}

fn problem(row: usize, column: &str, say: Say) -> Problem {
    Problem { row, column: column.to_owned(), id: say.id, en: say.en }
}

fn one(
    base: &Base,
    around: &Around,
    repeats: &mut Repeats,
    row: Parsed<Typed>,
    wrong: &mut Vec<Problem>,
) -> Option<Step<Item>> {
    let (number, typed) = (row.row, &row.data);
    let mut say = |column: &str, say: Say| wrong.push(problem(number, column, say));
    let kind = match type_of(around, &typed.kind) {
        Err(why) if !typed.kind.is_empty() => {
            say("type", why);
            None
        }
        found => found.ok(),
    };
    let is_placed = typed.location.is_some() != typed.account.is_some();
    let place = if is_placed { place_of(base, around, typed) } else { Err(None) };
    let place = place.map_err(|why| why.into_iter().for_each(|(c, why)| say(c, why))).ok();
    let (kind, place) = (kind?, place?);
    if let Some(known) = around.by_serial.get(&typed.serial) {
        if !known.is_as_said(typed, kind, place) {
            say(
                "serial",
                Say::new(
                    "sudah tercatat dengan jenis, MAC atau tempat lain; pindahkan di program, bukan lewat impor",
                    "is on record with another type, MAC or place; move it in the program, not by an import",
                ),
            );
        }
        return Some(Step::skip(row, Some(known.id.uuid()), None));
    }
    fresh(around, repeats, number, typed, place, &mut say);
    let Parsed { row, external_id, print, data: Typed { serial, mac, owner, .. } } = row;
    let data = Some(Item { serial, mac, kind, place, owner });
    Some(Step { row, external_id, wanted: Wanted::Create, print, note: None, subject: None, data })
}

impl ItemRow {
    /// It is what and where the row says.
    fn is_as_said(&self, typed: &Typed, kind: ItemTypeId, place: Place) -> bool {
        let there = match place {
            Place::Location(id, ..) => self.location_id == id,
            Place::Site(id, _) => self.subscription_id == Some(id),
        };
        there && self.type_id == kind && (typed.mac.is_none() || typed.mac == self.mac)
    }
}

/// The checks of an item that is not there yet: its MAC and its site are nobody else's.
fn fresh(
    around: &Around,
    repeats: &mut Repeats,
    number: usize,
    typed: &Typed,
    place: Place,
    say: &mut impl FnMut(&str, Say),
) {
    if let Some(mac) = &typed.mac {
        if let Some(other) = around.by_mac.get(mac) {
            let serial = &other.serial;
            say(
                "mac",
                Say::new(
                    format!("sudah tercatat pada barang {serial}"),
                    format!("is on record for the item {serial}"),
                ),
            );
        }
        let first = *repeats.macs.entry(mac.clone()).or_insert(number);
        if first != number {
            say("mac", again(first));
        }
    }
    if let (Place::Site(site, _), Owner::Isp) = (place, typed.owner) {
        let first = *repeats.sites.entry(site).or_insert(number);
        if first != number {
            say("account", again(first));
        } else if around.taken.contains(&site) {
            say(
                "account",
                Say::new(
                    "di lokasi ini sudah terpasang perangkat kita",
                    "a device of ours is installed there already",
                ),
            );
        }
    }
}

fn again(first: usize) -> Say {
    Say::new(format!("sudah ada di baris {first}"), format!("is in row {first} already"))
}

fn type_of(around: &Around, text: &str) -> std::result::Result<ItemTypeId, Say> {
    let is = |t: &&TypeRow| t.sku.eq_ignore_ascii_case(text) || t.name.eq_ignore_ascii_case(text);
    match around.types.iter().find(is) {
        Some(found) if found.serialized => Ok(found.id),
        Some(_) => Err(Say::new("tidak ber-nomor seri", "has no serial numbers")),
        None => Err(Say::new(
            format!("jenis barang \"{text}\" tidak ada; buat dulu di Stok → Jenis barang"),
            format!("there is no item type \"{text}\"; make it first in Stock → Item types"),
        )),
    }
}

type Placing = std::result::Result<Place, Option<(&'static str, Say)>>;

fn no(column: &'static str, id: &str, en: &str) -> Placing {
    Err(Some((column, Say::new(id, en))))
}

fn place_of(base: &Base, around: &Around, typed: &Typed) -> Placing {
    if let Some(account) = &typed.account {
        let found = around.connections.get(account);
        return match found {
            Some(c) if c.ended => {
                no("account", "langganan ini sudah berhenti", "this connection has ended")
            }
            Some(c) => Ok(Place::Site(c.id, c.branch_id)),
            None => no(
                "account",
                &format!("akun \"{account}\" tidak ada; impor akun lebih dulu"),
                &format!("there is no account \"{account}\"; import the accounts first"),
            ),
        };
    }
    if typed.owner == Owner::Customer {
        return no(
            "owner",
            "perangkat milik pelanggan ada di lokasi pelanggan: isi akunnya",
            "a customer's own device is at the customer's: give the account",
        );
    }
    let name = typed.location.as_deref().unwrap_or_default();
    let branch = typed.branch.as_deref();
    let in_branch = |id: BranchId| {
        let code = base.catalog.branches.get(&id).map(|b| b.code.as_str());
        branch.is_none_or(|wanted| code.is_some_and(|code| code.eq_ignore_ascii_case(wanted)))
    };
    let named: Vec<&LocationRow> = around
        .locations
        .iter()
        .filter(|l| l.name.eq_ignore_ascii_case(name) && in_branch(l.branch_id))
        .collect();
    match named.as_slice() {
        [] => no(
            "location",
            &format!("lokasi \"{name}\" tidak ada; buat dulu di Stok → Lokasi"),
            &format!("there is no location \"{name}\"; make it first in Stock → Locations"),
        ),
        [one] => Ok(Place::Location(one.id, state_at(one.kind), one.branch_id)),
        _ => no(
            "branch",
            &format!("ada beberapa lokasi bernama \"{name}\"; sebut cabangnya"),
            &format!("several locations are called \"{name}\"; name the branch"),
        ),
    }
}

/// What an item is, by where it lies.
const fn state_at(kind: LocationKind) -> ItemState {
    match kind {
        LocationKind::Warehouse => ItemState::InStock,
        LocationKind::Bag => ItemState::InTransit,
        LocationKind::Site => ItemState::Installed,
        LocationKind::Supplier => ItemState::Rma,
        LocationKind::Scrap => ItemState::Scrapped,
        LocationKind::Lost => ItemState::Lost,
    }
}

pub(super) async fn apply(tx: &mut Tx, steps: Vec<Step<Item>>) -> Result<Vec<Remembered>> {
    let at_sites: Vec<(SubscriptionId, BranchId)> = steps
        .iter()
        .filter_map(|s| match s.data.as_ref()?.place {
            Place::Site(id, branch) => Some((id, branch)),
            Place::Location(..) => None,
        })
        .collect();
    let sites = sites(tx, &at_sites).await?;
    let mut done = Vec::with_capacity(steps.len());
    let mut placed = Vec::new();
    for mut step in steps {
        let Some(Item { serial, mac, kind, place, owner }) = step.data.take() else {
            done.extend(step.subject.map(|subject| step.became(subject)));
            continue;
        };
        let id: ItemId = tx.new_id();
        done.push(step.became(id.uuid()));
        let (location, state, branch, subscription) = match place {
            Place::Location(at, state, branch) => (at, state, branch, None),
            Place::Site(to, branch) => {
                let site = sites.get(&to).copied();
                let site = site.ok_or_else(|| Fault::bug("a site that was made is not there"))?;
                (site, ItemState::Installed, branch, Some(to))
            }
        };
        placed.push(Placed { id, kind, serial, mac, state, location, subscription, owner, branch });
    }
    items(tx, &placed).await?;
    Ok(done)
}
