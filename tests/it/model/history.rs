//! What a history begins with, and which steps it is made of.

use std::fmt;

use fake_port::{CreateStatus, ListKey, Profile, Unverified, ValidationStatus};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::bodies;
use super::port::{Body, Port, made};
use super::rules::Write;

pub const CLIENTS: usize = 3;

/// So few that calls meet each other, and odd enough to be taken for a part of a URL.
const NAMES: [&str; 7] = ["a", "a/b", "?x=1", "%2e", "名前 #é", "%2e%2e", "metadata"];

/// A call of one of the clients.
#[derive(Clone)]
pub struct Step {
    pub client: usize,
    pub action: Action,
}

#[derive(Clone)]
pub enum Action {
    Create(Body),
    Get(String),
    Update(String, Body),
    Replace(String, Body),
    /// Reads a webhook, and replaces it by itself with this title.
    WriteBack(String, String),
    Delete(String),
    /// Everything, or one page.
    List {
        page: Option<u32>,
        per_page: Option<u32>,
    },
    /// Page after page, with this many requests in flight.
    Stream {
        page: Option<u32>,
        per_page: Option<u32>,
        prefetch: usize,
    },
    /// What clients must not notice.
    ExpireTokens,
    RevokeTokens,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client {}: {:?}", self.client, self.action)
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create(body) => write!(f, "create {}", json!(body)),
            Self::Get(name) => write!(f, "get {name:?}"),
            Self::Update(name, body) => write!(f, "update {name:?} {}", json!(body)),
            Self::Replace(name, body) => write!(f, "replace {name:?} {}", json!(body)),
            Self::WriteBack(name, title) => write!(f, "write back {name:?} with the title {title:?}"),
            Self::Delete(name) => write!(f, "delete {name:?}"),
            Self::List { page, per_page } => write!(f, "list, page {page:?} of {per_page:?}"),
            Self::Stream { page, per_page, prefetch } => {
                write!(f, "stream from page {page:?} of {per_page:?}, {prefetch} under way")
            }
            Self::ExpireTokens => write!(f, "(all tokens expire)"),
            Self::RevokeTokens => write!(f, "(all tokens are revoked)"),
        }
    }
}

/// An empty Port with any reading of what is not verified.
pub fn start(profile: Profile) -> BoxedStrategy<Port> {
    let statuses = (
        select(vec![ValidationStatus::Unprocessable, ValidationStatus::BadRequest]),
        select(vec![CreateStatus::Created, CreateStatus::Ok]),
        select(vec![ListKey::Integrations, ListKey::Webhooks, ListKey::Items]),
    );
    // Each shrinks to its default.
    let switches = (
        weighted(0.2, Just(())),
        weighted(0.2, Just(())),
        weighted(0.2, Just(())),
        any::<bool>(),
        any::<bool>(),
    );
    let unverified = (statuses, switches).prop_map(
        |(
            (validation_status, create_status, list_key),
            (no_nulls, no_renames, new_tokens, error_object, patch_enables),
        )| {
            Unverified {
                validation_status,
                create_status,
                list_key,
                null_clears: no_nulls.is_none(),
                rename: no_renames.is_none(),
                reissue_token: new_tokens.is_none(),
                error_object,
                patch_enables,
                ..Unverified::default()
            }
        },
    );
    unverified.prop_map(move |unverified| Port::new(profile, unverified)).boxed()
}

pub fn step(port: &Port) -> BoxedStrategy<Step> {
    (0..CLIENTS, action(port)).prop_map(|(client, action)| Step { client, action }).boxed()
}

/// An identifier that the server has not made up yet can not be named. Only shrinking leads there.
pub fn is_possible(port: &Port, step: &Step) -> bool {
    let (target, body) = match &step.action {
        Action::Create(body) => (None, Some(body)),
        Action::Update(name, body) | Action::Replace(name, body) => (Some(name.as_str()), Some(body)),
        Action::Get(name) | Action::Delete(name) | Action::WriteBack(name, _) => (Some(name.as_str()), None),
        Action::List { .. } | Action::Stream { .. } | Action::ExpireTokens | Action::RevokeTokens => {
            (None, None)
        }
    };
    let identifier = body.and_then(|body| body.get("identifier")).and_then(Value::as_str);
    let names = names(port);
    let known = |name: &str| !name.starts_with('<') || names.iter().any(|known| known == name);
    target.is_none_or(known) && identifier.is_none_or(known)
}

fn action(port: &Port) -> BoxedStrategy<Action> {
    let profile = port.profile;
    let page = || (weighted(0.4, page_number()), weighted(0.7, page_size()));
    let rename = || weighted(0.3, prop_oneof![target(port), name(port)]);
    let create = (weighted(0.9, name(port)), bodies::body(profile, Write::Create))
        .prop_map(|(name, body)| Action::Create(with_identifier(body, name)));
    let update = (target(port), rename(), bodies::body(profile, Write::Update))
        .prop_map(|(name, rename, body)| Action::Update(name, with_identifier(body, rename)));
    let replace = (target(port), rename(), bodies::body(profile, Write::Replace)).prop_map(
        move |(name, rename, body)| {
            let own = (profile == Profile::Documented).then(|| name.clone());
            Action::Replace(name, with_identifier(body, rename.or(own)))
        },
    );
    // Little can go wrong with a list that is empty.
    let creates = match port.webhooks.len() {
        0 => 40,
        1 | 2 => 12,
        _ => 3,
    };
    prop_oneof![
        creates => create,
        2 => target(port).prop_map(Action::Get),
        8 => update,
        4 => replace,
        2 => (target(port), bodies::title()).prop_map(|(name, title)| Action::WriteBack(name, title)),
        2 => target(port).prop_map(Action::Delete),
        2 => page().prop_map(|(page, per_page)| Action::List { page, per_page }),
        3 => (page(), 0..5_usize)
            .prop_map(|((page, per_page), prefetch)| Action::Stream { page, per_page, prefetch }),
        1 => Just(Action::ExpireTokens),
        1 => Just(Action::RevokeTokens),
    ]
    .boxed()
}

/// Sets the identifier, unless the body has one that is wrong.
fn with_identifier(mut body: Body, name: Option<String>) -> Body {
    if let Some(name) = name {
        body.entry("identifier").or_insert(Value::String(name));
    }
    body
}

fn page_number() -> impl Strategy<Value = u32> {
    prop_oneof![4 => 1..3u32, 1 => Just(0)]
}

fn page_size() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 1..4u32, 1 => select(vec![100u32, 0, 101])]
}

fn name(port: &Port) -> BoxedStrategy<String> {
    select(names(port)).boxed()
}

/// Mostly a webhook that is there.
fn target(port: &Port) -> BoxedStrategy<String> {
    let present: Vec<String> = port.webhooks.iter().map(|webhook| webhook.identifier().to_owned()).collect();
    if present.is_empty() {
        return name(port);
    }
    prop_oneof![9 => select(present), 1 => name(port)].boxed()
}

fn names(port: &Port) -> Vec<String> {
    NAMES.into_iter().map(str::to_owned).chain((1..=port.made).map(made)).collect()
}
