//! The ISP's own texts: by template, channel and language, instead of the built-in ones.

use std::collections::HashMap;

use kernel::{Fault, Field, Lang, Permission, Result};
use serde_json::json;
use store::{Query, QueryExt, Tx, args};

use crate::channel::ChannelKind;
use crate::template::{Template, built_in, fill};

/// The longest subject and body, in characters.
const SUBJECT_MAX: usize = 200;
const BODY_MAX: usize = 4_000;
/// Stored where a text is for every channel without one of its own.
const ANY: &str = "any";

/// Which text: `channel` `None` is for every channel without one of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TextKey {
    pub template: Template,
    pub channel: Option<ChannelKind>,
    pub lang: Lang,
}

impl TextKey {
    fn channel_word(&self) -> &'static str {
        self.channel.map_or(ANY, ChannelKind::as_str)
    }
}

/// The texts that an ISP wrote itself.
#[derive(Clone, Debug, Default)]
pub struct OwnTexts(HashMap<TextKey, (String, String)>);

impl OwnTexts {
    /// The ISP's text of this very key.
    pub fn get(&self, key: &TextKey) -> Option<(&str, &str)> {
        self.0.get(key).map(|(subject, body)| (subject.as_str(), body.as_str()))
    }

    /// Subject and body as they are sent: the channel's own, else that for every channel, else the built-in.
    ///
    /// # Errors
    /// A bug when there is no built-in text.
    pub fn of(&self, template: Template, channel: ChannelKind, lang: Lang) -> Result<(&str, &str)> {
        let key = |channel| TextKey { template, channel, lang };
        let own = self.get(&key(Some(channel))).or_else(|| self.get(&key(None)));
        own.or_else(|| built_in(template, lang))
            .ok_or_else(|| Fault::bug(format!("no text for {template} in {}", lang.code())))
    }
}

/// Reads every text that the ISP wrote itself; they are few.
///
/// # Errors
/// Only when the database fails.
pub async fn own(q: &mut dyn Query) -> Result<OwnTexts> {
    let rows: Vec<(String, String, String, String, String)> = q
        .rows("select template, channel, lang, subject, body from notification_text", args![])
        .await?;
    let read = |(template, channel, lang, subject, body): (String, String, String, _, _)| {
        // A word that this program does not know is of another version: it is left alone.
        let channel = if channel == ANY { None } else { Some(ChannelKind::parse(&channel)?) };
        let template = Template::parse(&template)?;
        let lang = Lang::from_code(&lang)?;
        Some((TextKey { template, channel, lang }, (subject, body)))
    };
    Ok(OwnTexts(rows.into_iter().filter_map(read).collect()))
}

/// Writes the ISP's own text. It is filled in with sample values first: a text that can't be filled in would
/// hold back every message of its kind.
///
/// # Errors
/// `forbidden`; field errors for what is empty, too long, or can't be filled in.
pub async fn set(tx: &mut Tx, key: &TextKey, subject: &str, body: &str) -> Result<()> {
    tx.actor().require(Permission::SettingsWrite)?;
    let (subject, body) = (subject.trim(), body.trim());
    let mut wrong = Vec::new();
    for (name, text, longest) in [("subject", subject, SUBJECT_MAX), ("body", body, BODY_MAX)] {
        wrong.extend(check(key.template, name, text, longest));
    }
    if !wrong.is_empty() {
        return Err(Fault::fields(wrong));
    }
    tx.exec(
        "insert into notification_text (template, channel, lang, subject, body, changed_at)
         values ($1,$2,$3,$4,$5,$6)
         on conflict (template, channel, lang) do update set subject = excluded.subject,
           body = excluded.body, changed_at = excluded.changed_at",
        args![key.template, key.channel_word(), key.lang.code(), subject, body, tx.now()],
    )
    .await?;
    let after = json!({ "template": key.template, "channel": key.channel_word(),
                        "lang": key.lang.code(), "subject": subject, "body": body });
    tx.journal("message_text", uuid::Uuid::nil(), "set", json!(null), after).await
}

/// Goes back to the built-in text. Doing it twice changes nothing.
///
/// # Errors
/// `forbidden`.
pub async fn reset(tx: &mut Tx, key: &TextKey) -> Result<()> {
    tx.actor().require(Permission::SettingsWrite)?;
    let gone = tx
        .exec(
            "delete from notification_text where template = $1 and channel = $2 and lang = $3",
            args![key.template, key.channel_word(), key.lang.code()],
        )
        .await?;
    if gone == 0 {
        return Ok(());
    }
    let before = json!({ "template": key.template, "channel": key.channel_word(),
                         "lang": key.lang.code() });
    tx.journal("message_text", uuid::Uuid::nil(), "reset", before, json!(null)).await
}

fn check(template: Template, name: &'static str, text: &str, longest: usize) -> Option<Field> {
    if text.is_empty() {
        return Some(Field::required(name));
    }
    if text.chars().count() > longest {
        let (id, en) =
            (format!("paling banyak {longest} huruf"), format!("at most {longest} characters"));
        return Some(Field::new(name, "too_long", id, en));
    }
    let fault = fill(text, &template.sample()).err()?;
    Some(Field::new(name, "template", fault.id, fault.en))
}
