//! Opening balances: what customers owed or had on account in the books before.

use std::collections::{HashMap, HashSet};

use kernel::{CustomerId, Day, Money, Result, SubscriptionId};
use store::{Query, QueryExt, args, row};

use super::cells::{self, Cells, Parsed};
use super::known::{self, Connection, Party};
use super::memory;
use super::report::{Findings, Problem, Say, Wanted};
use super::{Base, Kind, LOCKS_MAX, Sheet, Step, columns, unchanged};

/// What the row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The customer owes us.
    Debt,
    /// The customer has money with us.
    Credit,
}

/// A balance's row.
pub(super) struct Balance {
    pub customer: Party,
    pub subscription: Option<SubscriptionId>,
    pub side: Side,
    pub amount: Money,
    pub due: Option<Day>,
    pub isolates: bool,
    pub note: Option<String>,
    /// The customer has money on the other side, which settles at once.
    pub settles: bool,
}

struct Typed {
    customer: String,
    account: Option<String>,
    side: Side,
    amount: Money,
    due: Option<Day>,
    isolates: bool,
    note: Option<String>,
}

row! { struct Owner { customer_id: CustomerId } }

struct Around {
    customers: HashMap<String, Party>,
    connections: HashMap<String, Connection>,
    before: HashMap<String, (uuid::Uuid, String)>,
    owing: HashSet<CustomerId>,
    in_credit: HashSet<CustomerId>,
}

pub(super) async fn check(
    q: &mut dyn Query,
    _base: &Base,
    sheet: &Sheet,
    findings: &mut Findings,
) -> Result<Vec<Step<Balance>>> {
    let rows = cells::rows(columns::BALANCES, sheet, findings, parse)?;
    let around = Around::load(q, &rows).await?;
    let mut steps: Vec<Step<Balance>> = Vec::with_capacity(rows.len());
    for row in unchanged(rows, &around.before, &mut steps) {
        if row.data.customer.is_empty() {
            continue;
        }
        let number = row.row;
        match one(&around, row) {
            Ok(step) => steps.push(step),
            Err((column, say)) => {
                let column = column.to_owned();
                findings.problems.push(Problem { row: number, column, id: say.id, en: say.en });
            }
        }
    }
    mark_settling(&around, &mut steps);
    let settling = steps.iter().filter(|s| s.data.as_ref().is_some_and(|b| b.settles));
    for step in settling.skip(LOCKS_MAX) {
        findings.problems.push(Problem {
            row: step.row,
            column: String::new(),
            id: format!(
                "lebih dari {LOCKS_MAX} pelanggan dengan hutang dan kredit sekaligus; pecah berkasnya"
            ),
            en: format!(
                "more than {LOCKS_MAX} customers with debt and credit at once; split the file"
            ),
        });
    }
    Ok(steps)
}

/// A debt of a customer with money, and money of a customer with debts (also of this file), settle at once.
fn mark_settling(around: &Around, steps: &mut [Step<Balance>]) {
    let mut owing = around.owing.clone();
    let new = |s: &Step<Balance>| s.data.as_ref().map(|b| (b.side, b.customer.id));
    owing.extend(steps.iter().filter_map(new).filter(|n| n.0 == Side::Debt).map(|n| n.1));
    for balance in steps.iter_mut().filter_map(|s| s.data.as_mut()) {
        balance.settles = match balance.side {
            Side::Debt => around.in_credit.contains(&balance.customer.id),
            Side::Credit => owing.contains(&balance.customer.id),
        };
    }
}

fn parse(cells: &mut Cells<'_>) -> (Option<String>, Typed) {
    let customer = cells.required("customer").map(str::to_owned);
    cells.required("amount");
    let amount = cells.money("amount");
    if amount.is_some_and(Money::is_zero) {
        cells.bad("amount", "tidak boleh nol", "must not be zero");
    }
    let known: [(&[&str], Side); 2] = [
        (&["debt", "hutang", "utang", "piutang", "tagihan", "tunggakan"], Side::Debt),
        (&["credit", "kredit", "deposit", "titipan", "lebih bayar"], Side::Credit),
    ];
    let side = cells.word("kind", &known);
    let negative = amount.is_some_and(Money::is_negative);
    if negative && side.is_some() {
        cells.bad(
            "amount",
            "harus lebih dari nol bila jenisnya disebut",
            "must be above zero when the kind is given",
        );
    }
    let side = side.unwrap_or(if negative { Side::Credit } else { Side::Debt });
    let account = cells.text("account").map(str::to_owned);
    let isolates = cells.flag("isolates").unwrap_or(false);
    if isolates && (account.is_none() || side == Side::Credit) {
        cells.bad(
            "isolates",
            "hanya untuk tunggakan dengan akun: sebut akun yang diisolir",
            "is for debts with an account: name the account that it isolates",
        );
    }
    let external_id = match (cells.text("external_id"), &customer) {
        (Some(_), _) => cells.words("external_id", 64),
        (None, Some(customer)) => {
            let side = if side == Side::Debt { "debt" } else { "credit" };
            Some(format!("{customer}:{side}"))
        }
        (None, None) => None,
    };
    let typed = Typed {
        customer: customer.unwrap_or_default(),
        account,
        side,
        amount: amount.unwrap_or_default().abs(),
        due: cells.day("due"),
        isolates,
        note: cells.words("note", 200),
    };
    (external_id, typed)
}

impl Around {
    async fn load(q: &mut dyn Query, rows: &[Parsed<Typed>]) -> Result<Self> {
        let mut customers: Vec<&str> = rows.iter().map(|r| r.data.customer.as_str()).collect();
        customers.sort_unstable();
        customers.dedup();
        let mut accounts: Vec<&str> =
            rows.iter().filter_map(|r| r.data.account.as_deref()).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let ids: Vec<&str> = rows.iter().map(|r| r.external_id.as_str()).collect();
        let customers = known::customers(q, &customers).await?;
        let people: Vec<CustomerId> = customers.values().map(|c| c.id).collect();
        let owing: Vec<Owner> = q
            .rows(
                "select distinct customer_id from billing_invoice
                 where live and state = 'issued'
                   and paid + credited + withheld + written_off < total and customer_id {AMONG}($1)",
                args![people],
            )
            .await?;
        let in_credit: Vec<Owner> = q
            .rows(
                "select distinct customer_id from billing_payment
                 where state = 'settled' and allocated + refunded < amount and customer_id {AMONG}($1)",
                args![people],
            )
            .await?;
        Ok(Self {
            connections: known::connections(q, &accounts).await?,
            before: memory::recall(q, Kind::Balances, &ids).await?,
            owing: owing.into_iter().map(|o| o.customer_id).collect(),
            in_credit: in_credit.into_iter().map(|o| o.customer_id).collect(),
            customers,
        })
    }
}

fn one(
    around: &Around,
    row: Parsed<Typed>,
) -> std::result::Result<Step<Balance>, (&'static str, Say)> {
    let Parsed { row: number, external_id, print, data: typed } = row;
    if around.before.contains_key(&external_id) {
        return Err((
            "",
            Say::new(
                "saldo ini sudah diimpor dengan isi lain; perbaiki dengan nota kredit atau pembayaran",
                "this balance was imported with other contents; correct it by a credit note or a payment",
            ),
        ));
    }
    let Some(customer) = around.customers.get(&typed.customer) else {
        return Err((
            "customer",
            Say::new(
                format!("pelanggan \"{}\" tidak ada; impor pelanggan lebih dulu", typed.customer),
                format!("there is no customer \"{}\"; import the customers first", typed.customer),
            ),
        ));
    };
    let subscription = match typed.account.as_deref() {
        None => None,
        Some(text) => match around.connections.get(text) {
            Some(c) if c.customer_id == customer.id => Some(c.id),
            Some(_) => {
                return Err((
                    "account",
                    Say::new(
                        "akun ini milik pelanggan lain",
                        "this account belongs to another customer",
                    ),
                ));
            }
            None => {
                return Err((
                    "account",
                    Say::new(
                        format!("akun \"{text}\" tidak ada; impor akun lebih dulu"),
                        format!("there is no account \"{text}\"; import the accounts first"),
                    ),
                ));
            }
        },
    };
    let data = Some(Balance {
        customer: customer.clone(),
        subscription,
        side: typed.side,
        amount: typed.amount,
        due: typed.due,
        isolates: typed.isolates,
        note: typed.note,
        settles: false,
    });
    let wanted = Wanted::Create;
    Ok(Step { row: number, external_id, wanted, print, note: None, subject: None, data })
}
