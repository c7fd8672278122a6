//! Whose money a statement line may be: what billing knows of invoices and transfers, joined with the names
//! that only the customers' room knows.

use std::collections::{BTreeMap, BTreeSet};

use billing::bank::rank::{Candidate, Proposal, rank};
use billing::bank::statement::plain;
use billing::bank::{BankLine, LooseTransfer};
use kernel::{CustomerId, InvoiceId, Money, Phone, Result};
use store::{Query, QueryExt, Value, args};

/// A line with who it may be from.
#[derive(Clone, Debug)]
pub struct Proposed {
    pub line: BankLine,
    pub proposals: Vec<Named>,
    /// Transfers on record of this amount, around the day, that no line is matched to.
    pub transfers: Vec<(LooseTransfer, String)>,
}

/// A proposal with the customer's number and name.
#[derive(Clone, Debug)]
pub struct Named {
    pub proposal: Proposal,
    pub number: String,
    pub name: String,
    pub invoice_number: Option<String>,
}

/// Days around a line in which a recorded transfer may be it.
const AROUND_DAYS: i32 = 7;
/// The longest tail of rupiah that a unique code adds to an amount.
const CODE_MOST: i64 = 999;

/// Says of every line who it may be from; reads, counts nothing.
///
/// # Errors
/// Only when the database fails.
pub async fn propose(q: &mut dyn Query, lines: Vec<BankLine>) -> Result<Vec<Proposed>> {
    let (Some(first), Some(last)) =
        (lines.iter().map(|l| l.on_day).min(), lines.iter().map(|l| l.on_day).max())
    else {
        return Ok(Vec::new());
    };
    let mut amounts: Vec<Money> = lines.iter().map(|l| l.amount).collect();
    amounts.sort_unstable();
    amounts.dedup();
    let (from, to) = (first.plus_days(-AROUND_DAYS), last.plus_days(AROUND_DAYS));
    let transfers = billing::bank::loose_transfers(q, &amounts, from, to).await?;
    let candidates = candidates(q, &lines, &amounts).await?;
    let payers: BTreeSet<CustomerId> = transfers.iter().map(|t| t.customer_id).collect();
    let names = names(q, payers).await?;
    Ok(lines
        .into_iter()
        .map(|line| {
            let text = format!("{} {}", line.text, line.reference.as_deref().unwrap_or(""));
            let proposals = rank(&text, line.amount, &candidates);
            let near = transfers.iter().filter(|t| {
                let day = t.received_at.day(kernel::Zone::Jakarta);
                t.amount == line.amount
                    && line.on_day.days_until(day).abs() <= i64::from(AROUND_DAYS)
            });
            let near =
                near.map(|t| (t.clone(), names.get(&t.customer_id).cloned().unwrap_or_default()));
            Proposed {
                transfers: near.collect(),
                proposals: proposals.into_iter().map(|p| named(p, &candidates)).collect(),
                line,
            }
        })
        .collect())
}

fn named(proposal: Proposal, candidates: &[Candidate]) -> Named {
    let who = candidates.iter().find(|c| c.customer == proposal.customer);
    let invoice = who.and_then(|c| c.open.iter().find(|(id, ..)| Some(*id) == proposal.invoice));
    Named {
        number: who.map(|c| c.number.clone()).unwrap_or_default(),
        name: who.map(|c| c.name.clone()).unwrap_or_default(),
        invoice_number: invoice.map(|(_, number, _)| number.clone()),
        proposal,
    }
}

/// Customers' names, by their ids.
pub(crate) async fn names(
    q: &mut dyn Query,
    who: BTreeSet<CustomerId>,
) -> Result<BTreeMap<CustomerId, String>> {
    let who: Vec<CustomerId> = who.into_iter().collect();
    let sql = "select id, name from crm_customer where id {AMONG}($1)";
    Ok(q.rows::<(CustomerId, String)>(sql, args![who]).await?.into_iter().collect())
}

/// Everybody whose number or phone a text names, and everybody who owes (almost) one of the amounts.
async fn candidates(
    q: &mut dyn Query,
    lines: &[BankLine],
    amounts: &[Money],
) -> Result<Vec<Candidate>> {
    let mut who: BTreeSet<CustomerId> = BTreeSet::new();
    let (numbers, phones) = named_in(lines);
    for (column, values) in [("number", numbers), ("phone", phones)] {
        let sql = format!("select id from crm_customer where {column} {{AMONG}}($1)");
        who.extend(q.values::<CustomerId>(&sql, args![values]).await?);
    }
    // What customers owe in all, and by invoice; a unique code makes the amount a little more.
    for part in amounts.chunks(60) {
        let mut values: Vec<Value> = Vec::new();
        let (mut one, mut all) = (Vec::new(), Vec::new());
        for amount in part {
            values.extend(args![*amount - Money::rupiah(CODE_MOST), *amount]);
            let (least, most) = (values.len() - 1, values.len());
            one.push(format!("o.open between ${least} and ${most}"));
            all.push(format!("sum(o.open) between ${least} and ${most}"));
        }
        let sql = format!(
            "select o.customer_id from (select i.customer_id,
               i.total - i.paid - i.credited - i.withheld - i.written_off as open from billing_invoice i
               where i.live and i.state = 'issued'
                 and i.paid + i.credited + i.withheld + i.written_off < i.total) o
             group by o.customer_id
             having {} or sum(case when {} then 1 else 0 end) > 0",
            all.join(" or "),
            one.join(" or ")
        );
        who.extend(q.values::<CustomerId>(&sql, values).await?);
    }
    load(q, &who.into_iter().collect::<Vec<_>>()).await
}

/// Customer numbers and phone numbers that stand in the lines' texts, and customers of named invoices.
fn named_in(lines: &[BankLine]) -> (Vec<String>, Vec<String>) {
    let (mut numbers, mut phones) = (BTreeSet::new(), BTreeSet::new());
    for line in lines {
        let text = format!("{} {}", line.text, line.reference.as_deref().unwrap_or(""));
        for word in text.split(|c: char| !c.is_alphanumeric()).map(plain) {
            let digits = word.bytes().filter(u8::is_ascii_digit).count();
            if word.starts_with('c') && digits >= 4 && digits + 1 == word.len() {
                numbers.insert(word.to_uppercase());
            } else if digits == word.len() && (9..=15).contains(&digits) {
                phones.extend(Phone::parse(&word).map(|p| p.as_str().to_owned()));
            }
        }
    }
    (numbers.into_iter().collect(), phones.into_iter().collect())
}

async fn load(q: &mut dyn Query, who: &[CustomerId]) -> Result<Vec<Candidate>> {
    let mut found: BTreeMap<CustomerId, Candidate> = BTreeMap::new();
    let sql = "select id, number, name, phone from crm_customer where id {AMONG}($1)";
    let people: Vec<(CustomerId, String, String, String)> = q.rows(sql, args![who]).await?;
    for (customer, number, name, phone) in people {
        found.insert(customer, Candidate { customer, number, name, phone, open: Vec::new() });
    }
    let sql =
        "select customer_id, id, number, total - paid - credited - withheld - written_off as open
         from billing_invoice where customer_id {AMONG}($1) and live and state = 'issued'
           and paid + credited + withheld + written_off < total order by due_on, id";
    let open: Vec<(CustomerId, InvoiceId, Option<String>, Money)> = q.rows(sql, args![who]).await?;
    for (customer, id, number, amount) in open {
        if let Some(one) = found.get_mut(&customer) {
            one.open.push((id, number.unwrap_or_default(), amount));
        }
    }
    Ok(found.into_values().collect())
}

#[cfg(test)]
mod tests {
    use billing::bank::statement::{guess, read};
    use billing::bank::{LineState, import, lines};
    use billing::pay::NewPayment;
    use billing::words::Channel;
    use store::testing::{both, cause, now};
    use store::{Db, Tx, args};

    use super::*;
    use crate::views::fixture::{Ground, put};

    async fn owes(db: &Db, ground: &Ground, who: CustomerId, n: i64, total: i64) {
        let id: InvoiceId = format!("0193a9d0-0000-7000-8000-{n:012}").parse().unwrap();
        put(
            db,
            "insert into billing_invoice (id, number, customer_id, branch_id, kind, key, period_from,
               period_to, state, issued_at, due_on, base, tax, total, hash)
             values ($1,$2,$3,$4,'one_off',$2,$5,$5,'issued',$6,$5,$7,0,$7,'')",
            args![
                id, format!("INV/2026/11/{n:06}"), who, ground.branch, now().day(kernel::Zone::Jakarta),
                now(), total
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn lines_are_proposed_to_those_whom_number_phone_or_name_and_amount_name() {
        both(&crate::schema(), async |db: Db| {
            let ground = Ground::lay(&db).await;
            let budi = ground.customer(&db, 1, "Budi Santoso").await;
            let siti = ground.customer(&db, 2, "Siti Aminah").await;
            ground.subscription(&db, budi, "active").await;
            owes(&db, &ground, budi, 77, 277_500).await;
            owes(&db, &ground, siti, 78, 277_500).await;
            owes(&db, &ground, siti, 79, 50_000).await;
            let number: String = db
                .reader()
                .value("select number from crm_customer where id = $1", args![siti])
                .await
                .unwrap();
            let noted = NewPayment {
                customer: budi,
                channel: Channel::Transfer,
                reference: Some("bukti 1".into()),
                amount: Money::rupiah(99_000),
                named_invoice: None,
                received_at: now(),
                note: None,
            };
            let work = async |tx: &mut Tx| billing::pay::wait(tx, noted.clone()).await.map(drop);
            db.write(&cause(now()), work).await.unwrap();
            let on = now().day(kernel::Zone::Jakarta);
            let text = format!(
                "Tanggal;Keterangan;Jumlah\n{on};TRSF CR BUDI SANTOSO;277.500\n{on};TRSF {number};1.000
{on};DARI SITI AMINAH;327.500\n{on};SETORAN;277.500\n{on};TANPA NAMA;99.000"
            );
            let rows: Vec<Vec<String>> =
                text.lines().map(|l| l.split(';').map(str::to_owned).collect()).collect();
            let columns = guess(&rows, 2026).unwrap();
            let read = read(&rows, &columns).0;
            let work =
                async |tx: &mut Tx| import(tx, "BCA", "x.csv", &columns, &read).await.map(drop);
            db.write(&cause(now()), work).await.unwrap();
            let mut q = db.reader();
            let open = lines(&mut q, Some(LineState::Open), None, 50).await.unwrap();
            let proposed = propose(&mut q, open).await.unwrap();
            let best = |text: &str| {
                let one = proposed.iter().find(|p| p.line.text.contains(text)).unwrap();
                one.proposals.first().map(|p| (p.proposal.customer, p.proposal.sure))
            };
            assert_eq!(best("BUDI"), Some((budi, true)));
            assert_eq!(best(&number), Some((siti, true)));
            assert_eq!(best("AMINAH"), Some((siti, true)));
            assert_eq!(best("SETORAN"), None);
            let noted = proposed.iter().find(|p| p.line.text == "TANPA NAMA").unwrap();
            assert_eq!(noted.transfers.len(), 1);
            assert_eq!(noted.transfers[0].1, "Budi Santoso");
        })
        .await;
    }
}
