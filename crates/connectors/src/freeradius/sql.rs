//! The door to a foreign database: one text with `?` for both kinds, every column read as text.

use kernel::{Fault, Result};
use sqlx::mysql::{MySqlPool, MySqlPoolOptions};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, MySql, Postgres, Row as _, Transaction};
use std::time::Duration;

/// Connections at most: the engine's own logins come first.
const CONNECTIONS: u32 = 4;
/// Seconds until a database that does not answer counts as away.
const PATIENCE_SECS: u64 = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Mariadb,
    Postgres,
}

pub(super) enum Database {
    My(MySqlPool),
    Pg(PgPool),
}

pub(super) enum Work {
    My(Transaction<'static, MySql>),
    Pg(Transaction<'static, Postgres>),
}

/// One row: every column as text, or NULL.
pub(super) type Texts = Vec<Option<String>>;

/// The words in which the two differ.
const WORDS: [(&str, &str, &str); 8] = [
    ("{TEXT}", "char", "text"),
    (
        "{SHARD}",
        "cast(conv(left(md5(lower(username)), 2), 16, 10) as signed)",
        "get_byte(decode(md5(lower(username)), 'hex'), 0)",
    ),
    ("{HASH(", "crc32(concat_ws('|', ", "hashtextextended(concat_ws('|', "),
    (")HASH}", "))", "), 0)"),
    ("{EPOCH(", "unix_timestamp(", "extract(epoch from "),
    // A column compared with it can go by its index.
    ("{AT(", "from_unixtime(", "to_timestamp("),
    (")AT}", ")", ")"),
    ("{NOW}", "unix_timestamp(now(6))", "extract(epoch from now())"),
];

fn speak(kind: Kind, sql: &str) -> String {
    let mut text = sql.to_owned();
    for (word, my, pg) in WORDS {
        text = text.replace(word, if kind == Kind::Mariadb { my } else { pg });
    }
    if kind == Kind::Mariadb {
        return text;
    }
    let mut numbered = String::with_capacity(text.len() + 16);
    let mut n = 0;
    for c in text.chars() {
        if c == '?' {
            n += 1;
            numbered.push('$');
            numbered.push_str(&n.to_string());
        } else {
            numbered.push(c);
        }
    }
    numbered
}

/// What goes wrong over there, in words; the address (with its password) never shows.
pub(super) fn away(error: &sqlx::Error) -> Fault {
    let what = match error {
        sqlx::Error::Database(e) => e.message().to_owned(),
        sqlx::Error::Io(e) => e.to_string(),
        sqlx::Error::PoolTimedOut => "no answer in time".to_owned(),
        _ => "the connection broke".to_owned(),
    };
    Fault::unavailable(
        "freeradius.database",
        format!("Basis data FreeRADIUS tidak menjawab atau menolak: {what}"),
        format!("FreeRADIUS's database does not answer, or refuses: {what}"),
    )
}

macro_rules! bound {
    ($sql:expr, $args:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql));
        for arg in $args {
            query = query.bind(arg.clone());
        }
        query
    }};
}

macro_rules! texts {
    ($rows:expr) => {
        $rows
            .iter()
            .map(|row| (0..row.len()).map(|i| row.try_get::<Option<String>, _>(i)).collect())
            .collect::<std::result::Result<Vec<Texts>, sqlx::Error>>()
            .map_err(|e| Fault::bug(format!("a column of FreeRADIUS's tables: {e}")))
    };
}

impl Database {
    pub(super) fn lazy(url: &str) -> std::result::Result<Self, sqlx::Error> {
        let patience = Duration::from_secs(PATIENCE_SECS);
        if url.starts_with("postgres") {
            let options =
                PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(patience);
            return options.connect_lazy(url).map(Self::Pg);
        }
        let options =
            MySqlPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(patience);
        options.connect_lazy(&url.replacen("mariadb://", "mysql://", 1)).map(Self::My)
    }

    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::My(_) => Kind::Mariadb,
            Self::Pg(_) => Kind::Postgres,
        }
    }

    /// Columns must be texts: cast the others to `{TEXT}`.
    pub(super) async fn rows(&self, sql: &str, args: &[String]) -> Result<Vec<Texts>> {
        let text = speak(self.kind(), sql);
        match self {
            Self::My(pool) => {
                let rows = bound!(text, args).fetch_all(pool).await.map_err(|e| away(&e))?;
                texts!(rows)
            }
            Self::Pg(pool) => {
                let rows = bound!(text, args).fetch_all(pool).await.map_err(|e| away(&e))?;
                texts!(rows)
            }
        }
    }

    pub(super) async fn begin(&self) -> Result<Work> {
        match self {
            Self::My(pool) => pool.begin().await.map(Work::My),
            Self::Pg(pool) => pool.begin().await.map(Work::Pg),
        }
        .map_err(|e| away(&e))
    }
}

impl Work {
    const fn kind(&self) -> Kind {
        match self {
            Self::My(_) => Kind::Mariadb,
            Self::Pg(_) => Kind::Postgres,
        }
    }

    pub(super) async fn rows(&mut self, sql: &str, args: &[String]) -> Result<Vec<Texts>> {
        let text = speak(self.kind(), sql);
        match self {
            Self::My(tx) => {
                let rows = bound!(text, args).fetch_all(&mut **tx).await.map_err(|e| away(&e))?;
                texts!(rows)
            }
            Self::Pg(tx) => {
                let rows = bound!(text, args).fetch_all(&mut **tx).await.map_err(|e| away(&e))?;
                texts!(rows)
            }
        }
    }

    pub(super) async fn exec(&mut self, sql: &str, args: &[String]) -> Result<u64> {
        let text = speak(self.kind(), sql);
        match self {
            Self::My(tx) => {
                bound!(text, args).execute(&mut **tx).await.map(|done| done.rows_affected())
            }
            Self::Pg(tx) => {
                bound!(text, args).execute(&mut **tx).await.map(|done| done.rows_affected())
            }
        }
        .map_err(|e| away(&e))
    }

    /// `head values (…),(…)`, 200 rows a statement; `columns` texts a row. A column in `whole` (by index) is a
    /// whole number.
    pub(super) async fn insert(
        &mut self,
        head: &str,
        whole: Option<usize>,
        rows: &[Vec<String>],
    ) -> Result<()> {
        for chunk in rows.chunks(200) {
            let one = |row: &Vec<String>| {
                let marks: Vec<&str> = (0..row.len())
                    .map(|i| if whole == Some(i) { "cast(? as {INT})" } else { "?" })
                    .collect();
                format!("({})", marks.join(","))
            };
            let int = if self.kind() == Kind::Mariadb { "signed" } else { "integer" };
            let places: Vec<String> = chunk.iter().map(one).collect();
            let sql = format!("{head} values {}", places.join(",")).replace("{INT}", int);
            let args: Vec<String> = chunk.iter().flatten().cloned().collect();
            self.exec(&sql, &args).await?;
        }
        Ok(())
    }

    pub(super) async fn commit(self) -> Result<()> {
        match self {
            Self::My(tx) => tx.commit().await,
            Self::Pg(tx) => tx.commit().await,
        }
        .map_err(|e| away(&e))
    }

    pub(super) async fn rollback(self) -> Result<()> {
        match self {
            Self::My(tx) => tx.rollback().await,
            Self::Pg(tx) => tx.rollback().await,
        }
        .map_err(|e| away(&e))
    }
}

/// `?,?,?`
pub(super) fn marks(n: usize) -> String {
    vec!["?"; n].join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_is_spoken_to_both_databases() {
        let sql = "select cast(x as {TEXT}), {HASH(a, b)HASH} from t where a = ? and b = ?";
        assert_eq!(
            speak(Kind::Postgres, sql),
            "select cast(x as text), hashtextextended(concat_ws('|', a, b), 0) from t \
             where a = $1 and b = $2"
        );
        assert_eq!(
            speak(Kind::Mariadb, sql),
            "select cast(x as char), crc32(concat_ws('|', a, b)) from t where a = ? and b = ?"
        );
    }
}
