//! What is asked at the end of each day: every invariant of the domain, and that the RADIUS engine would
//! answer everybody as desired.

use flows::invariants::{Broken, check};
use kernel::Result;
use store::{BoxFuture, Db, Query, Row, Value};

use crate::world::World;

/// Counts the questions that are put to the database.
struct Counting<Q> {
    inner: Q,
    asked: u64,
}

impl<Q: Query> Query for Counting<Q> {
    fn fetch<'a>(&'a mut self, sql: &'a str, args: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>>> {
        self.asked += 1;
        self.inner.fetch(sql, args)
    }
    fn db(&self) -> &Db {
        self.inner.db()
    }
}

impl World {
    /// Does the day's harm, if one is planned, and asks every invariant.
    pub(crate) async fn check_day(&mut self) -> Result<()> {
        self.do_harm().await?;
        let found = self.ask_invariants().await?;
        self.broken = found.into_iter().next();
        Ok(())
    }

    /// Everything that is broken now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ask_invariants(&mut self) -> Result<Vec<Broken>> {
        let mut q = Counting { inner: self.db.reader(), asked: 0 };
        let mut found = check(&mut q, self.now()).await?;
        self.tally.invariants_checked += q.asked;
        for detail in self.desk.disagreements(&self.db).await? {
            found.push(Broken { invariant: "radius_differs", detail });
        }
        let aside = self.desk.spool.unappliable(5).await?;
        found.extend(aside.into_iter().map(|one| Broken {
            invariant: "accounting_lost",
            detail: format!("a record was set aside: {}", one.why),
        }));
        Ok(found)
    }
}
