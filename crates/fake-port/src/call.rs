//! What a method and a path ask for.

use http::Method;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

const TOKEN_PATH: &str = "/v1/auth/access_token";
const WEBHOOKS_PATH: &str = "/v1/webhooks";
const WEBHOOK_PATH: &str = "/v1/webhooks/";
const METADATA: &str = "metadata";
/// Where events of data sources arrive; the key of the webhook follows.
pub(crate) const INGEST_PATH: &str = "/ingest/";

/// An operation of the API, that of getting a token included.
///
/// In JSON its name is in lower case: `"create"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Route {
    /// `POST /v1/auth/access_token`: get a token.
    Token,
    /// `GET /v1/webhooks`: read all webhooks, or a page of them.
    List,
    /// `GET /v1/webhooks/metadata`: read a summary of all webhooks.
    Metadata,
    /// `GET /v1/webhooks/{identifier}`: read a webhook.
    Get,
    /// `POST /v1/webhooks`: create a webhook.
    Create,
    /// `PATCH /v1/webhooks/{identifier}`: change some fields of a webhook.
    Update,
    /// `PUT /v1/webhooks/{identifier}`: replace a webhook.
    Replace,
    /// `DELETE /v1/webhooks/{identifier}`: delete a webhook.
    Delete,
    /// `POST /ingest/{webhookKey}`, the `url` of a webhook of the live profile: send an event to a data source.
    Ingest,
}

impl Route {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Token,
        Self::List,
        Self::Metadata,
        Self::Get,
        Self::Create,
        Self::Update,
        Self::Replace,
        Self::Delete,
        Self::Ingest,
    ];

    /// Whether a request for it names one webhook.
    pub(crate) fn names_a_webhook(self) -> bool {
        !matches!(self, Self::Token | Self::List | Self::Metadata)
    }

    /// Whether a request for it needs a token, and counts towards the rate limit.
    pub(crate) fn needs_token(self) -> bool {
        !matches!(self, Self::Token | Self::Ingest)
    }

    /// Those that change webhooks.
    pub const WRITES: [Self; 4] = [Self::Create, Self::Update, Self::Replace, Self::Delete];
}

/// Its name in JSON.
impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}

/// An operation with the webhook that the path names, or the body of a create, if one does. For an event of a data source
/// [`of`](Self::of) gives the key of the webhook in place of its identifier.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) operation: Route,
    pub(crate) identifier: Option<String>,
}

/// A path that no route has or, with the methods that the route has, another method.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoRoute(pub(crate) Option<&'static str>);

impl Call {
    pub(crate) fn of(method: &Method, path: &str) -> Result<Self, NoRoute> {
        let (operation, identifier) = match path {
            TOKEN_PATH => match *method {
                Method::POST => (Route::Token, None),
                _ => return Err(NoRoute(Some("POST"))),
            },
            WEBHOOKS_PATH => match *method {
                Method::GET => (Route::List, None),
                Method::POST => (Route::Create, None),
                _ => return Err(NoRoute(Some("GET, POST"))),
            },
            path if path.starts_with(INGEST_PATH) => {
                let key = segment(path, INGEST_PATH).ok_or(NoRoute(None))?;
                match *method {
                    Method::POST => (Route::Ingest, Some(key)),
                    _ => return Err(NoRoute(Some("POST"))),
                }
            }
            _ => {
                let identifier = segment(path, WEBHOOK_PATH).ok_or(NoRoute(None))?;
                match *method {
                    Method::GET if identifier == METADATA => (Route::Metadata, None),
                    Method::GET => (Route::Get, Some(identifier)),
                    Method::PATCH => (Route::Update, Some(identifier)),
                    Method::PUT => (Route::Replace, Some(identifier)),
                    Method::DELETE => (Route::Delete, Some(identifier)),
                    _ => return Err(NoRoute(Some("GET, PATCH, PUT, DELETE"))),
                }
            }
        };
        Ok(Self { operation, identifier })
    }

    /// The identifier in the path; empty for an operation that has none.
    pub(crate) fn identifier(&self) -> &str {
        self.identifier.as_deref().unwrap_or_default()
    }
}

/// The one segment after a path, decoded once: a `%2F` does not end it.
fn segment(path: &str, before: &str) -> Option<String> {
    let segment = path.strip_prefix(before)?;
    if segment.is_empty() || segment.contains('/') {
        return None;
    }
    Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned())
}
