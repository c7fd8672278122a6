//! The first meeting: which of theirs is which of ours. What is sure is linked, what is doubtful is asked, the rest is
//! made there. The same judgement is shown before attaching and used when a record is told for the first time.

use std::collections::{BTreeMap, BTreeSet};

use bridge::accounting::{AccountingSystem, CustomerRecord, EmployeeRecord, Kin, PlanRecord, Twin};
use bridge::finding::{self, Found};
use bridge::{Subject, Verdict, link};
use crm::names::similar;
use kernel::{BranchId, CustomerId, FaultKind, Money, Result, Scope, Ts, UserId};
use serde::Serialize;
use store::{Db, Query, QueryExt, args};
use uuid::Uuid;

use crate::mirror::books::{ENGINE, customer_record, digits, employee_record};

/// Candidates that a person is asked about at once.
const ASKED_MAX: usize = 5;
/// Examples of what is asked that a preview shows.
const SHOWN_MAX: usize = 20;
/// Customers of one page.
const PAGE: i64 = 200;

/// What is known of one of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// This one of theirs.
    Same(String),
    /// One of these, perhaps: a person says.
    Doubtful(Vec<Twin>),
    /// They don't have it.
    New,
}

fn word(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Phone or e-mail and a similar name: the same. One of the two without a similar name, or the very name with another
/// phone: a person says. `rivals`: another customer of ours could be that one as well.
pub fn customer(ours: &CustomerRecord, twins: &[Twin], rivals: bool) -> Judged {
    if let Some(own) = twins.iter().find(|t| t.our_id == Some(ours.id)) {
        return Judged::Same(own.external_id.clone());
    }
    let phone = digits(Some(&ours.phone));
    let email = ours.email.as_deref().map(word).unwrap_or_default();
    let reached = |t: &&Twin| {
        (!phone.is_empty() && t.phones.iter().any(|p| digits(Some(p)) == phone))
            || (!email.is_empty() && t.emails.iter().any(|e| word(e) == email))
    };
    let sure: Vec<&Twin> =
        twins.iter().filter(reached).filter(|t| similar(&ours.name, &t.name)).collect();
    if let [one] = sure.as_slice()
        && !rivals
    {
        return Judged::Same(one.external_id.clone());
    }
    let maybe: Vec<Twin> = if sure.is_empty() {
        let named = |t: &&Twin| word(&t.name) == word(&ours.name);
        twins.iter().filter(|t| reached(t) || named(t)).cloned().collect()
    } else {
        sure.into_iter().cloned().collect()
    };
    if maybe.is_empty() {
        return Judged::New;
    }
    Judged::Doubtful(maybe.into_iter().take(ASKED_MAX).collect())
}

/// The same code: the same. The same name under another code: a person says.
pub fn plan(ours: &PlanRecord, twins: &[Twin]) -> Judged {
    let own = twins.iter().find(|t| t.our_id == Some(ours.id));
    if let Some(one) = own.or(twins.iter().find(|t| word(&t.external_id) == word(&ours.code))) {
        return Judged::Same(one.external_id.clone());
    }
    let named: Vec<Twin> =
        twins.iter().filter(|t| word(&t.name) == word(&ours.name)).cloned().collect();
    if named.is_empty() { Judged::New } else { Judged::Doubtful(named) }
}

/// The login that their attendance device knows and a similar name, or the very name of one only on both sides and no
/// word against it (another login or phone): the same. Otherwise alike, or gone there: a person says. `rivals`:
/// another one of ours has that name.
pub fn employee(ours: &EmployeeRecord, twins: &[Twin], rivals: bool) -> Judged {
    if let Some(own) = twins.iter().find(|t| t.our_id == Some(ours.id)) {
        return Judged::Same(own.external_id.clone());
    }
    let by_login = |t: &&Twin| t.login.as_deref().is_some_and(|l| word(l) == word(&ours.login));
    let named = |t: &&Twin| word(&t.name) == word(&ours.name);
    let known: Vec<&Twin> = twins.iter().filter(by_login).collect();
    if let [one] = known.as_slice()
        && similar(&one.name, &ours.name)
        && !one.left
    {
        return Judged::Same(one.external_id.clone());
    }
    let namesakes: Vec<&Twin> = twins.iter().filter(named).collect();
    let phone = digits(ours.phone.as_deref());
    let speaks_against = |t: &Twin| {
        let other = |p: &String| !digits(Some(p)).is_empty() && digits(Some(p)) != phone;
        t.login.is_some()
            || t.left
            || (!phone.is_empty() && t.phones.iter().all(other) && !t.phones.is_empty())
    };
    if let ([], [one]) = (known.as_slice(), namesakes.as_slice())
        && !rivals
        && !speaks_against(one)
    {
        return Judged::Same(one.external_id.clone());
    }
    let mut maybe: Vec<Twin> = known.into_iter().chain(namesakes).cloned().collect();
    maybe.sort_by(|a, b| a.external_id.cmp(&b.external_id));
    maybe.dedup_by(|a, b| a.external_id == b.external_id);
    if maybe.is_empty() {
        return Judged::New;
    }
    Judged::Doubtful(maybe.into_iter().take(ASKED_MAX).collect())
}

/// Those of theirs that are nobody else's, and of which no person said that ours is another.
///
/// # Errors
/// Only when the database fails.
pub async fn free(
    q: &mut dyn Query,
    subject: Subject,
    ours: Uuid,
    twins: Vec<Twin>,
) -> Result<Vec<Twin>> {
    let apart = finding::apart(q, ENGINE, subject, ours).await?;
    let mut free = Vec::with_capacity(twins.len());
    for mut twin in twins {
        let linked = link::by_external(q, ENGINE, subject, &twin.external_id).await?;
        if linked.is_some_and(|l| l.local_id != ours) || apart.contains(&twin.external_id) {
            continue;
        }
        if let Some(other) = twin.our_id.filter(|id| *id != ours) {
            if is_here(q, subject, other).await? {
                continue;
            }
            // An id of another time: nobody here answers to it.
            twin.our_id = None;
        }
        free.push(twin);
    }
    Ok(free)
}

async fn is_here(q: &mut dyn Query, subject: Subject, id: Uuid) -> Result<bool> {
    if subject == Subject::Plan {
        let catalog = catalog::current(q).await?;
        return Ok(catalog.plan(kernel::PlanId::from_uuid(id)).is_ok());
    }
    let found = match subject {
        Subject::Employee => {
            identity::user::find(q, &Scope::all(), UserId::from_uuid(id)).await.map(drop)
        }
        _ => crm::customer::find(q, &Scope::all(), CustomerId::from_uuid(id)).await.map(drop),
    };
    match found {
        Ok(()) => Ok(true),
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// Whether another customer of ours, not linked yet, has this one's phone and a similar name.
///
/// # Errors
/// Only when the database fails.
pub async fn rivals(q: &mut dyn Query, ours: &CustomerRecord) -> Result<bool> {
    let Some(phone) = kernel::Phone::parse(&ours.phone) else { return Ok(false) };
    for other in crm::customer::by_phone(q, &Scope::all(), &phone).await? {
        let linked = link::get(q, ENGINE, Subject::Customer, other.id.uuid()).await?.is_some();
        if other.id.uuid() != ours.id
            && other.archived_at.is_none()
            && !linked
            && similar(&other.name, &ours.name)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether another employee of ours, not linked yet, has this one's name.
///
/// # Errors
/// Only when the database fails.
pub async fn rivals_of_employee(q: &mut dyn Query, ours: &EmployeeRecord) -> Result<bool> {
    for other in identity::user::employees(q).await? {
        let is_other = other.id.uuid() != ours.id && word(&other.name) == word(&ours.name);
        if is_other && link::get(q, ENGINE, Subject::Employee, other.id.uuid()).await?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn shown(name: &str, reach: &[&str]) -> String {
    let mut all = vec![name];
    all.extend(reach.iter().filter(|r| !r.is_empty()));
    all.join(" · ")
}

/// The question about each of theirs that a customer of ours may be.
pub fn doubts_of_customer(
    ours: &CustomerRecord,
    twins: &[Twin],
    branch: Option<BranchId>,
) -> Vec<Found> {
    let one = |twin: &Twin| Found {
        local_id: Some(ours.id),
        external_id: Some(twin.external_id.clone()),
        ours: Some(shown(&ours.name, &[&ours.phone, ours.email.as_deref().unwrap_or("")])),
        theirs: Some(shown(
            &twin.name,
            &twin.phones.iter().chain(&twin.emails).map(String::as_str).collect::<Vec<_>>(),
        )),
        branch,
        ..Found::new(ENGINE, Subject::Customer, Verdict::MaybeDouble)
    };
    twins.iter().map(one).collect()
}

/// The question about each item of theirs that a plan of ours may be.
pub fn doubts_of_plan(ours: &PlanRecord, twins: &[Twin]) -> Vec<Found> {
    let one = |twin: &Twin| Found {
        local_id: Some(ours.id),
        external_id: Some(twin.external_id.clone()),
        ours: Some(shown(&ours.code, &[&ours.name])),
        theirs: Some(shown(&twin.external_id, &[&twin.name])),
        ..Found::new(ENGINE, Subject::Plan, Verdict::MaybeDouble)
    };
    twins.iter().map(one).collect()
}

/// The question about each of theirs that an employee of ours may be.
pub fn doubts_of_employee(
    ours: &EmployeeRecord,
    twins: &[Twin],
    branch: Option<BranchId>,
) -> Vec<Found> {
    let one = |twin: &Twin| {
        let phone = twin.phones.first().map_or("", String::as_str);
        let gone = if twin.left { "Left" } else { "" };
        Found {
            local_id: Some(ours.id),
            external_id: Some(twin.external_id.clone()),
            ours: Some(shown(&ours.name, &[&ours.login, ours.phone.as_deref().unwrap_or("")])),
            theirs: Some(shown(
                &format!("{} {}", twin.external_id, twin.name),
                &[twin.login.as_deref().unwrap_or(""), phone, gone],
            )),
            branch,
            ..Found::new(ENGINE, Subject::Employee, Verdict::MaybeDouble)
        }
    };
    twins.iter().map(one).collect()
}

/// How many of a kind are what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Kinds {
    /// Linked from an earlier time.
    pub known: usize,
    /// The same by id, phone or e-mail with a similar name, or code: linked.
    pub matched: usize,
    /// A person is asked first.
    pub doubtful: usize,
    /// Only here: made there.
    pub to_make: usize,
    /// Only there: left alone.
    pub only_there: usize,
}

/// What a first sync would do, before it does anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Preview {
    pub customers: Kinds,
    pub plans: Kinds,
    pub employees: Kinds,
    /// Of the employees that would be made: those of whom HR did not say yet what that needs.
    pub without_papers: usize,
    /// Invoices that are still owed here, and what is owed of them.
    pub invoices_owed: i64,
    pub owed: Money,
    /// The first of what a person will be asked: ours and theirs.
    pub doubts: Vec<(String, String)>,
}

/// Everything of theirs, findable by what ours are compared by.
struct Directory {
    twins: Vec<Twin>,
    by: BTreeMap<String, Vec<usize>>,
}

impl Directory {
    fn of(twins: Vec<Twin>) -> Self {
        let mut by: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, twin) in twins.iter().enumerate() {
            let mut keys: BTreeSet<String> = BTreeSet::new();
            keys.extend(twin.our_id.map(|id| format!("id {id}")));
            keys.insert(format!("is {}", word(&twin.external_id)));
            keys.insert(format!("name {}", word(&twin.name)));
            keys.extend(twin.phones.iter().map(|p| format!("phone {}", digits(Some(p)))));
            keys.extend(twin.login.iter().map(|l| format!("login {}", word(l))));
            keys.extend(twin.emails.iter().map(|e| format!("email {}", word(e))));
            for key in keys {
                by.entry(key).or_default().push(at);
            }
        }
        Self { twins, by }
    }
    fn like(&self, keys: &[String]) -> Vec<Twin> {
        let at: BTreeSet<usize> =
            keys.iter().filter_map(|key| self.by.get(key)).flatten().copied().collect();
        at.into_iter().filter_map(|at| self.twins.get(at).cloned()).collect()
    }
    fn has(&self, external_id: &str) -> bool {
        self.by.contains_key(&format!("is {}", word(external_id)))
    }
}

/// Compares without changing anything on either side.
///
/// # Errors
/// When the engine is away or the database fails.
pub async fn preview(db: &Db, books: &dyn AccountingSystem, now: Ts) -> Result<Preview> {
    let mut preview = Preview::default();
    let mut taken = BTreeSet::new();
    let there = Directory::of(books.twins(Kin::Customers).await?);
    let mut q = db.reader();
    let mut after: Option<CustomerId> = None;
    loop {
        let page = crm::customer::list(&mut q, &Scope::all(), None, after, PAGE).await?;
        for ours in &page.items {
            let ours = customer_record(&mut q, ours.id).await?;
            let judged = meet_customer(&mut q, &there, &ours).await?;
            let doubts = match &judged {
                Some(Judged::Doubtful(twins)) => doubts_of_customer(&ours, twins, None),
                _ => Vec::new(),
            };
            preview.customers.count(judged.as_ref(), ours.known_as.as_deref(), &mut taken);
            preview.show(doubts);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    preview.customers.only_there = there.twins.len().saturating_sub(taken.len());
    plans(&mut q, books, now, &mut preview).await?;
    if books.keeps(Subject::Employee) {
        employees(&mut q, books, &mut preview).await?;
    }
    (preview.invoices_owed, preview.owed) = q
        .row(
            "select count(*), cast(coalesce(sum(total - paid - credited - withheld - written_off), 0)
               as bigint)
             from billing_invoice where state = 'issued' and live
               and total > paid + credited + withheld + written_off",
            args![],
        )
        .await?;
    Ok(preview)
}

async fn meet_customer(
    q: &mut dyn Query,
    there: &Directory,
    ours: &CustomerRecord,
) -> Result<Option<Judged>> {
    if ours.known_as.as_deref().is_some_and(|name| there.has(name)) {
        return Ok(None);
    }
    let keys = [
        format!("id {}", ours.id),
        format!("name {}", word(&ours.name)),
        format!("phone {}", digits(Some(&ours.phone))),
        format!("email {}", ours.email.as_deref().map(word).unwrap_or_default()),
    ];
    let twins = free(q, Subject::Customer, ours.id, there.like(&keys)).await?;
    let rivals = !twins.is_empty() && rivals(q, ours).await?;
    Ok(Some(customer(ours, &twins, rivals)))
}

async fn plans(
    q: &mut dyn Query,
    books: &dyn AccountingSystem,
    now: Ts,
    preview: &mut Preview,
) -> Result<()> {
    let there = Directory::of(books.twins(Kin::Plans).await?);
    let mut taken = BTreeSet::new();
    let catalog = catalog::current(q).await?;
    for plan in catalog.plans.values() {
        let known = link::get(q, ENGINE, Subject::Plan, plan.id.uuid()).await?;
        let today = now.day(kernel::Zone::default());
        let ours = PlanRecord {
            id: plan.id.uuid(),
            code: plan.code.clone(),
            name: plan.name.clone(),
            price: catalog.price_at(plan.id, today),
            valid_from: today,
            retired: plan.archived,
            known_as: known.map(|l| l.external_id),
        };
        let judged = if ours.known_as.as_deref().is_some_and(|name| there.has(name)) {
            None
        } else {
            let keys = [
                format!("id {}", ours.id),
                format!("is {}", word(&ours.code)),
                format!("name {}", word(&ours.name)),
            ];
            let twins = free(q, Subject::Plan, ours.id, there.like(&keys)).await?;
            Some(self::plan(&ours, &twins))
        };
        preview.plans.count(judged.as_ref(), ours.known_as.as_deref(), &mut taken);
        if let Some(Judged::Doubtful(twins)) = &judged {
            preview.show(doubts_of_plan(&ours, twins));
        }
    }
    preview.plans.only_there = there.twins.len().saturating_sub(taken.len());
    Ok(())
}

async fn employees(
    q: &mut dyn Query,
    books: &dyn AccountingSystem,
    preview: &mut Preview,
) -> Result<()> {
    let there = Directory::of(books.twins(Kin::Employees).await?);
    let mut taken = BTreeSet::new();
    for user in identity::user::employees(q).await? {
        let Some(ours) = employee_record(q, user.id).await? else { continue };
        let judged = if ours.known_as.as_deref().is_some_and(|name| there.has(name)) {
            None
        } else {
            let keys = [
                format!("id {}", ours.id),
                format!("name {}", word(&ours.name)),
                format!("login {}", word(&ours.login)),
            ];
            let twins = free(q, Subject::Employee, ours.id, there.like(&keys)).await?;
            let rivals = !twins.is_empty() && rivals_of_employee(q, &ours).await?;
            Some(employee(&ours, &twins, rivals))
        };
        preview.employees.count(judged.as_ref(), ours.known_as.as_deref(), &mut taken);
        match &judged {
            Some(Judged::Doubtful(twins)) => preview.show(doubts_of_employee(&ours, twins, None)),
            Some(Judged::New) if ours.papers.is_none() => preview.without_papers += 1,
            _ => {}
        }
    }
    preview.employees.only_there = there.twins.len().saturating_sub(taken.len());
    Ok(())
}

impl Kinds {
    fn count(
        &mut self,
        judged: Option<&Judged>,
        known_as: Option<&str>,
        taken: &mut BTreeSet<String>,
    ) {
        match judged {
            None => {
                self.known += 1;
                taken.extend(known_as.map(word));
            }
            Some(Judged::Same(name)) => {
                self.matched += 1;
                taken.insert(word(name));
            }
            Some(Judged::Doubtful(twins)) => {
                self.doubtful += 1;
                taken.extend(twins.iter().map(|t| word(&t.external_id)));
            }
            Some(Judged::New) => self.to_make += 1,
        }
    }
}

impl Preview {
    fn show(&mut self, doubts: Vec<Found>) {
        for found in doubts {
            if self.doubts.len() < SHOWN_MAX {
                self.doubts
                    .push((found.ours.unwrap_or_default(), found.theirs.unwrap_or_default()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> CustomerRecord {
        CustomerRecord {
            id: Uuid::from_u128(1),
            name: "Budi Santoso".into(),
            is_firm: false,
            phone: "+6281234567890".into(),
            email: Some("budi@contoh.example".into()),
            npwp: None,
            address: String::new(),
            place: None,
            username: None,
            archived: false,
            lead: None,
            known_as: None,
            changed: true,
        }
    }
    fn twin(name: &str, phone: &str, email: &str) -> Twin {
        let some = |text: &str| if text.is_empty() { vec![] } else { vec![text.to_owned()] };
        Twin {
            external_id: format!("{name}/{phone}/{email}"),
            our_id: None,
            name: name.into(),
            phones: some(phone),
            emails: some(email),
            ..Twin::default()
        }
    }

    #[test]
    fn the_sure_are_linked_and_the_doubtful_are_asked() {
        let same = twin("BUDI SANTOSA", "0812-3456-7890", "");
        let by_mail = twin("Bpk Budi Santoso", "0899", "Budi@Contoh.example");
        let wife = twin("Siti Aminah", "0812 3456 7890", "");
        let namesake = twin("Budi  Santoso", "0811111111", "");
        let stranger = twin("Agus Wibowo", "0811111112", "agus@contoh.example");
        let is = |twin: &Twin| Judged::Same(twin.external_id.clone());
        let ask = |twins: &[&Twin]| Judged::Doubtful(twins.iter().map(|t| (*t).clone()).collect());
        let table: [(&[&Twin], bool, Judged); 8] = [
            (&[&same, &stranger], false, is(&same)),
            (&[&by_mail], false, is(&by_mail)),
            (&[&same, &namesake, &wife], false, is(&same)),
            (&[&wife], false, ask(&[&wife])),
            (&[&namesake], false, ask(&[&namesake])),
            (&[&same, &by_mail, &wife], false, ask(&[&same, &by_mail])),
            (&[&same], true, ask(&[&same])),
            (&[&stranger], false, Judged::New),
        ];
        for (twins, rivals, wanted) in table {
            let twins: Vec<Twin> = twins.iter().map(|t| (*t).clone()).collect();
            assert_eq!(customer(&ours(), &twins, rivals), wanted, "{twins:?}");
        }
        let own = Twin { our_id: Some(Uuid::from_u128(1)), ..stranger };
        assert_eq!(customer(&ours(), &[same, own.clone()], true), is(&own), "our id is the key");
    }

    #[test]
    fn nobody_is_the_same_for_having_neither_phone_nor_mail() {
        let bare = CustomerRecord { phone: "-".into(), email: None, ..ours() };
        assert_eq!(customer(&bare, &[twin("Siti", "", "")], false), Judged::New);
        assert_eq!(customer(&bare, &[twin("Siti", "-", "")], false), Judged::New);
    }

    #[test]
    fn an_item_is_the_plan_by_its_code_and_perhaps_by_its_name() {
        let plan = PlanRecord {
            id: Uuid::from_u128(2),
            code: "HOME20".into(),
            name: "Home 20".into(),
            price: Money::ZERO,
            valid_from: "2026-01-01".parse().unwrap(),
            retired: false,
            known_as: None,
        };
        let item = |code: &str, name: &str| Twin {
            external_id: code.into(),
            name: name.into(),
            ..Twin::default()
        };
        let coded = item("home20", "Paket Rumah");
        let named = item("INT-020", "home 20");
        assert_eq!(self::plan(&plan, &[named.clone(), coded]), Judged::Same("home20".into()));
        assert_eq!(self::plan(&plan, std::slice::from_ref(&named)), Judged::Doubtful(vec![named]));
        assert_eq!(self::plan(&plan, &[item("HOME50", "Home 50")]), Judged::New);
    }
}
