//! The only SQL of this room, one file a subject.

pub(crate) mod access;
pub(crate) mod approval;
pub(crate) mod bank;
pub(crate) mod cash;
pub(crate) mod credit;
pub(crate) mod extra;
pub(crate) mod facts;
pub(crate) mod gateway;
pub(crate) mod invariants;
pub(crate) mod invoice;
pub(crate) mod invoice_write;
pub(crate) mod ledger;
pub(crate) mod party;
pub(crate) mod payment;
pub(crate) mod quota_top_up;
pub(crate) mod run;
pub(crate) mod subscription;
pub(crate) mod voucher;

use kernel::{Result, Scope};
use store::dialect::Dialect;
use store::{Bind, Query, Tx, Value, args};

/// The three parameters of the row scope: branch, partner, customer, in this order.
pub(crate) fn scope_args(scope: &Scope) -> Vec<Value> {
    args![scope.branch, scope.partner, scope.customer]
}

/// Values in one statement of [`bulk`]; SQLite takes 32,766.
const VALUES_MAX: usize = 12_000;

/// Inserts many rows, up to 500 a statement. `values` is flat, `columns` a row.
pub(crate) async fn bulk(
    tx: &mut Tx,
    head: &str,
    columns: usize,
    values: Vec<Value>,
) -> Result<()> {
    let rows = (VALUES_MAX / columns.max(1)).clamp(1, 500);
    let mut values = values.into_iter();
    loop {
        let part: Vec<Value> = values.by_ref().take(rows * columns).collect();
        if part.is_empty() {
            return Ok(());
        }
        let sql = format!("{head} values {}", tuples(tx, columns, part.len() / columns.max(1)));
        tx.exec(&sql, part).await?;
    }
}

/// `(…),(…)` of placeholders for many rows. On SQLite they have no names: it looks a named one up by
/// walking all of them, which makes a statement of thousands quadratic.
pub(crate) fn tuples(tx: &Tx, columns: usize, rows: usize) -> String {
    let named = tx.db().dialect() == Dialect::Postgres;
    let mut text = String::with_capacity(rows * columns * 6);
    let mut n = 0;
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns {
            n += 1;
            text.push_str(if column == 0 { "" } else { "," });
            if named {
                text.push('$');
                text.push_str(&n.to_string());
            } else {
                text.push('?');
            }
        }
        text.push(')');
    }
    text
}

/// Conditions joined by `and`, with their parameters: only those that are asked for, so that the
/// database can use the index of each.
#[derive(Default)]
pub(crate) struct Wheres {
    conditions: Vec<String>,
    pub(crate) args: Vec<Value>,
}

impl Wheres {
    /// A condition without a parameter.
    pub(crate) fn plain(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }
    /// `condition $n`, when there is a value.
    pub(crate) fn add<T: Bind>(&mut self, condition: &str, value: Option<T>) {
        if let Some(value) = value {
            self.args.push(value.bind());
            self.conditions.push(format!("{condition} ${}", self.args.len()));
        }
    }
    /// Goes on with the last condition.
    pub(crate) fn more(&mut self, text: &str) {
        if let Some(last) = self.conditions.last_mut() {
            last.push_str(text);
        }
    }
    /// Closes the parenthesis that the last condition opened.
    pub(crate) fn close(&mut self) {
        if let Some(last) = self.conditions.last_mut() {
            last.push(')');
        }
    }
    /// Branch, partner and customer of the row scope.
    pub(crate) fn scope(&mut self, table: &str, scope: &Scope) {
        self.add(&format!("{table}.branch_id ="), scope.branch);
        self.add(&format!("{table}.partner_id ="), scope.partner);
        self.add(&format!("{table}.customer_id ="), scope.customer);
    }
    /// `where …`, or nothing.
    pub(crate) fn text(&self) -> String {
        if self.conditions.is_empty() {
            String::new()
        } else {
            format!("where {}", self.conditions.join(" and "))
        }
    }
}
