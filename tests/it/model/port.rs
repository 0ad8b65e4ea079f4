//! The model: a list of webhooks, and what each call makes of it.
//!
//! What the server makes up is not in it: times, authors, keys, and the URL of a data source. An
//! identifier that the server makes up has a stand-in.

use fake_port::{Profile, Unverified};
use port_webhooks::ErrorKind;
use serde_json::{Map, Value, json};

use super::history::Action;
use super::rules::{self, Write};

pub type Body = Map<String, Value>;

/// What the model knows of a Port.
#[derive(Clone, Debug)]
pub struct Port {
    pub profile: Profile,
    pub unverified: Unverified,
    /// In the order of their creation.
    pub webhooks: Vec<Webhook>,
    /// How many identifiers the server has made up.
    pub made: usize,
    /// How many webhooks were ever created.
    born: usize,
    /// Of the last step.
    pub expected: Expected,
}

#[derive(Clone, Debug)]
pub struct Webhook {
    /// Tells it from all others, whatever it is called.
    pub born: usize,
    /// How often it was written since.
    pub changes: usize,
    /// What callers own.
    pub fields: Body,
}

/// How a call is to end.
#[derive(Clone, Debug)]
pub enum Expected {
    Done,
    One(Webhook),
    Many(Vec<Webhook>),
    Failed(ErrorKind),
}

type Result<T = Expected> = std::result::Result<T, ErrorKind>;

/// The stand-in for the nth identifier that the server makes up.
pub fn made(n: usize) -> String {
    format!("<made {n}>")
}

impl Webhook {
    pub fn identifier(&self) -> &str {
        self.fields["identifier"].as_str().unwrap()
    }
}

impl Port {
    pub fn new(profile: Profile, unverified: Unverified) -> Self {
        Self { profile, unverified, webhooks: Vec::new(), made: 0, born: 0, expected: Expected::Done }
    }

    pub fn take(&mut self, action: &Action) {
        let expected = match action {
            Action::Create(body) => self.create(body.clone()),
            Action::Get(name) => self.get(name).map(Expected::One),
            Action::Update(name, body) => self.update(name, body),
            Action::Replace(name, body) => self.replace(name, body.clone()),
            Action::WriteBack(name, title) => self.get(name).and_then(|read| {
                let mut whole = read.fields;
                whole.insert("title".into(), json!(title));
                self.replace(name, whole)
            }),
            Action::Delete(name) => self.position(name).map(|at| {
                self.webhooks.remove(at);
                Expected::Done
            }),
            Action::List { page: None, per_page: None } => Ok(Expected::Many(self.webhooks.clone())),
            Action::List { page, per_page } => self.pages(page.unwrap_or(1), *per_page, 1),
            Action::Stream { page, per_page, .. } => self.pages(page.unwrap_or(1), *per_page, usize::MAX),
            Action::ExpireTokens | Action::RevokeTokens => Ok(Expected::Done),
        };
        self.expected = expected.unwrap_or_else(Expected::Failed);
    }

    fn create(&mut self, mut body: Body) -> Result {
        self.check(Write::Create, &body)?;
        if let Some(name) = body.get("identifier").and_then(Value::as_str) {
            self.check_free(name)?;
        } else {
            self.made += 1;
            body.insert("identifier".into(), made(self.made).into());
        }
        self.born += 1;
        let webhook = Webhook { born: self.born, changes: 0, fields: self.with_defaults(body) };
        self.webhooks.push(webhook.clone());
        Ok(Expected::One(webhook))
    }

    fn get(&self, name: &str) -> Result<Webhook> {
        // Its path is another route, so the client does not ask.
        if name == "metadata" {
            return Err(ErrorKind::Configuration);
        }
        self.position(name).map(|at| self.webhooks[at].clone())
    }

    fn update(&mut self, name: &str, patch: &Body) -> Result {
        self.check(Write::Update, patch)?;
        let at = self.target(name, patch)?;
        let mut fields = self.webhooks[at].fields.clone();
        if self.profile == Profile::Live && self.unverified.patch_enables {
            fields.insert("enabled".to_owned(), json!(true));
        }
        for (name, value) in patch {
            match value {
                Value::Object(members) if name == "security" => {
                    let security = fields.entry(name).or_insert_with(|| json!({}));
                    let security = security.as_object_mut().unwrap();
                    members.iter().for_each(|(name, value)| set(security, name, value));
                }
                value => set(&mut fields, name, value),
            }
        }
        Ok(self.write(at, fields))
    }

    fn replace(&mut self, name: &str, mut body: Body) -> Result {
        self.check(Write::Replace, &body)?;
        let at = self.target(name, &body)?;
        body.entry("identifier").or_insert_with(|| json!(name));
        let fields = self.with_defaults(body);
        Ok(self.write(at, fields))
    }

    fn write(&mut self, at: usize, fields: Body) -> Expected {
        let webhook = &mut self.webhooks[at];
        webhook.fields = fields;
        webhook.changes += 1;
        Expected::One(webhook.clone())
    }

    fn pages(&self, page: u32, per_page: Option<u32>, pages: usize) -> Result {
        if self.profile == Profile::Live {
            return Ok(Expected::Many(self.webhooks.clone()));
        }
        let size = per_page.unwrap_or(100);
        if page < 1 || !(1..=100).contains(&size) {
            return Err(ErrorKind::Validation);
        }
        let (skipped, size) = ((page - 1) * size, size as usize);
        let rest = self.webhooks.iter().skip(skipped as usize);
        Ok(Expected::Many(rest.take(size.saturating_mul(pages)).cloned().collect()))
    }

    /// Where the webhook is that a body changes, which may rename it.
    fn target(&self, name: &str, body: &Body) -> Result<usize> {
        let new = body.get("identifier").and_then(Value::as_str).filter(|new| *new != name);
        if new.is_some() && !self.unverified.rename {
            return Err(ErrorKind::Validation);
        }
        let at = self.position(name)?;
        new.map_or(Ok(()), |new| self.check_free(new))?;
        Ok(at)
    }

    fn position(&self, name: &str) -> Result<usize> {
        let found = self.webhooks.iter().position(|webhook| webhook.identifier() == name);
        found.ok_or(ErrorKind::NotFound)
    }

    fn check_free(&self, name: &str) -> Result<()> {
        if self.position(name).is_ok() { Err(ErrorKind::Conflict) } else { Ok(()) }
    }

    fn check(&self, write: Write, body: &Body) -> Result<()> {
        if rules::takes(self, write, body) { Ok(()) } else { Err(ErrorKind::Validation) }
    }

    fn with_defaults(&self, mut body: Body) -> Body {
        body.entry("enabled").or_insert(json!(true));
        if self.profile == Profile::Live {
            body.entry("integrationType").or_insert(json!("custom"));
            body.entry("security").or_insert(json!({}));
        }
        body
    }
}

/// Sets a field, or clears it with null.
fn set(fields: &mut Body, name: &str, value: &Value) {
    if value.is_null() {
        fields.remove(name);
    } else {
        fields.insert(name.to_owned(), value.clone());
    }
}
