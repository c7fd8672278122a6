//! The FreeRADIUS configuration that goes with us: what `sambung engine freeradius config` prints.
//!
//! Each block names the trap that it avoids. For FreeRADIUS 3.2.1 as Debian 12 has it.

/// Where the tables are, for the printed configuration; the password is to be filled in by hand.
#[derive(Clone, Debug)]
pub struct Place {
    /// `mysql` or `postgresql`.
    pub dialect: &'static str,
    pub server: String,
    pub port: u16,
    pub login: String,
    pub password: String,
    pub database: String,
    /// Ports to listen on, and the address.
    pub listen: String,
    pub auth_port: u16,
    pub acct_port: u16,
    /// Routers that may ask: dynamic clients are looked up within it.
    pub routers: String,
    /// Folder of the stock configuration (`/etc/freeradius/3.0`).
    pub stock: String,
    /// Seconds between two reports of a router: three missed ones are a dead session.
    pub interim_secs: i64,
}

const SQL: &str = include_str!("config/sql.conf");
const SITE: &str = include_str!("config/site.conf");
const CLIENTS: &str = include_str!("config/clients.conf");

/// One file, to be put beside the stock configuration.
pub struct File {
    /// Its path within the configuration folder.
    pub path: &'static str,
    pub text: String,
}

/// The three files.
pub fn print(place: &Place) -> Vec<File> {
    let fill = |text: &str| {
        let now_less = if place.dialect == "mysql" {
            format!("NOW() - INTERVAL {} SECOND", place.interim_secs * 3)
        } else {
            format!("NOW() - INTERVAL '{} seconds'", place.interim_secs * 3)
        };
        [
            ("@DIALECT@", place.dialect.to_owned()),
            ("@SERVER@", place.server.clone()),
            ("@PORT@", place.port.to_string()),
            ("@LOGIN@", place.login.clone()),
            ("@PASSWORD@", place.password.clone()),
            ("@DATABASE@", place.database.clone()),
            ("@LISTEN@", place.listen.clone()),
            ("@AUTH_PORT@", place.auth_port.to_string()),
            ("@ACCT_PORT@", place.acct_port.to_string()),
            ("@ROUTERS@", place.routers.clone()),
            ("@STOCK@", place.stock.clone()),
            ("@ALIVE_SINCE@", now_less),
        ]
        .iter()
        .fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
    };
    vec![
        File { path: "mods-enabled/sql", text: fill(SQL) },
        File { path: "sites-enabled/sambung", text: fill(SITE) },
        File { path: "sites-enabled/sambung-clients", text: fill(CLIENTS) },
    ]
}
