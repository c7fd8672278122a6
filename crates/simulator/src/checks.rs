//! What is asked at the end of each day: every invariant of the domain, and that the RADIUS engine would
//! answer everybody as desired.

use flows::invariants::{Broken, check};
use kernel::{Fault, Result, Ts};
use store::{BoxFuture, Db, Query, Row, Snapshot, Value};
use tokio::task::JoinHandle;

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

/// The questions of a day, put to what stood there at its end while the next day is lived.
pub(crate) type Checking = JoinHandle<Result<(u64, Vec<Broken>)>>;

impl World {
    /// Hears what became of the day before, does the day's harm, if one is planned, and asks every invariant.
    pub(crate) async fn check_day(&mut self) -> Result<()> {
        self.hear().await?;
        if self.broken.is_some() {
            return Ok(());
        }
        self.do_harm().await?;
        self.broken = self.ask_radius().await?.into_iter().next();
        let (snapshot, now) = (self.db.snapshot().await?, self.now());
        self.checking = Some(tokio::spawn(asked(snapshot, now)));
        Ok(())
    }

    /// Waits for the answers to what was asked last.
    pub(crate) async fn hear(&mut self) -> Result<()> {
        let Some(checking) = self.checking.take() else { return Ok(()) };
        let (asked, found) =
            checking.await.map_err(|e| Fault::bug("asking the invariants").because(e))??;
        self.tally.invariants_checked += asked;
        if let Some(first) = found.into_iter().next() {
            self.broken = Some(first);
        }
        Ok(())
    }

    /// Everything that is broken now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ask_invariants(&mut self) -> Result<Vec<Broken>> {
        let (asked, mut found) = asked(self.db.snapshot().await?, self.now()).await?;
        self.tally.invariants_checked += asked;
        found.extend(self.ask_radius().await?);
        Ok(found)
    }

    /// Whom RADIUS would not answer as desired, and accounting that it could not apply.
    async fn ask_radius(&self) -> Result<Vec<Broken>> {
        let mut found = Vec::new();
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

/// How many questions were put, and what is broken.
async fn asked(snapshot: Snapshot, now: Ts) -> Result<(u64, Vec<Broken>)> {
    let mut q = Counting { inner: snapshot, asked: 0 };
    let found = check(&mut q, now).await?;
    Ok((q.asked, found))
}
