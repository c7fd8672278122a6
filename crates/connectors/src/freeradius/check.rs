//! What may be written. FreeRADIUS rejects a login whose rows it can't read, without a line in its log: so
//! whatever it could not read is refused here, by name.

use bridge::access::{AccountRecord, NasRecord, ProfileRecord};
use kernel::{Fault, Result};

/// The width of `value` in radcheck and its siblings.
const VALUE_MAX: usize = 253;
const USERNAME_MAX: usize = 64;
/// The width of `nas.secret`.
const SECRET_MAX: usize = 60;

/// Attributes that FreeRADIUS 3.2's dictionaries have and a provider's profile may name. A name outside is
/// refused: an unknown one would lock out every login of the group.
const KNOWN: &[(&str, Form)] = &[
    ("Session-Timeout", Form::Whole),
    ("Idle-Timeout", Form::Whole),
    ("Acct-Interim-Interval", Form::Whole),
    ("Port-Limit", Form::Whole),
    ("Framed-MTU", Form::Whole),
    ("Framed-IP-Address", Form::Address),
    ("Framed-IP-Netmask", Form::Address),
    ("MS-Primary-DNS-Server", Form::Address),
    ("MS-Secondary-DNS-Server", Form::Address),
    ("Framed-Pool", Form::Text),
    ("Framed-IPv6-Pool", Form::Text),
    ("Delegated-IPv6-Prefix-Pool", Form::Text),
    ("Framed-Route", Form::Text),
    ("Filter-Id", Form::Text),
    ("Reply-Message", Form::Text),
    ("Class", Form::Text),
    ("Mikrotik-Rate-Limit", Form::Text),
    ("Mikrotik-Address-List", Form::Text),
    ("Mikrotik-Group", Form::Text),
    ("Mikrotik-Mark-Id", Form::Text),
    ("Mikrotik-Recv-Limit", Form::Whole),
    ("Mikrotik-Xmit-Limit", Form::Whole),
    ("Mikrotik-Total-Limit", Form::Whole),
    ("Mikrotik-Advertise-URL", Form::Text),
    ("Mikrotik-Delegated-IPv6-Pool", Form::Text),
    ("Mikrotik-DHCPv6-Pool", Form::Text),
    ("Cisco-AVPair", Form::Text),
    ("Cisco-Policy-Up", Form::Text),
    ("Cisco-Policy-Down", Form::Text),
    ("Cisco-Service-Info", Form::Text),
    ("ERX-Virtual-Router-Name", Form::Text),
    ("ERX-Address-Pool-Name", Form::Text),
    ("ERX-Ingress-Policy-Name", Form::Text),
    ("ERX-Egress-Policy-Name", Form::Text),
    ("ERX-Qos-Profile-Name", Form::Text),
    ("ERX-Service-Activate", Form::Text),
    ("Huawei-Input-Average-Rate", Form::Whole),
    ("Huawei-Output-Average-Rate", Form::Whole),
    ("Huawei-Input-Peak-Rate", Form::Whole),
    ("Huawei-Output-Peak-Rate", Form::Whole),
    ("Huawei-Qos-Profile-Name", Form::Text),
    ("Huawei-Domain-Name", Form::Text),
    ("Huawei-Policy-Name", Form::Text),
    ("Huawei-Framed-Pool", Form::Text),
];

#[derive(Clone, Copy)]
enum Form {
    Text,
    Whole,
    Address,
}

pub(super) fn account(record: &AccountRecord) -> Result<()> {
    username(&record.username)?;
    let password = record.password.expose();
    if !password.is_empty() && wraps_itself(password) {
        return Err(refuse(
            "password",
            "kata sandi tidak boleh diapit tanda kutip: FreeRADIUS membuangnya",
            "the password must not stand in quotes: FreeRADIUS strips them",
        ));
    }
    value("password", password)?;
    if let Some(ip) = &record.fixed_ip {
        ip.parse::<std::net::Ipv4Addr>().map_err(|_| {
            refuse("fixed_ip", "alamat tetap harus IPv4", "the fixed address must be IPv4")
        })?;
    }
    if let Some(group) = &record.group {
        group_name(group)?;
    }
    Ok(())
}

pub(super) fn profile(record: &ProfileRecord) -> Result<()> {
    group_name(&record.group)?;
    for (name, text) in &record.reply {
        let known = KNOWN.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let Some((_, form)) = known else {
            return Err(refuse(
                name,
                format!("atribut {name} tidak ada di kamus FreeRADIUS"),
                format!("the attribute {name} is not in FreeRADIUS's dictionaries"),
            ));
        };
        value(name, text)?;
        let fits = match form {
            Form::Text => !wraps_itself(text),
            Form::Whole => text.parse::<u32>().is_ok(),
            Form::Address => text.parse::<std::net::Ipv4Addr>().is_ok(),
        };
        if !fits {
            return Err(refuse(
                name,
                format!("nilai {name} tidak dapat dibaca FreeRADIUS: {text}"),
                format!("FreeRADIUS can't read this value of {name}: {text}"),
            ));
        }
    }
    Ok(())
}

pub(super) fn nas(record: &NasRecord) -> Result<()> {
    let secret = record.secret.expose();
    if secret.is_empty() || secret.chars().count() > SECRET_MAX {
        return Err(refuse(
            "secret",
            "rahasia NAS harus 1–60 huruf",
            "the NAS's secret must have 1 to 60 characters",
        ));
    }
    let address = record.address.split('/').next().unwrap_or_default();
    address.parse::<std::net::IpAddr>().map(drop).map_err(|_| {
        refuse("address", "alamat NAS harus alamat IP", "the NAS's address must be an IP address")
    })
}

/// Characters outside are encoded before FreeRADIUS asks its tables, and never match; capitals match on MariaDB
/// and not on PostgreSQL.
fn username(name: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._@-".contains(c);
    if name.is_empty() || name.len() > USERNAME_MAX || !name.chars().all(fits) {
        return Err(refuse(
            "username",
            format!("nama pengguna {name} hanya boleh a-z 0-9 . _ @ - (paling panjang 64)"),
            format!("the user name {name} may have a-z 0-9 . _ @ - only (64 at most)"),
        ));
    }
    Ok(())
}

fn group_name(name: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || name.len() > USERNAME_MAX || !name.chars().all(fits) {
        return Err(refuse(
            "group",
            format!("kode profil {name} hanya boleh huruf, angka, titik, garis"),
            format!("the profile's code {name} may have letters, digits, dots and dashes only"),
        ));
    }
    Ok(())
}

fn value(name: &str, text: &str) -> Result<()> {
    let odd = text.chars().any(char::is_control) || text.is_empty();
    if odd || text.chars().count() > VALUE_MAX {
        return Err(refuse(
            name,
            format!("nilai {name} harus 1–{VALUE_MAX} huruf tanpa karakter kendali"),
            format!("{name} must have 1 to {VALUE_MAX} characters and no control characters"),
        ));
    }
    Ok(())
}

fn wraps_itself(text: &str) -> bool {
    let quotes = ['"', '\'', '`'];
    text.len() > 1 && quotes.iter().any(|q| text.starts_with(*q) && text.ends_with(*q))
}

fn refuse(field: &str, id: impl Into<String>, en: impl Into<String>) -> Fault {
    let (id, en) = (id.into(), en.into());
    let mut fault = Fault::field(field, "freeradius.unwritable", id.clone(), en.clone());
    (fault.id, fault.en) = (id, en);
    fault
}

#[cfg(test)]
mod tests {
    use super::*;
    use bridge::access::{Contact, Standing};
    use store::Secret;

    fn record(username: &str, password: &str) -> AccountRecord {
        AccountRecord {
            username: username.into(),
            password: Secret::new(password),
            mac: None,
            fixed_ip: None,
            sessions_max: 1,
            group: Some("20M".into()),
            standing: Standing::Full,
            contact: Contact::default(),
            bare: false,
        }
    }

    #[test]
    fn names_and_passwords_that_freeradius_would_not_match_are_refused_by_name() {
        for good in ["budi", "budi.s-2_x@isp"] {
            assert!(account(&record(good, "x y'z\"")).is_ok(), "{good}");
        }
        for bad in ["", "Budi", "a+b", "a'b", "a%b", "a b", "siti ", &"a".repeat(65)] {
            let fault = account(&record(bad, "rahasia1")).unwrap_err();
            assert_eq!(fault.fields[0].name, "username", "{bad}");
        }
        for bad in ["", "'abc'", "\"abc\"", "`id`", "a\nb", &"x".repeat(254)] {
            let fault = account(&record("budi", bad)).unwrap_err();
            assert_eq!(fault.fields[0].name, "password", "{bad}");
        }
        let odd = AccountRecord { fixed_ip: Some("bukan-ip".into()), ..record("budi", "x") };
        assert!(account(&odd).is_err());
    }

    #[test]
    fn an_attribute_that_freeradius_does_not_know_is_refused_and_so_is_a_value_it_can_not_read() {
        let of = |name: &str, value: &str| {
            profile(&ProfileRecord {
                group: "20M".into(),
                reply: vec![(name.into(), value.into())],
                isolates: false,
            })
        };
        assert!(of("Mikrotik-Rate-Limit", "5M/20M").is_ok());
        assert!(of("mikrotik-rate-limit", "5M/20M").is_ok());
        for (name, value) in [
            ("Mikrotik-Rate-Limits", "5M/20M"),
            ("Framed-IP-Address", "bukan-ip"),
            ("Session-Timeout", "900s"),
            ("Session-Timeout", "-1"),
            ("Mikrotik-Total-Limit", "7000000000"),
            ("Filter-Id", "`reboot`"),
            ("Filter-Id", ""),
        ] {
            assert_eq!(of(name, value).unwrap_err().fields[0].name, name, "{value}");
        }
    }
}
