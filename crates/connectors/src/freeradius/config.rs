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

/// How FreeRADIUS asks Sambung over rlm_rest, for the printed configuration without SQL.
#[derive(Clone, Debug)]
pub struct Asking {
    /// `http://127.0.0.1:18120`; https anywhere but on loopback.
    pub sambung: String,
    /// The certificates that are believed over https.
    pub ca_file: String,
    /// As in Sambung's `radius.rest_secret_file`.
    pub secret: String,
    pub listen: String,
    pub auth_port: u16,
    pub acct_port: u16,
    pub routers: String,
}

const REST: &str = include_str!("config/rest.conf");
const REST_SITE: &str = include_str!("config/rest-site.conf");
const REST_CLIENTS: &str = include_str!("config/rest-clients.conf");

fn fill(text: &str, words: &[(&str, String)]) -> String {
    words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
}

/// The three files of a FreeRADIUS that asks.
pub fn asking(by: &Asking) -> Vec<File> {
    let words = [
        ("@SAMBUNG@", by.sambung.trim_end_matches('/').to_owned()),
        ("@CA_FILE@", by.ca_file.clone()),
        ("@SECRET@", by.secret.replace('\\', "\\\\").replace('"', "\\\"")),
        ("@LISTEN@", by.listen.clone()),
        ("@AUTH_PORT@", by.auth_port.to_string()),
        ("@ACCT_PORT@", by.acct_port.to_string()),
        ("@ROUTERS@", by.routers.clone()),
    ];
    vec![
        File { path: "mods-enabled/sambung", text: fill(REST, &words) },
        File { path: "sites-enabled/sambung", text: fill(REST_SITE, &words) },
        File { path: "sites-enabled/sambung-clients", text: fill(REST_CLIENTS, &words) },
    ]
}

/// The three files of a FreeRADIUS that reads the SQL tables.
pub fn print(place: &Place) -> Vec<File> {
    let now_less = if place.dialect == "mysql" {
        format!("NOW() - INTERVAL {} SECOND", place.interim_secs * 3)
    } else {
        format!("NOW() - INTERVAL '{} seconds'", place.interim_secs * 3)
    };
    let words = [
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
    ];
    vec![
        File { path: "mods-enabled/sql", text: fill(SQL, &words) },
        File { path: "sites-enabled/sambung", text: fill(SITE, &words) },
        File { path: "sites-enabled/sambung-clients", text: fill(CLIENTS, &words) },
    ]
}
