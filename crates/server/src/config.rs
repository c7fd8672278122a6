//! Configuration: a TOML file, then the environment, then the command line.
//!
//! Every key stands in `docs/operator/configuration.md`; a test keeps the two the same.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use ipnet::IpNet;
use kernel::{Fault, Result};
use serde::{Deserialize, Serialize};

/// All that can be configured.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the program keeps its files.
    pub data_dir: PathBuf,
    /// `sqlite:PATH` or `postgres://…`; none: `sambung.db` in the data folder.
    pub database: Option<String>,
    pub http: Http,
    pub radius: Radius,
    pub smtp: Smtp,
    pub secrets: Secrets,
    pub log: Log,
}

/// The RADIUS service.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Radius {
    pub auth_listen: SocketAddr,
    pub acct_listen: SocketAddr,
    /// Also keep a log of every accepted login, for 30 days.
    pub log_logins: bool,
    /// Other processes answer RADIUS on the same database.
    pub shared: bool,
    /// Where FreeRADIUS may ask over rlm_rest; none: nowhere.
    pub rest_listen: Option<SocketAddr>,
    /// The file with the secret that it has to show.
    pub rest_secret_file: Option<PathBuf>,
    /// From where it may ask.
    pub rest_peers: Vec<IpNet>,
}

/// The mail server that e-mail is handed to; none: e-mail stays queued.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Smtp {
    pub host: Option<String>,
    pub port: Option<u16>,
    /// `tls`, `starttls` or `none` (loopback only).
    pub protection: Option<String>,
    pub username: Option<String>,
    pub password_file: Option<PathBuf>,
    pub from: Option<String>,
}

/// The web server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    pub listen: SocketAddr,
    /// PEM files. Read again when they change.
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    /// The address that people type, when a proxy stands before the program.
    pub public_url: Option<String>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    pub body_limit_bytes: usize,
    /// Changes without a login (the public form, logging in) from one address.
    pub public_posts_per_minute: u32,
}

/// Keys.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Secrets {
    /// The file with the encryption key; made at the first start. None: `secret.key` in the data folder.
    pub key_file: Option<PathBuf>,
}

/// What is written to the log, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    pub filter: String,
    pub json: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            database: None,
            http: Http::default(),
            radius: Radius::default(),
            smtp: Smtp::default(),
            secrets: Secrets::default(),
            log: Log::default(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls_cert: None,
            tls_key: None,
            public_url: None,
            trusted_proxies: Vec::new(),
            body_limit_bytes: 8 << 20,
            public_posts_per_minute: 30,
        }
    }
}

impl Default for Radius {
    fn default() -> Self {
        Self {
            auth_listen: SocketAddr::from(([0, 0, 0, 0], 1812)),
            acct_listen: SocketAddr::from(([0, 0, 0, 0], 1813)),
            log_logins: false,
            shared: false,
            rest_listen: None,
            rest_secret_file: None,
            rest_peers: loopback(),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".to_owned(), json: false }
    }
}

fn loopback() -> Vec<IpNet> {
    use std::net::{Ipv4Addr, Ipv6Addr};
    [ipnet::Ipv4Net::new(Ipv4Addr::new(127, 0, 0, 0), 8).map(IpNet::V4)]
        .into_iter()
        .chain([ipnet::Ipv6Net::new(Ipv6Addr::LOCALHOST, 128).map(IpNet::V6)])
        .flatten()
        .collect()
}

impl Http {
    /// Browsers reach the program over TLS: its own, or a proxy's.
    pub fn is_secure(&self) -> bool {
        let proxied = self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
        (self.tls_cert.is_some() && self.tls_key.is_some()) || proxied
    }
}

impl Config {
    /// Reads the file (when given, or `sambung.toml` where the program was started) and the environment
    /// (`SAMBUNG_HTTP__LISTEN` is `http.listen`).
    ///
    /// # Errors
    /// `config.bad`: names the key and what is wrong with it.
    pub fn read(file: Option<&Path>) -> Result<Self> {
        if let Some(file) = file
            && !file.is_file()
        {
            return Err(bad(format!("{} does not exist", file.display())));
        }
        match file.unwrap_or_else(|| Path::new("sambung.toml")) {
            path if path.is_file() => Self::from(Toml::file_exact(path)),
            _ => Self::from(Toml::string("")),
        }
    }

    fn from(file: impl figment::Provider) -> Result<Self> {
        // Other programs' variables may begin like ours (`SAMBUNG_TEST_PG`): only names that begin with
        // one of our keys are configuration.
        let defaults = Self::default();
        let known = serde_json::to_value(&defaults).unwrap_or_default();
        let environment = Env::prefixed("SAMBUNG_")
            .filter(move |name| {
                let first = name.as_str().split("__").next().unwrap_or("").to_ascii_lowercase();
                known.get(&first).is_some()
            })
            .split("__");
        let config: Self = Figment::from(Serialized::defaults(defaults))
            .merge(file)
            .merge(environment)
            .extract()
            .map_err(|error| bad(error.to_string()))?;
        config.check()?;
        Ok(config)
    }

    /// What does not fit together.
    fn check(&self) -> Result<()> {
        let http = &self.http;
        if http.tls_cert.is_some() != http.tls_key.is_some() {
            return Err(bad("http.tls_cert and http.tls_key are needed together".into()));
        }
        if http.tls_cert.is_none() && !http.listen.ip().is_loopback() {
            return Err(bad(format!(
                "http.listen = {}: plain http is for loopback only; give http.tls_cert and http.tls_key",
                http.listen
            )));
        }
        if let Some(listen) = self.radius.rest_listen {
            if self.radius.rest_secret_file.is_none() {
                return Err(bad("radius.rest_listen needs radius.rest_secret_file".into()));
            }
            if http.tls_cert.is_none() && !listen.ip().is_loopback() {
                return Err(bad(format!(
                    "radius.rest_listen = {listen}: plain http is for loopback only; give http.tls_cert and http.tls_key"
                )));
            }
        }
        let url_ok = |url: &str| url.starts_with("https://") || url.starts_with("http://");
        if http.public_url.as_deref().is_some_and(|url| !url_ok(url)) {
            return Err(bad("http.public_url must begin with https:// or http://".into()));
        }
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&self.log.filter) {
            return Err(bad(format!("log.filter = {}: {error}", self.log.filter)));
        }
        Ok(())
    }

    /// The database's address.
    pub fn database_url(&self) -> String {
        self.database
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", self.data_dir.join("sambung.db").display()))
    }

    /// Where customers reach the pay page.
    pub fn pay_base_url(&self) -> String {
        self.http.public_url.clone().unwrap_or_else(|| {
            let scheme = if self.http.tls_cert.is_some() { "https" } else { "http" };
            format!("{scheme}://{}", self.http.listen)
        })
    }

    /// The file with the encryption key.
    pub fn key_file(&self) -> PathBuf {
        self.secrets.key_file.clone().unwrap_or_else(|| self.data_dir.join("secret.key"))
    }
}

fn bad(what: String) -> Fault {
    Fault::invalid(
        "config.bad",
        format!("Konfigurasi salah: {what}"),
        format!("Bad configuration: {what}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys of the defaults: `http.listen`, …
    fn keys(prefix: &str, value: &serde_json::Value) -> Vec<String> {
        let Some(map) = value.as_object() else { return vec![prefix.to_owned()] };
        map.iter()
            .flat_map(|(key, value)| {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                keys(&path, value)
            })
            .collect()
    }

    #[test]
    fn every_key_is_documented_and_every_documented_key_exists() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operator/configuration.md");
        let text = std::fs::read_to_string(path).unwrap();
        let documented: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        let real = keys("", &serde_json::to_value(Config::default()).unwrap());
        for key in &real {
            assert!(documented.contains(&key.as_str()), "{key} is not in configuration.md");
        }
        for key in documented {
            assert!(real.iter().any(|k| k == key), "{key} is in configuration.md only");
        }
    }

    #[test]
    fn a_wrong_key_or_value_is_named() {
        for (text, named) in [
            ("[http]\nlisten = \"nowhere\"", "http.listen"),
            ("[http]\nlissten = \"127.0.0.1:1\"", "lissten"),
            ("[http]\nlisten = \"0.0.0.0:8080\"", "loopback"),
            ("[http]\ntls_cert = \"a.pem\"", "tls_key"),
            ("[http]\npublic_url = \"isp.example\"", "public_url"),
            ("[radius]\nrest_listen = \"127.0.0.1:1\"", "rest_secret_file"),
            ("[radius]\nrest_listen = \"0.0.0.0:1\"\nrest_secret_file = \"s\"", "loopback"),
            ("[log]\njson = 3", "log.json"),
        ] {
            let fault = Config::from(Toml::string(text)).unwrap_err();
            assert!(fault.en.contains(named), "{text}: {}", fault.en);
        }
        let config =
            Config::from(Toml::string("data_dir = \"/srv\"\n[http]\nlisten = \"[::1]:9\""))
                .unwrap();
        assert_eq!(config.database_url(), "sqlite:/srv/sambung.db");
        assert!(!config.http.is_secure());
    }
}
